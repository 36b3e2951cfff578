import type { IncomingMessage } from 'node:http'
import type { Clock } from '#kernel'

/** Bytes that are read of a body that was refused: four times the largest that settings permit. */
const mostBytes = 1024 * 1024 * 1024
const withinMs = 10_000

/**
 * Reads the rest of a request and throws it away. Closing a connection on which a client still sends resets it, and then
 * the client loses the answer that tells it what was wrong (RFC 9112 §9.6). Resolves when the request is at its end or
 * gone, and at the latest after 10 s or 1 GiB: an endless body is cut off.
 */
export function readOut(request: IncomingMessage, clock: Clock): Promise<void> {
  if (request.complete || request.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    let bytes = 0
    const done = () => {
      cancel()
      request.off('data', count).off('end', done).off('close', done)
      resolve()
    }
    const count = (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > mostBytes) done()
    }
    const cancel = clock.after(withinMs, done)
    request.on('data', count).once('end', done).once('close', done).resume()
  })
}
