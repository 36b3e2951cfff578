import { createServer } from 'node:net'

/**
 * A gateway gone wrong. Before each right answer it lets one through that another unit gave to another master; when it is
 * `confused`, it answers in the name of another unit alone.
 */
export interface ForeignUnit {
  readonly port: number
  confused: boolean
  close(): void
}

/** Modbus TCP, registers only: those of the unit asked hold `right`, those of the other `foreign`. */
export async function foreignUnit(right: number, foreign: number): Promise<ForeignUnit> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    let bytes = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk])
      for (; bytes.length >= 12; bytes = bytes.subarray(12)) {
        const transaction = bytes.readUInt16BE(0)
        const unit = bytes[6]!
        const strange = gateway.confused ? transaction : (transaction + 9) & 0xffff
        socket.write(reply(bytes, { transaction: strange, unit: unit ^ 1, value: foreign }))
        if (!gateway.confused) socket.write(reply(bytes, { transaction, unit, value: right }))
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const gateway: ForeignUnit = { port, confused: false, close: () => void server.close() }
  return gateway
}

/** The reply to a read of registers (function 3 or 4), all of one value. */
function reply(
  request: Buffer,
  { transaction, unit, value }: { transaction: number; unit: number; value: number },
): Buffer {
  const count = request.readUInt16BE(10)
  const answer = Buffer.alloc(9 + 2 * count)
  answer.writeUInt16BE(transaction, 0)
  answer.writeUInt16BE(3 + 2 * count, 4)
  answer.set([unit, request[7]!, 2 * count], 6)
  for (let i = 0; i < count; i++) answer.writeUInt16BE(value, 9 + 2 * i)
  return answer
}
