import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { LiveClient } from './client.ts'
import type { LiveHub } from './hub.ts'

/** Nothing is expected from clients; what they send may be this long before they are cut off. */
const mostIncomingBytes = 4_096

/** Takes upgrades that passed the doors and feeds them from the hub. */
export function createLiveWebSocket(hub: LiveHub) {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: mostIncomingBytes,
  })
  return {
    accept(request: IncomingMessage, socket: Duplex, head: Buffer, things: readonly string[] | undefined): void {
      server.handleUpgrade(request, socket, head, (webSocket) => join(hub, webSocket, things))
    },
  }
}

function join(hub: LiveHub, webSocket: WebSocket, things: readonly string[] | undefined): void {
  const client: LiveClient = {
    format: 'websocket',
    get buffered() {
      return webSocket.bufferedAmount
    },
    send: (frame) => webSocket.send(frame, { binary: false }),
    heartbeat: () => webSocket.ping(),
    // 1013 "try again later" (IANA registry of RFC 6455 §11.7); whoever does not even take that is cut off.
    close() {
      webSocket.close(1013)
      webSocket.terminate()
    },
  }
  const leave = hub.join(client, things)
  webSocket.on('close', leave)
  webSocket.on('error', () => {
    leave()
    webSocket.terminate()
  })
}
