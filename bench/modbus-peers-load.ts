import { ModbusServer } from '#modbus'

/** A Modbus TCP server in a process of its own, for `modbus-peers.ts`: register n holds n. Ends with its parent. */
const registers = Uint16Array.from({ length: 0x10000 }, (_, i) => i)
const server = new ModbusServer({
  device: () => ({
    read: (_table, _at, count) => new Array<boolean>(count).fill(true),
    readRegisters: (_table, at, count) => registers.slice(at, at + count),
  }),
})
console.log(JSON.stringify(await server.listen(0)))
process.on('disconnect', () => process.exit())
