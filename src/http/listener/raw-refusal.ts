import { STATUS_CODES } from 'node:http'
import type { IwError } from '#kernel'
import type { Problem } from '../contract.ts'
import { securityHeaders } from '../doors/headers.ts'

/** A whole HTTP/1.1 reply that refuses, for sockets that never reach the router. */
export function refusalText({ code, message, remedy, status: usual }: IwError, status: number = usual): string {
  const body = JSON.stringify({ code, message, remedy } satisfies Problem)
  const headers = {
    ...securityHeaders,
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
    ...((status === 429 || status === 503) && { 'retry-after': '5' }),
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`
}
