import type { Column } from './column.ts'

/** Rollups of one tag: by bucket, ascending. NaN where a bucket has no usable value. */
export interface RollupRows {
  readonly count: number
  /** Start of the bucket, µs. */
  readonly time: Float64Array
  readonly min: Float64Array
  readonly max: Float64Array
  readonly sum: Float64Array
  readonly first: Float64Array
  readonly last: Float64Array
  /** Usable values: finite ones. */
  readonly count32: Uint32Array
  /** All rows. */
  readonly rows: Uint32Array
  /** Worst quality of all rows. */
  readonly worst: Uint8Array
  /** Of the first and last usable value, µs. */
  readonly firstTime: Float64Array
  readonly lastTime: Float64Array
  /** ∫ value dt from the first to the last row of the bucket, value · seconds. */
  readonly area: Float64Array
  /** Seconds of it in which there was a value. */
  readonly covered: Float64Array
}

export type RollupColumn = Exclude<keyof RollupRows, 'count' | 'time'>

/** What a column is called in the file. */
const nameOf: Readonly<Record<RollupColumn, string>> = {
  min: 'min',
  max: 'max',
  sum: 'sum',
  first: 'first',
  last: 'last',
  count32: 'count',
  rows: 'rows',
  worst: 'worst',
  firstTime: 'first_time',
  lastTime: 'last_time',
  area: 'area',
  covered: 'covered',
}

const integers: Partial<Record<RollupColumn, (numbers: Float64Array) => Uint32Array | Uint8Array>> = {
  count32: (numbers) => new Uint32Array(numbers),
  rows: (numbers) => new Uint32Array(numbers),
  worst: (numbers) => new Uint8Array(numbers),
}

/** Puts the columns of group after group together. */
export class RollupRowsBuilder<C extends RollupColumn> {
  readonly #columns: readonly C[]
  readonly #time: Float64Array
  readonly #values: readonly Float64Array[]
  #count = 0

  /** Room for `rows` at most. */
  constructor(columns: readonly C[], rows: number) {
    this.#columns = columns
    this.#time = new Float64Array(rows)
    this.#values = columns.map(() => new Float64Array(rows))
  }

  /** What the columns are called in the file. */
  get names(): readonly string[] {
    return this.#columns.map((column) => nameOf[column])
  }

  /** Adds rows of a group, `row` being the first; a column without any value is undefined. */
  add(time: Float64Array, columns: readonly (Column | undefined)[], row: number): void {
    this.#time.set(time, this.#count)
    for (const [at, column] of columns.entries()) {
      const room = this.#values[at]!.subarray(this.#count, this.#count + time.length)
      if (column) column.numbers(row, room)
      else room.fill(Number.NaN)
    }
    this.#count += time.length
  }

  build(): Pick<RollupRows, 'count' | 'time' | C> {
    const count = this.#count
    const columns = this.#columns.map((column, at) => {
      const numbers = this.#values[at]!.subarray(0, count)
      return [column, integers[column]?.(numbers) ?? numbers] as const
    })
    const all = { count, time: this.#time.subarray(0, count), ...Object.fromEntries(columns) }
    return all as unknown as Pick<RollupRows, 'count' | 'time' | C>
  }
}
