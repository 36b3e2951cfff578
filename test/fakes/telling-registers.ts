import type { ModbusDevice } from '#modbus'

const addressBits = 16
const unitBits = 3
const generations = 2 ** (32 - addressBits - unitBits)

/**
 * A device each of whose values, two registers long, tells where it is and when it was asked: address, unit, and a
 * counter that every request moves on. Whoever asked can tell with certainty whether a value is the one that was asked
 * for, and not an older one of the same address.
 */
export class TellingRegisters implements ModbusDevice {
  readonly unit: number
  #generation = 0

  constructor(unit: number) {
    if (unit < 0 || unit >= 2 ** unitBits) throw new RangeError(`unit ${unit}`)
    this.unit = unit
  }

  get generation(): number {
    return this.#generation
  }

  read(): readonly boolean[] {
    return []
  }

  readRegisters(_table: 'holding' | 'input', address: number, count: number): Uint16Array {
    this.#generation++
    const words = new Uint16Array(count)
    for (let i = 0; i < count; i++) {
      const at = address + i
      const value = this.#value(at & ~1)
      words[i] = at & 1 ? value & 0xffff : value >>> 16
    }
    return words
  }

  #value(address: number): number {
    return address * 2 ** (32 - addressBits) + this.unit * generations + (this.#generation % generations)
  }

  /** Whether `value` can be what stood at `address` when asked after generation `from`, until now. */
  isPossible(value: number, address: number, from: number): boolean {
    if (Math.floor(value / 2 ** (32 - addressBits)) !== address) return false
    if (Math.floor(value / generations) % 2 ** unitBits !== this.unit) return false
    const age = ((((value % generations) - from) % generations) + generations) % generations
    return age >= 1 && age <= this.#generation - from
  }
}
