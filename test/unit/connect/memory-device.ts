import { type ModbusDevice, ModbusException } from '#modbus'

type Table = 'holding' | 'input' | 'coil' | 'discrete'

/** A Modbus machine that holds what a test puts in: cells by table and address; others are illegal addresses. */
export class MemoryDevice implements ModbusDevice {
  readonly cells = new Map<string, number>()
  identification?: Readonly<Record<number, string>>
  /** Writes are acknowledged and not kept, as by a machine in local mode. */
  local = false

  /** `put('holding:100', [1, 2])` fills from the address on. */
  put(place: string, values: number | boolean | readonly (number | boolean)[]): void {
    const [table, address] = place.split(':')
    for (const [i, value] of [values].flat().entries()) this.cells.set(`${table}:${Number(address) + i}`, Number(value))
  }

  read(table: 'coil' | 'discrete', address: number, count: number): boolean[] {
    return this.#cells(table, address, count).map((value) => value !== 0)
  }

  readRegisters(table: 'holding' | 'input', address: number, count: number): Uint16Array {
    return Uint16Array.from(this.#cells(table, address, count))
  }

  writeCoils(address: number, values: readonly boolean[]): void {
    this.#cells('coil', address, values.length)
    if (!this.local) this.put(`coil:${address}`, values)
  }

  writeRegisters(address: number, values: Uint16Array): void {
    this.#cells('holding', address, values.length)
    if (!this.local) this.put(`holding:${address}`, [...values])
  }

  #cells(table: Table, address: number, count: number): number[] {
    return Array.from({ length: count }, (_, i) => {
      const value = this.cells.get(`${table}:${address + i}`)
      if (value === undefined) throw new ModbusException(2)
      return value
    })
  }
}
