import type { ReadingBatch, TagId } from '#model'

/** Numbers of a record: time, value, time of arrival, quality. Four fit one line of the cache twice. */
export const recordNumbers = 4

/**
 * The rows of one segment, ordered by (tag, arrival). Filled in two passes, first counting and then placing: a row is
 * written once to where it belongs, and a tag is read from end to end. The memory is used for segment after segment.
 */
export class SegmentRecords {
  #counts = new Int32Array(0)
  #next = new Int32Array(0)
  #records = new Float64Array(0)
  #rows = 0
  /** Texts of the segment; the value of a row with a text is its index. */
  texts: string[] = []
  readonly #textCodes = new Map<string, number>()
  /** Large integers, by row. */
  readonly integers = new Map<number, bigint>()

  get rows(): number {
    return this.#rows
  }

  /** The numbers of all records; row `r` begins at `r * recordNumbers`. */
  get records(): Float64Array {
    return this.#records
  }

  reset(): void {
    this.#counts.fill(0)
    this.#rows = 0
    this.texts = []
    this.#textCodes.clear()
    this.integers.clear()
  }

  /** First pass. */
  count({ tag, count }: ReadingBatch, highest: TagId): void {
    if (highest >= this.#counts.length) this.#growCounts(highest)
    const counts = this.#counts
    for (let row = 0; row < count; row++) counts[tag[row]!]!++
    this.#rows += count
  }

  /** Between the passes: gives every tag its place. */
  allot(): void {
    this.#next = new Int32Array(this.#counts.length)
    for (let tag = 1; tag < this.#next.length; tag++) this.#next[tag] = this.#next[tag - 1]! + this.#counts[tag - 1]!
    if (this.#records.length < this.#rows * recordNumbers) this.#records = new Float64Array(this.#rows * recordNumbers)
  }

  /** Second pass: the same batches in the same order. */
  place(batch: ReadingBatch): void {
    const { tag, time, value, quality, arrivedAt, count } = batch
    if (batch.texts || batch.integers) this.#placeSides(batch)
    const records = this.#records
    const next = this.#next
    for (let row = 0; row < count; row++) {
      const at = next[tag[row]!]!++ * recordNumbers
      records[at] = time[row]!
      records[at + 1] = value[row]!
      records[at + 2] = arrivedAt
      records[at + 3] = quality[row]!
    }
  }

  /** Where the rows of a tag are, after the second pass: [from, to). */
  rowsOf(tag: TagId): readonly [from: number, to: number] {
    const to = this.#next[tag] ?? 0
    return [to - (this.#counts[tag] ?? 0), to]
  }

  /** Puts codes of texts into the values, and large integers beside the rows that they will get. */
  #placeSides({ tag, value, texts, integers, count }: ReadingBatch): void {
    texts?.row.forEach((row, i) => {
      value[row] = this.#codeOf(texts.text[i]!)
    })
    if (!integers) return
    const before = new Map<TagId, number>()
    let side = 0
    for (let row = 0; row < count && side < integers.row.length; row++) {
      const id = tag[row]!
      const earlier = before.get(id) ?? 0
      before.set(id, earlier + 1)
      if (integers.row[side] === row) this.integers.set(this.#next[id]! + earlier, integers.integer[side++]!)
    }
  }

  #codeOf(text: string): number {
    let code = this.#textCodes.get(text)
    if (code === undefined) {
      code = this.texts.push(text) - 1
      this.#textCodes.set(text, code)
    }
    return code
  }

  #growCounts(highest: TagId): void {
    const grown = new Int32Array(2 ** Math.ceil(Math.log2(highest + 2)))
    grown.set(this.#counts)
    this.#counts = grown
  }
}
