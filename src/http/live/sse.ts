import type { FastifyReply } from 'fastify'
import type { LiveClient } from './client.ts'
import type { LiveHub } from './hub.ts'

const heartbeat = Buffer.from(': here\n\n')

/** Turns a reply into a stream of server-sent events (HTML §9.2) fed by the hub. */
export function streamLive(hub: LiveHub, things: readonly string[] | undefined, answer: FastifyReply): FastifyReply {
  hub.checkRoom()
  answer.hijack()
  const { raw } = answer
  // Ended by closing the connection, so that one buffer goes to every client as it is, without chunk sizes around it.
  raw.removeHeader('transfer-encoding')
  raw.writeHead(200, {
    ...(answer.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
    connection: 'close',
  })
  raw.write('retry: 2000\n\n')
  const client: LiveClient = {
    format: 'sse',
    get buffered() {
      return raw.writableLength
    },
    send: (frame) => void raw.write(frame),
    heartbeat: () => void raw.write(heartbeat),
    close: () => void raw.destroy(),
  }
  const leave = hub.join(client, things)
  raw.on('close', leave)
  raw.on('error', leave)
  return answer
}
