import type { RowPage } from '../parts/chunk.ts'
import { breathe, type Range, type RowSource, type Slice } from './source.ts'

/** Takes one row; false ends the merge. */
export type TakeRow = (page: RowPage, row: number) => boolean

const rowsABreath = 16_384

/** One source that has been opened, at its next row. */
class Input {
  readonly rank: number
  readonly #slices: AsyncGenerator<Slice>
  readonly #descending: boolean
  page!: RowPage
  row = 0
  /** Rows of the slice not yet taken, this one included. */
  left = 0

  constructor(source: RowSource, range: Range) {
    this.rank = source.rank
    this.#slices = source.slices(range)
    this.#descending = range.descending
  }

  get time(): number {
    return this.page.time[this.row]!
  }

  /** Goes on within the slice; false where it ends. */
  step(): boolean {
    this.row += this.#descending ? -1 : 1
    return --this.left > 0
  }

  /** Goes to the first row of the next slice that has one; false where there is none. */
  async turn(): Promise<boolean> {
    for (;;) {
      const { value, done } = await this.#slices.next()
      if (done) return false
      this.left = value.end - value.begin
      if (this.left <= 0) continue
      this.page = value.page
      this.row = this.#descending ? value.end - 1 : value.begin
      return true
    }
  }

  async close(): Promise<void> {
    await this.#slices.return(undefined)
  }
}

/**
 * The one merge of head and parts: rows of a range in strict order of time, each time once; where several sources have it,
 * the newest source wins. Sources are opened when the merge comes to them.
 */
export async function mergeRows(sources: readonly RowSource[], range: Range, take: TakeRow): Promise<void> {
  const sign = range.descending ? -1 : 1
  const begin = (source: RowSource) => (range.descending ? -source.latest : source.earliest)
  const waiting = sources
    .filter(({ earliest, latest }) => latest >= range.from && earliest < range.to)
    .toSorted((a, b) => begin(b) - begin(a))
  const inputs: Input[] = []
  try {
    for (let taken = 0; ; ) {
      let best = least(inputs, sign)
      while (waiting.length > 0 && (!best || begin(waiting.at(-1)!) <= sign * best.time)) {
        const input = new Input(waiting.pop()!, range)
        inputs.push(input)
        if (!(await input.turn())) inputs.pop()
        best = least(inputs, sign)
      }
      if (!best) return
      const until = bound(inputs, best, sign, waiting.length > 0 ? begin(waiting.at(-1)!) : Number.POSITIVE_INFINITY)
      // While no other source can have a row here, its rows are taken without looking around.
      do {
        if (!take(best.page, best.row)) return
        const { time } = best
        if (++taken % rowsABreath === 0) await breathe()
        if (!best.step()) {
          if (!(await best.turn())) inputs.splice(inputs.indexOf(best), 1)
          await skip(inputs, best, time)
          break
        }
        if (sign * time >= until) {
          await skip(inputs, best, time)
          break
        }
      } while (sign * best.time < until)
    }
  } finally {
    for (const input of inputs) await input.close()
  }
}

/** The input with the next row; at equal times that of the newest source. */
function least(inputs: readonly Input[], sign: number): Input | undefined {
  let best: Input | undefined
  for (const input of inputs) {
    const order = best ? sign * (input.time - best.time) : -1
    if (order < 0 || (order === 0 && input.rank > best!.rank)) best = input
  }
  return best
}

/** The first place where another source may have a row. */
function bound(inputs: readonly Input[], best: Input, sign: number, until: number): number {
  for (const input of inputs) if (input !== best) until = Math.min(until, sign * input.time)
  return until
}

/** Passes over the same time in the older sources. */
async function skip(inputs: Input[], taken: Input, time: number): Promise<void> {
  for (const input of inputs.filter((other) => other !== taken && other.time === time))
    if (!input.step() && !(await input.turn())) inputs.splice(inputs.indexOf(input), 1)
}
