import { Quality, type TagId } from '#model'
import type { DriverReadings } from '#ports'

/** The readings of one cycle of one group, in columns by row. A row that was not read has time 0 and is left out. */
export class Columns {
  readonly value: Float64Array
  readonly time: Float64Array
  readonly quality: Uint8Array
  readonly #texts: [row: number, text: string][] = []
  readonly #integers: [row: number, integer: bigint][] = []
  #lastAt = 0

  constructor(rows: number) {
    this.value = new Float64Array(rows)
    this.time = new Float64Array(rows)
    this.quality = new Uint8Array(rows)
  }

  /** An answer came at `at` (µs); its rows follow. */
  arrived(at: number): void {
    if (at > this.#lastAt) this.#lastAt = at
  }

  number(row: number, value: number, quality: number, at: number): void {
    this.value[row] = value
    this.quality[row] = quality
    this.time[row] = at
  }

  text(row: number, text: string, at: number): void {
    this.number(row, Number.NaN, Quality.good, at)
    this.#texts.push([row, text])
  }

  integer(row: number, integer: bigint, quality: number, at: number): void {
    this.number(row, Number.NaN, quality, at)
    this.#integers.push([row, integer])
  }

  /** Whether the row has been read in this cycle. */
  has(row: number): boolean {
    return this.time[row] !== 0
  }

  /** Takes back a row that turned out not to be known. */
  drop(row: number): void {
    this.time[row] = 0
  }

  /** The batch of all rows that were read, or nothing. The columns are given away: use them no more. */
  readings(tags: Int32Array): DriverReadings | undefined {
    const rows = this.time.length
    let count = 0
    for (let row = 0; row < rows; row++) if (this.time[row] !== 0) count++
    if (count === 0) return undefined
    if (count === rows) return this.#batch(count, tags.slice(), (row) => row)
    const kept = new Int32Array(count)
    const rowIn = new Int32Array(rows).fill(-1)
    for (let row = 0, next = 0; row < rows; row++) {
      if (this.time[row] === 0) continue
      kept[next] = tags[row]!
      this.value[next] = this.value[row]!
      this.time[next] = this.time[row]!
      this.quality[next] = this.quality[row]!
      rowIn[row] = next++
    }
    return this.#batch(count, kept, (row) => rowIn[row]!)
  }

  #batch(count: number, tag: Int32Array, rowIn: (row: number) => number): DriverReadings {
    const texts = placed(this.#texts, rowIn)
    const integers = placed(this.#integers, rowIn)
    return {
      arrivedAt: this.#lastAt,
      count,
      tag,
      time: this.time.subarray(0, count),
      value: this.value.subarray(0, count),
      quality: this.quality.subarray(0, count),
      ...(texts.length > 0 && {
        texts: { row: Int32Array.from(texts, ([row]) => row), text: texts.map(([, text]) => text) },
      }),
      ...(integers.length > 0 && {
        integers: {
          row: Int32Array.from(integers, ([row]) => row),
          integer: BigInt64Array.from(integers, ([, integer]) => integer),
        },
      }),
    }
  }
}

/** Side columns by the rows of the batch, ascending; rows that were left out are left out here too. */
function placed<T>(entries: readonly [number, T][], rowIn: (row: number) => number): [number, T][] {
  return entries
    .map(([row, entry]): [number, T] => [rowIn(row), entry])
    .filter(([row]) => row >= 0)
    .toSorted(([a], [b]) => a - b)
}

/** A batch that says of all tags that the machine gave no answer that can be believed. */
export function lostReadings(tags: readonly TagId[], at: number): DriverReadings {
  return {
    arrivedAt: at,
    count: tags.length,
    tag: Int32Array.from(tags),
    time: new Float64Array(tags.length).fill(at),
    value: new Float64Array(tags.length).fill(Number.NaN),
    quality: new Uint8Array(tags.length).fill(Quality.commError),
  }
}
