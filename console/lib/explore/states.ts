import type { ReadingTuple, StatePage, Value } from '../contract.ts'
import type { Span } from './zoom.ts'

type Interval = StatePage['series'][number]['intervals'][number]
type Bucket = NonNullable<StatePage['series'][number]['buckets']>[number]

/** A block of a state lane, in shares of the width. */
export interface StateBlock {
  readonly from: number
  readonly width: number
  readonly value: Value
  readonly start: number
  readonly end: number
}

/** Blocks narrower than this share are drawn together as one that says "many". */
const narrowest = 0.0015

/** Intervals as blocks of a range; those too narrow to be seen apart become one mixed block (`value` undefined). */
export function blocksOf(
  intervals: readonly Interval[],
  view: Span,
): (Omit<StateBlock, 'value'> & { readonly value: Value | undefined })[] {
  const blocks: (Omit<StateBlock, 'value'> & { value: Value | undefined })[] = []
  const span = view.to - view.from
  for (const { start, end, value } of intervals) {
    const from = Math.max(0, (start - view.from) / span)
    const to = Math.min(1, (end - view.from) / span)
    if (to <= from) continue
    const before = blocks.at(-1)
    const narrow = to - from < narrowest
    if (narrow && before && before.width < narrowest * 4 && from - (before.from + before.width) < narrowest) {
      const mixed = before.value === value ? value : undefined
      blocks[blocks.length - 1] = { from: before.from, width: to - before.from, value: mixed, start: before.start, end }
    } else blocks.push({ from, width: to - from, value, start, end })
  }
  return blocks
}

/** Takes one live reading: the last interval grows, and ends where the value changes. */
export function extendIntervals(intervals: readonly Interval[], [, time, value, quality]: ReadingTuple): Interval[] {
  const last = intervals.at(-1)
  if (last && time < last.start) return [...intervals]
  const next = { start: time, end: time, value, quality }
  if (!last) return [next]
  const grown = { ...last, end: Math.max(last.end, time) }
  return last.value === value
    ? [...intervals.slice(0, -1), grown]
    : [...intervals.slice(0, -1), { ...last, end: time }, next]
}

/** The value at a moment; undefined where none is known. */
export function stateAt(intervals: readonly Interval[], at: number): Interval | undefined {
  let low = 0
  let high = intervals.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (intervals[middle]!.end <= at) low = middle + 1
    else high = middle
  }
  const found = intervals[low]
  return found && found.start <= at ? found : undefined
}

/** Time of each value within a range, longest first. */
export function totalsOf(intervals: readonly Interval[], view: Span): { value: Value; us: number }[] {
  const totals = new Map<Value, number>()
  for (const { start, end, value } of intervals) {
    const us = Math.min(end, view.to) - Math.max(start, view.from)
    if (us > 0) totals.set(value, (totals.get(value) ?? 0) + us)
  }
  return [...totals].map(([value, us]) => ({ value, us })).sort((a, b) => b.us - a.us)
}

/** A step of time as a column, of which each value takes its share; what is left of it had no value. */
export interface StateColumn {
  readonly from: number
  readonly width: number
  readonly start: number
  /** In the order given, so that the same value is always in the same place. */
  readonly parts: readonly { readonly value: Value; readonly share: number }[]
}

export function columnsOf(buckets: readonly Bucket[], order: readonly Value[], view: Span): StateColumn[] {
  const span = view.to - view.from
  return buckets.flatMap(({ start, end, totals }) => {
    const from = Math.max(0, (start - view.from) / span)
    const to = Math.min(1, (end - view.from) / span)
    if (to <= from) return []
    const parts = order.flatMap((value) => {
      const share = (totals.find((total) => total.value === value)?.us ?? 0) / (end - start)
      return share > 0 ? [{ value, share }] : []
    })
    return [{ from, width: to - from, start, parts }]
  })
}

/** Time of each value within a range told by steps, longest first; a step at the edge counts for the part that is seen. */
export function bucketTotals(buckets: readonly Bucket[], view: Span): { value: Value; us: number }[] {
  const sums = new Map<Value, number>()
  for (const { start, end, totals } of buckets) {
    const share = (Math.min(end, view.to) - Math.max(start, view.from)) / (end - start)
    if (share > 0) for (const { value, us } of totals) sums.set(value, (sums.get(value) ?? 0) + us * share)
  }
  return [...sums].map(([value, us]) => ({ value, us })).sort((a, b) => b.us - a.us)
}
