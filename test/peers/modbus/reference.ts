import { type ModbusDevice, ModbusException } from '#modbus'

/** What every server of these tests holds, ours and theirs: formulas that C, Python and we can each write down. */
export const reference = {
  unit: 7,
  bits: 2100,
  registers: 300,
  coil: (i: number): boolean => (i * i + Math.floor(i / 3)) % 5 < 2,
  discrete: (i: number): boolean => i % 3 === 0,
  holding: (i: number): number => (i * 257 + 11) & 0xffff,
  input: (i: number): number => (i * 409 + 7) & 0xffff,
  /** From here on registers and coils may be written. */
  writable: 200,
} as const

export const span = <T>(from: number, count: number, of: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => of(from + index))

export const nameplate: Readonly<Record<number, string>> = {
  0: 'Interwork',
  1: 'REF-1',
  2: '1.2',
  3: 'interwork.example',
  4: 'Reference device',
  5: 'REF-1-A',
  128: 'own object',
}

/** A device with the reference contents, which takes writes. */
export function referenceDevice(): ModbusDevice {
  const { bits, registers } = reference
  const coils = span(0, bits, reference.coil)
  const discrete = span(0, bits, reference.discrete)
  const holding = Uint16Array.from(span(0, registers, reference.holding))
  const input = Uint16Array.from(span(0, registers, reference.input))
  const within = (address: number, count: number, length: number) => {
    if (address + count > length) throw new ModbusException(2)
  }
  return {
    read(table, address, count) {
      within(address, count, bits)
      return (table === 'coil' ? coils : discrete).slice(address, address + count)
    },
    readRegisters(table, address, count) {
      within(address, count, registers)
      return (table === 'holding' ? holding : input).slice(address, address + count)
    },
    writeCoils(address, values) {
      within(address, values.length, bits)
      for (const [index, value] of values.entries()) coils[address + index] = value
    },
    writeRegisters(address, values) {
      within(address, values.length, registers)
      holding.set(values, address)
    },
    identification: nameplate,
    serverId: { id: new TextEncoder().encode('REF-1'), running: true },
  }
}
