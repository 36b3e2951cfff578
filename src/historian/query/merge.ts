import type { RowPage } from '../parts/chunk.ts'
import { breathe, lowerBound, type Range, type RowSource, type Slice } from './source.ts'

/** No run is longer, and after so many rows everything else gets its turn. */
const rowsABreath = 16_384

/** One source that has been opened, and the rows of its present slice that were not taken yet: [begin, end). */
class Input {
  readonly rank: number
  readonly #slices: AsyncGenerator<Slice>
  readonly #descending: boolean
  page!: RowPage
  begin = 0
  end = 0

  constructor(source: RowSource, range: Range) {
    this.rank = source.rank
    this.#slices = source.slices(range)
    this.#descending = range.descending
  }

  /** Of the next row. */
  get time(): number {
    return this.page.time[this.#descending ? this.end - 1 : this.begin]!
  }

  get isSpent(): boolean {
    return this.begin >= this.end
  }

  skip(): void {
    if (this.#descending) this.end--
    else this.begin++
  }

  /** Goes to the next slice that has a row; false where there is none. */
  async turn(): Promise<boolean> {
    do {
      const { value, done } = await this.#slices.next()
      if (done) return false
      this.page = value.page
      this.begin = value.begin
      this.end = value.end
    } while (this.isSpent)
    return true
  }

  async close(): Promise<void> {
    await this.#slices.return(undefined)
  }
}

/**
 * The one merge of head and parts: rows of a range in strict order of time, each time once; where several sources have it,
 * the newest source wins. It goes run by run: rows of one page with no row of another source between them. Sources are
 * opened when the merge comes to them.
 *
 *     for (let more = rows.next(); more === true || (more !== false && (await more)); more = rows.next()) …
 */
export class MergedRows {
  readonly #range: Range
  readonly #sign: 1 | -1
  /** Not opened yet, the next one last. */
  readonly #waiting: RowSource[]
  #inputs: Input[] = []
  /** Set where an input came to the end of its slice. */
  #spent = false
  #sinceBreath = 0
  /** The present run: rows [begin, end) of the page, to be taken from the end where the range descends. */
  page!: RowPage
  begin = 0
  end = 0

  constructor(sources: readonly RowSource[], range: Range) {
    this.#range = range
    this.#sign = range.descending ? -1 : 1
    this.#waiting = sources
      .filter(({ earliest, latest }) => latest >= range.from && earliest < range.to)
      .toSorted((a, b) => this.#beginOf(b) - this.#beginOf(a))
  }

  /** Goes to the next run: false where there is none. A promise only where a source has to be read, or others waited. */
  next(): boolean | Promise<boolean> {
    if (this.#spent || this.#sinceBreath >= rowsABreath) return this.#nextLater()
    const best = this.#least()
    if (this.#mustOpen(best)) return this.#nextLater()
    if (!best) return false
    this.#take(best)
    return true
  }

  async close(): Promise<void> {
    for (const input of this.#inputs) await input.close()
    this.#inputs = []
    this.#waiting.length = 0
  }

  #beginOf(source: RowSource): number {
    return this.#sign === 1 ? source.earliest : -source.latest
  }

  #mustOpen(best: Input | undefined): boolean {
    const waiting = this.#waiting.at(-1)
    return waiting !== undefined && (!best || this.#beginOf(waiting) <= this.#sign * best.time)
  }

  async #nextLater(): Promise<boolean> {
    if (this.#sinceBreath >= rowsABreath) {
      this.#sinceBreath = 0
      await breathe()
    }
    if (this.#spent) await this.#turnSpent()
    let best = this.#least()
    while (this.#mustOpen(best)) {
      const input = new Input(this.#waiting.pop()!, this.#range)
      this.#inputs.push(input)
      if (!(await input.turn())) this.#inputs.pop()
      best = this.#least()
    }
    if (!best) return false
    this.#take(best)
    return true
  }

  async #turnSpent(): Promise<void> {
    for (const input of this.#inputs.filter(({ isSpent }) => isSpent))
      if (!(await input.turn())) this.#inputs = this.#inputs.filter((other) => other !== input)
    this.#spent = false
  }

  /** The input with the next row; at equal times that of the newest source. */
  #least(): Input | undefined {
    let best: Input | undefined
    for (const input of this.#inputs) {
      const order = best ? this.#sign * (input.time - best.time) : -1
      if (order < 0 || (order === 0 && input.rank > best!.rank)) best = input
    }
    return best
  }

  /** Takes all rows of an input that come before any row of another, or the one that others have as well. */
  #take(best: Input): void {
    const waiting = this.#waiting.at(-1)
    let until = waiting ? this.#beginOf(waiting) : Number.POSITIVE_INFINITY
    for (const input of this.#inputs) if (input !== best) until = Math.min(until, this.#sign * input.time)
    this.page = best.page
    if (this.#sign * best.time >= until) this.#takeOne(best)
    else if (this.#sign === 1) this.#takeAscending(best, until)
    else this.#takeDescending(best, -until)
    this.#spent ||= best.isSpent
    this.#sinceBreath += this.end - this.begin
  }

  #takeOne(best: Input): void {
    const { time } = best
    this.begin = this.#sign === 1 ? best.begin : best.end - 1
    this.end = this.begin + 1
    best.skip()
    for (const other of this.#inputs) {
      if (other === best || other.time !== time) continue
      other.skip()
      this.#spent ||= other.isSpent
    }
  }

  #takeAscending(best: Input, until: number): void {
    const most = Math.min(best.end, best.begin + rowsABreath)
    this.begin = best.begin
    this.end = best.page.time[most - 1]! < until ? most : lowerBound(best.page.time, best.begin, most, until)
    best.begin = this.end
  }

  /** Rows later than `after`. */
  #takeDescending(best: Input, after: number): void {
    const least = Math.max(best.begin, best.end - rowsABreath)
    const { time } = best.page
    let begin = least
    if (time[least]! <= after) {
      begin = lowerBound(time, least, best.end, after)
      if (time[begin] === after) begin++
    }
    this.begin = begin
    this.end = best.end
    best.end = begin
  }
}

/** Takes rows [begin, end) of a page; false ends the merge. */
export type TakeRun = (page: RowPage, begin: number, end: number) => boolean

/** Merges a range and hands over run by run. */
export async function mergeRuns(sources: readonly RowSource[], range: Range, take: TakeRun): Promise<void> {
  const rows = new MergedRows(sources, range)
  try {
    for (let more = rows.next(); more === true || (more !== false && (await more)); more = rows.next())
      if (!take(rows.page, rows.begin, rows.end)) return
  } finally {
    await rows.close()
  }
}
