import type { ReadingBatch } from '#model'

/**
 * The rows of one segment in columns, in order of arrival. Made once and used for segment after segment, so that sealing
 * under load makes no garbage.
 */
export class SegmentColumns {
  count = 0
  tag = new Int32Array(0)
  time = new Float64Array(0)
  /** Numbers; for rows with a text its code in `texts`. */
  value = new Float64Array(0)
  quality = new Uint8Array(0)
  /** Index into `arrivals`: rows of one batch arrived together. */
  batch = new Int32Array(0)
  arrivals: number[] = []
  texts: string[] = []
  integers = new Map<number, bigint>()
  readonly #textCodes = new Map<string, number>()
  /** Rows by (tag, arrival), filled by `sortByTag`. */
  order = new Int32Array(0)

  reset(rows: number): void {
    this.count = 0
    this.arrivals = []
    this.texts = []
    this.#textCodes.clear()
    this.integers.clear()
    if (this.tag.length < rows) this.#grow(rows)
  }

  add(batch: ReadingBatch): void {
    const { count } = batch
    const first = this.count
    if (first + count > this.tag.length) this.#grow(first + count)
    this.tag.set(batch.tag, first)
    this.time.set(batch.time, first)
    this.value.set(batch.value, first)
    this.quality.set(batch.quality, first)
    this.batch.fill(this.arrivals.push(batch.arrivedAt) - 1, first, first + count)
    if (batch.texts) this.#addTexts(batch.texts.row, batch.texts.text, first)
    batch.integers?.row.forEach((row, i) => void this.integers.set(first + row, batch.integers!.integer[i]!))
    this.count = first + count
  }

  #addTexts(rows: Int32Array, texts: readonly string[], first: number): void {
    for (let i = 0; i < rows.length; i++) {
      const text = texts[i]!
      let code = this.#textCodes.get(text)
      if (code === undefined) {
        code = this.texts.push(text) - 1
        this.#textCodes.set(text, code)
      }
      this.value[first + rows[i]!] = code
    }
  }

  /** Sorts rows by tag, keeping their order (a counting sort). Returns where each tag's rows begin in `order`. */
  sortByTag(highest: number): Int32Array {
    const begin = new Int32Array(highest + 2)
    const { tag, count, order } = this
    for (let row = 0; row < count; row++) begin[tag[row]! + 1]!++
    for (let id = 1; id < begin.length; id++) begin[id]! += begin[id - 1]!
    const next = begin.slice()
    for (let row = 0; row < count; row++) order[next[tag[row]!]!++] = row
    return begin
  }

  #grow(rows: number): void {
    const size = Math.max(rows, Math.min(this.tag.length * 2, 4 * rows), 1024)
    const { tag, time, value, quality, batch } = this
    this.tag = new Int32Array(size)
    this.time = new Float64Array(size)
    this.value = new Float64Array(size)
    this.quality = new Uint8Array(size)
    this.batch = new Int32Array(size)
    this.order = new Int32Array(size)
    this.tag.set(tag)
    this.time.set(time)
    this.value.set(value)
    this.quality.set(quality)
    this.batch.set(batch)
  }
}
