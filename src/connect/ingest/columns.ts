import type { ReadingBatch, TagId } from '#model'

/** Rows of one batch in the making. The line under way can be taken back until it is good. */
export class Columns {
  count = 0
  #tag: Int32Array
  #time: Float64Array
  #value: Float64Array
  readonly #textRow: number[] = []
  readonly #text: string[] = []
  readonly #integerRow: number[] = []
  readonly #integer: bigint[] = []

  constructor(capacity: number) {
    this.#tag = new Int32Array(capacity)
    this.#time = new Float64Array(capacity)
    this.#value = new Float64Array(capacity)
  }

  addNumber(tag: TagId, value: number): void {
    const row = this.count
    if (row === this.#tag.length) this.#grow()
    this.#tag[row] = tag
    this.#value[row] = value
    this.count = row + 1
  }

  addText(tag: TagId, text: string): void {
    this.#textRow.push(this.count)
    this.#text.push(text)
    this.addNumber(tag, Number.NaN)
  }

  addInteger(tag: TagId, integer: bigint): void {
    this.#integerRow.push(this.count)
    this.#integer.push(integer)
    this.addNumber(tag, Number.NaN)
  }

  /** Ends a line: its rows, from `from` on, are of this time (µs). */
  setTime(from: number, time: number): void {
    for (let row = from; row < this.count; row++) this.#time[row] = time
  }

  /** Takes back the rows from `from` on. */
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

  /** The columns as a batch; they belong to it from now on. */
  batch(source: string, arrivedAt: number): ReadingBatch {
    const { count } = this
    return {
      source,
      sequence: 0,
      arrivedAt,
      count,
      tag: this.#tag.subarray(0, count),
      time: this.#time.subarray(0, count),
      value: this.#value.subarray(0, count),
      quality: new Uint8Array(count),
      ...(this.#text.length > 0 && { texts: { row: Int32Array.from(this.#textRow), text: this.#text } }),
      ...(this.#integer.length > 0 && {
        integers: { row: Int32Array.from(this.#integerRow), integer: BigInt64Array.from(this.#integer) },
      }),
    }
  }

  #grow(): void {
    const size = Math.max(64, this.#tag.length * 2)
    const tag = new Int32Array(size)
    const time = new Float64Array(size)
    const value = new Float64Array(size)
    tag.set(this.#tag)
    time.set(this.#time)
    value.set(this.#value)
    this.#tag = tag
    this.#time = time
    this.#value = value
  }
}
