import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

/**
 * A process of its own that holds live streams open: `format count port`. Most of them only count bytes; the first reads
 * every message, so that what is delivered is known and not assumed. Prints `{ready:true}`; on a message the counts since the one before.
 */
const [format = 'sse', count = '1', port = '0'] = process.argv.slice(2)
let bytes = 0
let updates = 0
let watcherBytes = 0
const delaysMs: number[] = []

const request = (
  format === 'sse'
    ? ['GET /api/v1/live HTTP/1.1']
    : [
        'GET /api/v1/live/ws HTTP/1.1',
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
      ]
)
  .concat('Host: localhost', '', '')
  .join('\r\n')

const open = () =>
  new Promise<Socket>((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(request))
    socket.once('error', reject)
    socket.once('data', () => {
      socket.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      resolve(socket)
    })
  })

/** Finds the messages in the bytes of either format: both hold the JSON as it is. */
function watch(socket: Socket): void {
  let rest = ''
  socket.on('data', (chunk: Buffer) => {
    watcherBytes += chunk.length
    rest += chunk.toString('latin1')
    for (;;) {
      const start = rest.indexOf('{"type":"readings"')
      const end = start < 0 ? -1 : rest.indexOf(']]}', start)
      if (end < 0) return
      note(JSON.parse(rest.slice(start, end + 3)) as { readings: [number, number][] })
      rest = rest.slice(end + 3)
    }
  })
}

function note({ readings }: { readings: [number, number][] }): void {
  updates += readings.length
  const now = Date.now()
  for (const [, time] of readings) delaysMs.push(now - time / 1000)
}

const sockets = await Promise.all(Array.from({ length: Number(count) }, open))
watch(sockets[0]!)
process.on('message', () => {
  delaysMs.sort((a, b) => a - b)
  const quantile = (q: number) => delaysMs[Math.floor(q * (delaysMs.length - 1))] ?? 0
  process.send?.({ bytes, watcherBytes, updates, p50: quantile(0.5), p99: quantile(0.99) })
  bytes = watcherBytes = updates = delaysMs.length = 0
})
console.log(JSON.stringify({ ready: true }))
