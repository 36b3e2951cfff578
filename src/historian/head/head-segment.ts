import type { ReadingBatch, TagId } from '#model'
import { type Page, type PagePool, pageBits, pageRows } from './pages.ts'

const mask = pageRows - 1
/** What a string costs beside its characters, roughly. */
const textOverhead = 48

/**
 * The readings of one journal segment, in memory. Rows of a tag are linked from the newest to the oldest, so that a tag
 * is read without a scan and a row costs 21 bytes. Rows are never changed; a reader may stop half-way and go on.
 */
export class HeadSegment {
  readonly number: number
  readonly #pool: PagePool
  readonly #pages: Page[] = []
  #rows = 0
  /** By tag: its newest row plus one. */
  #newest = new Int32Array(0)
  /** By tag: the greatest time so far, and whether an earlier one came after it. */
  #latest = new Float64Array(0)
  #disordered = new Uint8Array(0)
  readonly #texts: string[] = []
  readonly #textCodes = new Map<string, number>()
  readonly #integers = new Map<number, bigint>()
  #textBytes = 0
  #earliest = Number.POSITIVE_INFINITY
  #last = Number.NEGATIVE_INFINITY
  #readers = 0
  #left = false

  constructor(number: number, pool: PagePool) {
    this.number = number
    this.#pool = pool
  }

  get rows(): number {
    return this.#rows
  }

  /** Least and greatest time of all rows. */
  get earliest(): number {
    return this.#earliest
  }
  get latest(): number {
    return this.#last
  }

  /** Bytes beside the pages: texts, large integers, tables by tag. */
  get extraBytes(): number {
    return this.#textBytes + this.#integers.size * 64 + this.#newest.length * 13
  }

  /** Appends a batch whose tags have ids up to `highest`. From here on every reader sees it. */
  add(batch: ReadingBatch, highest: TagId): void {
    if (highest >= this.#newest.length) this.#growTables(highest)
    const first = this.#rows
    for (let from = 0; from < batch.count; ) {
      const at = (first + from) & mask
      if (at === 0) this.#pages.push(this.#pool.take())
      const count = Math.min(batch.count - from, pageRows - at)
      this.#addToPage(batch, from, count, at)
      from += count
    }
    if (batch.texts) this.#addTexts(batch.texts.row, batch.texts.text, first)
    if (batch.integers) {
      const { row, integer } = batch.integers
      for (let i = 0; i < row.length; i++) this.#integers.set(first + row[i]!, integer[i]!)
    }
    this.#rows = first + batch.count
  }

  #addToPage(batch: ReadingBatch, from: number, count: number, at: number): void {
    const page = this.#pages[this.#pages.length - 1]!
    const { tag, time } = batch
    page.time.set(time.subarray(from, from + count), at)
    page.value.set(batch.value.subarray(from, from + count), at)
    page.quality.set(batch.quality.subarray(from, from + count), at)
    const row = ((this.#pages.length - 1) << pageBits) + at + 1
    const { previous } = page
    const newest = this.#newest
    const latest = this.#latest
    let earliest = this.#earliest
    let last = this.#last
    for (let i = 0; i < count; i++) {
      const id = tag[from + i]!
      const when = time[from + i]!
      previous[at + i] = newest[id]!
      newest[id] = row + i
      if (when < latest[id]!) this.#disordered[id] = 1
      else latest[id] = when
      if (when < earliest) earliest = when
      if (when > last) last = when
    }
    this.#earliest = earliest
    this.#last = last
  }

  #addTexts(rows: Int32Array, texts: readonly string[], first: number): void {
    for (let i = 0; i < rows.length; i++) {
      const text = texts[i]!
      let code = this.#textCodes.get(text)
      if (code === undefined) {
        code = this.#texts.push(text) - 1
        this.#textCodes.set(text, code)
        this.#textBytes += text.length * 2 + textOverhead
      }
      const row = first + rows[i]!
      this.#pages[row >> pageBits]!.value[row & mask] = code
    }
  }

  #growTables(highest: TagId): void {
    const size = Math.max(64, 2 ** Math.ceil(Math.log2(highest + 1)))
    const newest = new Int32Array(size)
    const latest = new Float64Array(size)
    const disordered = new Uint8Array(size)
    newest.set(this.#newest)
    latest.set(this.#latest)
    disordered.set(this.#disordered)
    this.#newest = newest
    this.#latest = latest
    this.#disordered = disordered
  }

  /** The newest row of a tag plus one, 0 where it has none. */
  newestRow(tag: TagId): number {
    return this.#newest[tag] ?? 0
  }

  /** Whether the rows of the tag came in the order of their times. */
  isOrdered(tag: TagId): boolean {
    return this.#disordered[tag] !== 1
  }

  page(row: number): Page {
    return this.#pages[row >> pageBits]!
  }

  textOf(code: number): string | null {
    return this.#texts[code] ?? null
  }

  integerOf(row: number): bigint | null {
    return this.#integers.get(row) ?? null
  }

  get hasIntegers(): boolean {
    return this.#integers.size > 0
  }

  /** A reader begins; its pages stay until `unpin`. */
  pin(): void {
    this.#readers++
  }

  unpin(): void {
    this.#readers--
    this.#recycle()
  }

  /** The segment is sealed: its pages go as soon as the last reader has. */
  leave(): void {
    this.#left = true
    this.#recycle()
  }

  #recycle(): void {
    if (!this.#left || this.#readers > 0) return
    this.#pool.give(this.#pages)
    this.#pages.length = 0
  }
}
