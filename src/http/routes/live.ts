import { z } from 'zod'
import { IwError } from '#kernel'
import { apiPrefix, liveMessage } from '../contract.ts'
import { streamLive } from '../live/sse.ts'
import { route } from '../route.ts'
import { list } from './fields.ts'

export const liveQuery = z.strictObject({
  things: list(1_000).optional().describe('only these things: `a,b`; without it all'),
})

const description =
  'First the newest reading of every property asked for, then, ten times a second at most, what changed. A client that reads too slowly skips to the newest values.'

export const getLive = route({
  method: 'GET',
  path: `${apiPrefix}/live`,
  summary: 'Follow values and events as server-sent events',
  description,
  right: 'reading.read',
  query: liveQuery,
  reply: {
    media: 'text/event-stream',
    description: '`event:` is the type, `data:` the message as JSON',
    schema: liveMessage,
  },
  handle: ({ query }, { live }, answer) => streamLive(live, query.things, answer),
})

export const getLiveWebSocket = route({
  method: 'GET',
  path: `${apiPrefix}/live/ws`,
  summary: 'Follow values and events over a WebSocket',
  description: `${description} Each text message is one message as JSON; nothing is expected from the client.`,
  right: 'reading.read',
  query: liveQuery,
  reply: { media: 'application/json', description: 'messages over the WebSocket', schema: liveMessage },
  handle() {
    // An upgrade never comes here: live/websocket.ts takes it.
    throw new IwError('IW_HTTP_BAD_REQUEST', 'This address is a WebSocket: ask with Upgrade: websocket')
  },
})
