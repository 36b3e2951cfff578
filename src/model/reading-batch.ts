import { IwError, latestTime, type Microseconds } from '#kernel'
import type { TagId } from './tag.ts'

/**
 * Readings in columns: no object per reading on the hot path. Row i is (tag[i], time[i], value[i], quality[i]).
 *
 * - `time`: µs since the epoch; the device's own where it gave one, else `arrivedAt`.
 * - `value`: numbers; integers where |v| ≤ 2^53; booleans as 0/1; NaN where the row has no number (null, text, large integer).
 * - `texts`, `integers`: side columns for rows of string tags and for integers beyond 2^53, by row index, ascending.
 * - `source` + `sequence`: the batch's identity. A sequence at or below the source's high-water mark is acknowledged and
 *   dropped (exactly once for store-and-forward). Sequence 0: the source does not count; then (tag, time) decides.
 *
 * A batch belongs to whoever it is handed to: do not change it after appending it.
 */
export interface ReadingBatch {
  readonly source: string
  readonly sequence: number
  /** µs; when the batch came in. Rows whose `time` equals it carry no device time. */
  readonly arrivedAt: Microseconds
  readonly count: number
  readonly tag: Int32Array
  readonly time: Float64Array
  readonly value: Float64Array
  readonly quality: Uint8Array
  readonly texts?: TextColumn
  readonly integers?: IntegerColumn
}

export interface TextColumn {
  readonly row: Int32Array
  readonly text: readonly string[]
}

export interface IntegerColumn {
  readonly row: Int32Array
  readonly integer: BigInt64Array
}

/** The longest text a reading may carry, in UTF-8 bytes (as InfluxDB's limit of 64 KiB). */
export const maxTextBytes = 65_535

/** Checks the shape of a batch. Throws `IW_HISTORIAN_INVALID_BATCH` naming the column or row. */
export function checkBatch(batch: ReadingBatch): void {
  const { count, tag, time, value, quality, texts, integers } = batch
  if (!Number.isInteger(count) || count < 0) throw invalid(`count ${count}`)
  if (tag.length < count || time.length < count || value.length < count || quality.length < count)
    throw invalid(`a column is shorter than ${count} rows`)
  if (!Number.isSafeInteger(batch.sequence) || batch.sequence < 0) throw invalid(`sequence ${batch.sequence}`)
  if (batch.source.length === 0 || batch.source.length > 200)
    throw invalid(`source name of ${batch.source.length} characters`)
  for (let i = 0; i < count; i++) {
    const at = time[i]!
    if (!(at >= 0 && at <= latestTime)) throw invalid(`time ${at} µs in row ${i}`)
  }
  if (texts) checkRows('texts', texts.row, texts.text.length, count)
  if (integers) checkRows('integers', integers.row, integers.integer.length, count)
}

function checkRows(column: string, row: Int32Array, length: number, count: number): void {
  if (row.length !== length) throw invalid(`${column}: ${row.length} rows for ${length} values`)
  let previous = -1
  for (const index of row) {
    if (index <= previous || index >= count) throw invalid(`${column}: row ${index} is out of order or beyond ${count}`)
    previous = index
  }
}

const invalid = (what: string) => new IwError('IW_HISTORIAN_INVALID_BATCH', `Not a well-formed batch: ${what}`)

/** A value as rooms and surfaces speak of it. `bigint` only for integers beyond 2^53; null where there is none. */
export type Value = number | bigint | boolean | string | null

/** Collects rows one by one where speed does not matter (tests, commands, single readings); grows as needed. */
export class BatchBuilder {
  #count = 0
  #tag = new Int32Array(64)
  #time = new Float64Array(64)
  #value = new Float64Array(64)
  #quality = new Uint8Array(64)
  readonly #textRow: number[] = []
  readonly #text: string[] = []
  readonly #integerRow: number[] = []
  readonly #integer: bigint[] = []

  get count(): number {
    return this.#count
  }

  add(tag: TagId, time: Microseconds, value: Value, quality: number = 0): this {
    const row = this.#count++
    if (row === this.#tag.length) this.#grow()
    this.#tag[row] = tag
    this.#time[row] = time
    this.#quality[row] = quality
    this.#value[row] = Number.NaN
    if (typeof value === 'number') this.#value[row] = value
    else if (typeof value === 'boolean') this.#value[row] = value ? 1 : 0
    else if (typeof value === 'string') {
      this.#textRow.push(row)
      this.#text.push(value)
    } else if (typeof value === 'bigint') this.#addInteger(row, value)
    return this
  }

  build(from: { source: string; sequence: number; arrivedAt: Microseconds }): ReadingBatch {
    const count = this.#count
    return {
      ...from,
      count,
      tag: this.#tag.slice(0, count),
      time: this.#time.slice(0, count),
      value: this.#value.slice(0, count),
      quality: this.#quality.slice(0, count),
      ...(this.#textRow.length > 0 && { texts: { row: Int32Array.from(this.#textRow), text: this.#text } }),
      ...(this.#integerRow.length > 0 && {
        integers: { row: Int32Array.from(this.#integerRow), integer: BigInt64Array.from(this.#integer) },
      }),
    }
  }

  #addInteger(row: number, value: bigint): void {
    if (value >= -(2n ** 53n) && value <= 2n ** 53n) {
      this.#value[row] = Number(value)
      return
    }
    if (BigInt.asIntN(64, value) !== value) throw invalid(`integer ${value} does not fit 64 bits`)
    this.#integerRow.push(row)
    this.#integer.push(value)
  }

  #grow(): void {
    const size = this.#tag.length * 2
    this.#tag = copy(new Int32Array(size), this.#tag)
    this.#time = copy(new Float64Array(size), this.#time)
    this.#value = copy(new Float64Array(size), this.#value)
    this.#quality = copy(new Uint8Array(size), this.#quality)
  }
}

function copy<T extends { set(from: T): void }>(to: T, from: T): T {
  to.set(from)
  return to
}
