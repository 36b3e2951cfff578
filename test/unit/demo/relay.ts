import { connect, createServer, type Server, type Socket } from 'node:net'

/** A relay on the way to a Modbus TCP server that notes the function code of every request. */
export interface Relay {
  readonly port: number
  close(): Promise<void>
}

/** Relays to a port on loopback; `seen` is called with each function code asked for. */
export async function startRelay(to: number, seen: (functionCode: number) => void): Promise<Relay> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((near) => {
    const far = connect(to, '127.0.0.1')
    sockets.add(near).add(far)
    let rest = Buffer.alloc(0)
    near.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk])
      // MBAP: transaction, protocol, length of what follows; then unit and function.
      while (rest.length >= 8 && rest.length >= 6 + rest.readUInt16BE(4)) {
        seen(rest[7]!)
        rest = rest.subarray(6 + rest.readUInt16BE(4))
      }
    })
    near.pipe(far).pipe(near)
    for (const socket of [near, far]) socket.on('error', () => near.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
