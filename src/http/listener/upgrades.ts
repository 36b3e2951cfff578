import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { IwError } from '#kernel'
import { apiPrefix } from '../contract.ts'
import type { Door, Visit } from '../doors/door.ts'
import type { House } from '../house.ts'
import { createLiveWebSocket } from '../live/websocket.ts'
import { refusalOf } from '../problem.ts'
import { getLiveWebSocket, liveQuery } from '../routes/live.ts'
import { refusalText } from './raw-refusal.ts'

/** Takes WebSocket upgrades at the address of the live stream; they pass the same doors as requests. */
export function serveUpgrades(server: Server, doors: readonly Door[], house: House): void {
  const live = createLiveWebSocket(house.live)
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    try {
      const visit = visitOf(request)
      if (!visit.route) throw new IwError('IW_HTTP_NOT_FOUND', 'There is no WebSocket at this address')
      for (const door of doors) door(visit, house)
      const { things } = liveQuery.parse(Object.fromEntries(new URLSearchParams(visit.queryString)))
      house.live.checkRoom()
      live.accept(request, socket, head, things)
    } catch (error) {
      const { problem } = refusalOf(error, 'upgrade', house.log)
      socket.end(refusalText(new IwError(problem.code as IwError['code'], problem.message)))
    }
  })
}

function visitOf(request: IncomingMessage): Visit {
  const [path, queryString = ''] = (request.url ?? '').split('?', 2)
  return {
    method: 'GET',
    headers: request.headers,
    hosts: request.headersDistinct['host'] ?? [],
    remoteAddress: request.socket.remoteAddress ?? '',
    queryString,
    route: path === `${apiPrefix}/live/ws` ? getLiveWebSocket : undefined,
    thing: undefined,
  }
}
