import { type ModbusDevice, ModbusException, ModbusServer } from '#modbus'

/** A Modbus machine with 32 holding registers over loopback, for tests of what is above the driver. */
export interface SmallMachine {
  readonly port: number
  readonly registers: Uint16Array
  /** What the next writes do: take effect, be refused by the device, or break the connection with no answer. */
  onWrite: 'accept' | 'refuse' | 'vanish'
  /** Answers again after it vanished. */
  resume(): Promise<void>
  close(): Promise<void>
}

export async function smallMachine(): Promise<SmallMachine> {
  const registers = new Uint16Array(32)
  const device: ModbusDevice = {
    read: () => {
      throw new ModbusException(2)
    },
    readRegisters(table, address, count) {
      if (table !== 'holding' || address + count > registers.length) throw new ModbusException(2)
      return registers.slice(address, address + count)
    },
    writeRegisters(address, values) {
      if (machine.onWrite === 'refuse') throw new ModbusException(4)
      if (machine.onWrite === 'vanish') server.pause()
      else registers.set(values, address)
    },
  }
  const server = new ModbusServer({ device: (unit) => (unit === 1 ? device : undefined) })
  const { port } = await server.listen(0, '127.0.0.1')
  const machine: SmallMachine = {
    port,
    registers,
    onWrite: 'accept',
    resume: () => server.resume(),
    close: () => server.close(),
  }
  return machine
}
