import type { Aggregates, Trend, TrendQuery } from '#ports'

const minuteUs = 60e6
const hourUs = 60 * minuteUs
/** A bucket of so many minutes (hours) is made a whole number of them long. */
const wholeFrom = 6

/** The edges of the equal buckets of a trend, as its port promises. */
export function trendEdges({ from, to, buckets }: Omit<TrendQuery, 'tag'>): Float64Array {
  const width = (to - from) / buckets
  const unit = width >= wholeFrom * hourUs ? hourUs : width >= wholeFrom * minuteUs ? minuteUs : undefined
  if (unit === undefined) return equalEdges(from, width, buckets)
  const start = Math.floor(from / unit) * unit
  // The first bucket begins before the range, so there may be one unit more than as many as fit.
  const whole = Math.ceil(Math.ceil((to - start) / unit) / buckets) * unit
  return equalEdges(start, whole, Math.ceil((to - start) / whole))
}

const equalEdges = (from: number, width: number, buckets: number): Float64Array =>
  Float64Array.from({ length: buckets + 1 }, (_, i) => from + i * width)

/** Aggregates over equal buckets, as a trend. */
export const trendOf = (
  { tag, bucket, min, max, mean, last, count, worst }: Aggregates,
  edges: Float64Array,
): Trend => ({
  tag,
  time: Float64Array.from(bucket, (at) => edges[at]!),
  min,
  max,
  mean,
  last,
  count,
  worst,
  bucketUs: edges[1]! - edges[0]!,
})
