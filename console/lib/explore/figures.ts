import type { AggregatePage } from '../contract.ts'
import { gapUs, isGap, type Series } from '../series.ts'
import { firstFrom } from './scale.ts'
import type { Span } from './zoom.ts'

/** What a property did over a selection. */
export interface Figures {
  readonly min: number
  readonly max: number
  readonly mean: number
  /** Of the last value to the first. */
  readonly change: number | undefined
  readonly count: number
  /** Over time instead of over readings, where it was asked for. */
  readonly timeMean: number | undefined
}

type Aggregated = Pick<AggregatePage['series'][number], 'min' | 'max' | 'sum' | 'first' | 'last' | 'count'> & {
  readonly timeWeighted?: readonly (number | null)[] | undefined
  readonly coveredUs?: readonly number[] | undefined
}

/** The buckets of an aggregate as one; undefined where there is no usable value. */
export function figuresOf(series: Aggregated): Figures | undefined {
  let [min, max, sum, count, weighted, covered] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0, 0, 0]
  let first: number | undefined
  let last: number | undefined
  for (let index = 0; index < series.count.length; index++) {
    const mean = series.timeWeighted?.[index]
    const length = series.coveredUs?.[index] ?? 0
    if (mean !== null && mean !== undefined) {
      weighted += mean * length
      covered += length
    }
    const low = series.min[index]
    if (low === null || low === undefined) continue
    min = Math.min(min, low)
    max = Math.max(max, series.max[index]!)
    sum += series.sum[index]!
    count += series.count[index]!
    first ??= series.first[index]!
    last = series.last[index]!
  }
  if (count === 0) return undefined
  const change = first === undefined || last === undefined ? undefined : last - first
  return { min, max, mean: sum / count, change, count, timeMean: covered > 0 ? weighted / covered : undefined }
}

/** The same from what is drawn, until the exact figures are there: right to the width of a pixel. */
export function roughFigures(series: Series, { from, to }: Span): Figures | undefined {
  let [min, max, sum, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0]
  let first: number | undefined
  let last: number | undefined
  for (let index = firstFrom(series.time, from); index < firstFrom(series.time, to); index++) {
    const mean = series.mean[index]
    if (mean === null || mean === undefined) continue
    min = Math.min(min, series.min[index]!)
    max = Math.max(max, series.max[index]!)
    sum += mean * series.count[index]!
    count += series.count[index]!
    first ??= mean
    last = series.last[index] ?? mean
  }
  if (count === 0) return undefined
  return { min, max, mean: sum / count, change: last! - first!, count, timeMean: undefined }
}

/** The longest hole in a range where readings are due at an interval known. */
export function longestGap(
  series: Series,
  everyMs: number | undefined,
  { from, to }: Span,
): { from: number; to: number; missing: number } | undefined {
  if (everyMs === undefined) return undefined
  const everyUs = everyMs * 1000
  const limitUs = gapUs(series.bucketUs, everyMs)
  let longest: { from: number; to: number; missing: number } | undefined
  for (let index = Math.max(1, firstFrom(series.time, from)); index < firstFrom(series.time, to); index++) {
    const begin = series.time[index - 1]! + series.bucketUs
    const missing = Math.round((series.time[index]! - begin) / everyUs)
    if (missing * everyUs <= limitUs || !isGap(series.time, index, limitUs)) continue
    if (!longest || missing > longest.missing) longest = { from: begin, to: series.time[index]!, missing }
  }
  return longest
}
