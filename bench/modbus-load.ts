import { ModbusServer } from '#modbus'

/**
 * The machines of `bench modbus`: a process of its own, so that its CPU is not counted. Every register read has changed:
 * float32 number k of a device is `k + reads / 8`, so a checker can tell what a value must be made of.
 */
const [devices = '10'] = process.argv.slice(2)
const ports: number[] = []
for (let index = 0; index < Number(devices); index++) {
  let reads = 0
  const floats = new Float32Array(1)
  const words = new Uint16Array(floats.buffer)
  const server = new ModbusServer({
    device: () => ({
      read: () => [],
      readRegisters(_table, address, count) {
        if (address === 0) reads++
        const registers = new Uint16Array(count)
        for (let i = 0; i + 1 < count; i += 2) {
          floats[0] = ((address + i) >> 1) + reads / 8
          registers[i] = words[1]!
          registers[i + 1] = words[0]!
        }
        return registers
      },
    }),
  })
  ports.push((await server.listen(0, '127.0.0.1')).port)
}
process.stdout.write(`${JSON.stringify({ ports })}\n`)
process.on('disconnect', () => process.exit(0))
