import { connect } from 'node:net'

/**
 * A process of its own (one process may not open both ends of 10,000 connections): opens `count` connections to `port`,
 * says nothing on them, prints how many the other side took and, once stdin ends, how many are still open.
 */
const [port = 0, count = 0] = process.argv.slice(2).map(Number)
let open = 0

function openOne(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      open++
      resolve()
    })
    socket.on('error', reject)
    socket.on('close', () => open--)
    socket.resume()
  })
}

const atOnce = 200
for (let opened = 0; opened < count; opened += atOnce)
  await Promise.all(Array.from({ length: Math.min(atOnce, count - opened) }, openOne))
console.log(JSON.stringify({ opened: count }))
for await (const _ of process.stdin);
console.log(JSON.stringify({ open }))
process.exit(0)
