import type { ModbusConnection } from './connection.ts'
import type { Hole, PlanLimits } from './plan.ts'
import { isBitTable } from './plan.ts'
import type { Table } from './point.ts'

/** What a device has taught us about itself: how much it gives at once, and what it does not give at all. */
export class Learned {
  readonly #gap: number
  #maxRegisters: number
  #maxBits: number
  /** The most that was given at once, of registers and of bits. */
  readonly #given = { registers: 0, bits: 0 }
  /** Unused registers that cannot be read along, and places (of no length) that cannot be read across. */
  readonly #gaps: Hole[] = []
  /** Items that are refused, until they are tried again. */
  #refused: Hole[] = []

  constructor({ maxRegisters, maxBits, gap }: ModbusConnection) {
    this.#maxRegisters = maxRegisters
    this.#maxBits = maxBits
    this.#gap = gap
  }

  get limits(): PlanLimits {
    const [gaps, refused] = [this.#gaps, this.#refused]
    return { maxRegisters: this.#maxRegisters, maxBits: this.#maxBits, gap: this.#gap, gaps, refused }
  }

  get holes(): number {
    return this.#gaps.length + this.#refused.length
  }

  get hasRefused(): boolean {
    return this.#refused.length > 0
  }

  /** The device gives at most `count` registers or bits of this table in one answer. */
  limit(table: Table, count: number): void {
    if (isBitTable(table)) this.#maxBits = Math.min(this.#maxBits, Math.max(1, count))
    else this.#maxRegisters = Math.min(this.#maxRegisters, Math.max(1, count))
  }

  /** The device gave `count` at once. */
  gave(table: Table, count: number): void {
    const kind = isBitTable(table) ? 'bits' : 'registers'
    if (count > this.#given[kind]) this.#given[kind] = count
  }

  /**
   * The device gave two neighbouring halves and not the whole: that was too much at once, unless it has given as much
   * elsewhere; then something parts its registers at `at`.
   */
  cut(table: Table, { at, whole, most }: { at: number; whole: number; most: number }): void {
    if (this.#given[isBitTable(table) ? 'bits' : 'registers'] >= whole) this.cannotBridge(table, at, at)
    else this.limit(table, most)
  }

  cannotBridge(table: Table, from: number, to: number): void {
    this.#gaps.push({ table, from, to })
  }

  refuses(table: Table, from: number, to: number): void {
    this.#refused.push({ table, from, to })
  }

  /** What was refused is to be tried again. */
  forgive(): void {
    this.#refused = []
  }
}
