import type { QualityName, ReadingTuple, TrendPage } from './contract.ts'

/**
 * One numeric property over a range, in equal buckets; only buckets with readings are in it, so a gap stays a gap. Live
 * readings extend it in place by whole buckets. Times in µs, oldest first.
 */
export interface Series {
  /** Any bucket begins at `anchor` plus a whole number of `bucketUs`. */
  readonly anchor: number
  readonly bucketUs: number
  readonly time: number[]
  readonly min: (number | null)[]
  readonly max: (number | null)[]
  readonly mean: (number | null)[]
  readonly last: (number | null)[]
  readonly count: number[]
  readonly worst: QualityName[]
}

/** From good to worst, as the server orders them. */
const severity: Readonly<Record<QualityName, number>> = {
  good: 0,
  substituted: 1,
  stale: 2,
  frozen: 3,
  out_of_range: 4,
  null: 5,
  comm_error: 6,
}

const worse = (a: QualityName, b: QualityName): QualityName => (severity[a] >= severity[b] ? a : b)

/** What the API answered for one tag, as a series that can grow. */
export function seriesOf(trend: TrendPage['trends'][number], page: Pick<TrendPage, 'from' | 'bucketUs'>): Series {
  return {
    anchor: trend.time[0] ?? page.from,
    bucketUs: trend.bucketUs ?? page.bucketUs,
    time: [...trend.time],
    min: [...trend.min],
    max: [...trend.max],
    mean: [...trend.mean],
    last: [...trend.last],
    count: [...trend.count],
    worst: [...trend.quality],
  }
}

/**
 * Adds one live reading. Readings older than the newest bucket are left to the next load; readings without a usable
 * number only worsen the quality of their bucket.
 */
export function addReading(series: Series, [, time, value, quality]: ReadingTuple): void {
  const bucket = series.anchor + Math.floor((time - series.anchor) / series.bucketUs) * series.bucketUs
  const newest = series.time.length - 1
  const number = usable(value, quality)
  if (newest < 0 || bucket > series.time[newest]!) push(series, bucket, number, quality)
  else if (bucket === series.time[newest]) merge(series, newest, number, quality)
}

const usable = (value: ReadingTuple[2], quality: QualityName): number | null =>
  typeof value === 'number' && severity[quality] <= severity.substituted ? value : null

function push(series: Series, time: number, value: number | null, quality: QualityName): void {
  series.time.push(time)
  for (const column of [series.min, series.max, series.mean, series.last]) column.push(value)
  series.count.push(value === null ? 0 : 1)
  series.worst.push(quality)
}

function merge(series: Series, at: number, value: number | null, quality: QualityName): void {
  series.worst[at] = worse(series.worst[at]!, quality)
  if (value === null) return
  const count = series.count[at]!
  series.min[at] = Math.min(series.min[at] ?? value, value)
  series.max[at] = Math.max(series.max[at] ?? value, value)
  series.mean[at] = ((series.mean[at] ?? 0) * count + value) / (count + 1)
  series.last[at] = value
  series.count[at] = count + 1
}

/** Drops buckets that ended before `from`. */
export function trimBefore(series: Series, from: number): void {
  let drop = 0
  while (drop < series.time.length && series.time[drop]! + series.bucketUs <= from) drop++
  if (drop === 0) return
  for (const column of [series.time, series.min, series.max, series.mean, series.last, series.count, series.worst])
    column.splice(0, drop)
}

/** A hole longer than this between two buckets is a gap: three intervals, and never less than two buckets. */
export const gapUs = (bucketUs: number, everyMs: number | undefined): number =>
  Math.max(bucketUs * 2, (everyMs ?? 0) * 3000)

/**
 * Whether a gap lies before `index`: longer than `limitUs`, and longer than readings usually lie apart around it. What was
 * sampled more rarely once, or came in from elsewhere, is a line too.
 */
export function isGap(time: readonly number[], index: number, limitUs: number): boolean {
  const step = time[index]! - time[index - 1]!
  if (!(step > limitUs)) return false
  const around: number[] = []
  for (const at of [index - 2, index - 1, index + 1, index + 2])
    if (at >= 1 && at < time.length) around.push(time[at]! - time[at - 1]!)
  if (around.length < 2) return true
  around.sort((a, b) => a - b)
  return step > 3 * around[around.length >> 1]!
}

/**
 * The columns for drawing: where a gap lies between two buckets, or a bucket has no usable value, a null row stands, so that
 * no line is drawn across. Times are the middle of the bucket.
 */
export function drawable(series: Series, everyMs: number | undefined) {
  const limit = gapUs(series.bucketUs, everyMs)
  const time: number[] = []
  const columns: [min: (number | null)[], max: (number | null)[], mean: (number | null)[]] = [[], [], []]
  const sources = [series.min, series.max, series.mean] as const
  for (const [index, start] of series.time.entries()) {
    const before = series.time[index - 1]
    if (before !== undefined && isGap(series.time, index, limit)) {
      time.push((before + start + series.bucketUs) / 2)
      for (const column of columns) column.push(null)
    }
    time.push(start + series.bucketUs / 2)
    for (const [column, source] of sources.entries()) columns[column]!.push(source[index]!)
  }
  return { time, min: columns[0], max: columns[1], mean: columns[2] }
}

/** Lowest, highest and newest usable value; undefined where there is none. */
export function extentOf(series: Series): { min: number; max: number; last: number } | undefined {
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  let last = Number.NaN
  for (let index = 0; index < series.time.length; index++) {
    const low = series.min[index]
    if (low === null || low === undefined) continue
    min = Math.min(min, low)
    max = Math.max(max, series.max[index]!)
    last = series.last[index]!
  }
  return min <= max ? { min, max, last } : undefined
}

/** Since when the newest usable values lie outside the band without a break, µs; undefined where the newest lies inside. */
export function outsideSince(series: Series, band: { min: number; max: number }): number | undefined {
  let since: number | undefined
  for (let index = series.time.length - 1; index >= 0; index--) {
    const value = series.last[index]
    if (value === null || value === undefined) continue
    if (value >= band.min && value <= band.max) break
    since = series.time[index]
  }
  return since
}

/** A range as whole buckets of a series: live lines shift by whole samples instead of creeping. */
export function wholeBuckets(series: Series, { from, to }: { from: number; to: number }): { from: number; to: number } {
  const end = series.anchor + Math.ceil((to - series.anchor) / series.bucketUs) * series.bucketUs
  return { from: end - (to - from), to: end }
}
