import type { Socket } from 'node:net'
import { IwError, systemCode } from '#kernel'
import { refusalText } from './raw-refusal.ts'

/** What Node's parser found, and the status that says it; anything else is a 400. */
const statuses: Readonly<Record<string, readonly [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'The headers are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not come to its end in time'],
}

/** Answers bytes that are no HTTP request, as every failure is answered, and ends the connection. */
export function answerUnreadable(error: Error, socket: Socket): void {
  if (systemCode(error) === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const [status, message] = statuses[systemCode(error) ?? ''] ?? [400, 'This is no HTTP request']
  // Node has counted on the socket to go: what else it sends is not read.
  socket.end(refusalText(new IwError('IW_HTTP_BAD_REQUEST', message), status), () => socket.destroy())
}
