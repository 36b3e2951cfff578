import type { RowPage } from '../parts/chunk.ts'

/** What is asked of one tag: [from, to) in µs. */
export interface Range {
  readonly tag: number
  readonly from: number
  readonly to: number
  readonly descending: boolean
}

/** A page and the rows of it that lie in the range: [begin, end). */
export interface Slice {
  readonly page: RowPage
  readonly begin: number
  readonly end: number
}

/** Somewhere that rows of a tag come from; each time at most once. A greater rank is newer and wins at equal times. */
export interface RowSource {
  readonly rank: number
  /** No row is earlier or later than these. */
  readonly earliest: number
  readonly latest: number
  /** Set where all slices are in memory: going on costs less than asking again. */
  readonly isInMemory?: true
  /** Pages in the direction of the range; rows inside a page always ascend. */
  slices(range: Range): AsyncGenerator<Slice>
}

/** The rows of a page that lie in [from, to). */
export function sliceOf(page: RowPage, from: number, to: number): Slice {
  return { page, begin: lowerBound(page.time, 0, page.count, from), end: lowerBound(page.time, 0, page.count, to) }
}

/** The first index in [low, high) whose time is not before `time`; `high` where there is none. */
export function lowerBound(times: Float64Array, low: number, high: number, time: number): number {
  while (low < high) {
    const middle = (low + high) >> 1
    if (times[middle]! < time) low = middle + 1
    else high = middle
  }
  return low
}

/** Lets everything else run: nothing here holds the thread for more than a few thousand rows. */
export const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
