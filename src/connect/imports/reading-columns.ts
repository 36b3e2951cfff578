import type { ReadingBatch, TextColumn } from '#model'

/** Rows of readings in columns, as they travel between threads and processes. */
export interface ReadingColumns {
  readonly count: number
  readonly tag: Int32Array
  readonly time: Float64Array
  readonly value: Float64Array
  readonly quality: Uint8Array
  readonly texts?: TextColumn
  readonly integers?: { readonly row: Int32Array; readonly integer: BigInt64Array }
}

/** Readings in the making. The file's row under way can be taken back until all of it is good. */
export class GrowingColumns {
  count = 0
  #tag: Int32Array
  #time: Float64Array
  #value: Float64Array
  #quality: Uint8Array
  readonly #textRow: number[] = []
  readonly #text: string[] = []
  readonly #integerRow: number[] = []
  readonly #integer: bigint[] = []

  constructor(capacity: number) {
    this.#tag = new Int32Array(capacity)
    this.#time = new Float64Array(capacity)
    this.#value = new Float64Array(capacity)
    this.#quality = new Uint8Array(capacity)
  }

  addNumber(tag: number, time: number, value: number, quality: number): void {
    const row = this.count
    if (row === this.#tag.length) this.#grow()
    this.#tag[row] = tag
    this.#time[row] = time
    this.#value[row] = value
    this.#quality[row] = quality
    this.count = row + 1
  }

  addText(tag: number, time: number, text: string, quality: number): void {
    this.#textRow.push(this.count)
    this.#text.push(text)
    this.addNumber(tag, time, Number.NaN, quality)
  }

  addInteger(tag: number, time: number, integer: bigint, quality: number): void {
    this.#integerRow.push(this.count)
    this.#integer.push(integer)
    this.addNumber(tag, time, Number.NaN, quality)
  }

  /** Takes back the readings from `from` on. */
  cut(from: number): void {
    this.count = from
    while (this.#textRow.length > 0 && this.#textRow.at(-1)! >= from) {
      this.#textRow.pop()
      this.#text.pop()
    }
    while (this.#integerRow.length > 0 && this.#integerRow.at(-1)! >= from) {
      this.#integerRow.pop()
      this.#integer.pop()
    }
  }

  /** What was added; the arrays belong to it from now on. */
  take(): ReadingColumns {
    const { count } = this
    return {
      count,
      tag: this.#tag.subarray(0, count),
      time: this.#time.subarray(0, count),
      value: this.#value.subarray(0, count),
      quality: this.#quality.subarray(0, count),
      ...(this.#text.length > 0 && { texts: { row: Int32Array.from(this.#textRow), text: this.#text } }),
      ...(this.#integer.length > 0 && {
        integers: { row: Int32Array.from(this.#integerRow), integer: BigInt64Array.from(this.#integer) },
      }),
    }
  }

  #grow(): void {
    const size = Math.max(64, this.#tag.length * 2)
    this.#tag = grown(this.#tag, new Int32Array(size))
    this.#time = grown(this.#time, new Float64Array(size))
    this.#value = grown(this.#value, new Float64Array(size))
    this.#quality = grown(this.#quality, new Uint8Array(size))
  }
}

function grown<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from)
  return to
}

/** The columns as a batch of one source. */
export const batchOf = (
  columns: ReadingColumns,
  identity: Pick<ReadingBatch, 'source' | 'sequence' | 'arrivedAt'>,
): ReadingBatch => ({ ...identity, ...columns })
