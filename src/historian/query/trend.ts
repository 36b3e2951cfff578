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
  const units = Math.ceil((to - start) / unit)
  // The first bucket begins before the range, so there may be one more than as many as fit.
  const whole = Math.ceil(units / buckets) * unit
  return equalEdges(start, whole, Math.ceil((to - start) / whole))
}

function equalEdges(from: number, width: number, buckets: number): Float64Array {
  const edges = new Float64Array(buckets + 1)
  for (let i = 0; i <= buckets; i++) edges[i] = from + i * width
  return edges
}

/** Aggregates over equal buckets, as a trend. */
export function trendOf({ tag, bucket, min, max, mean, last, count, worst }: Aggregates, edges: Float64Array): Trend {
  return {
    tag,
    time: Float64Array.from(bucket, (at) => edges[at]!),
    min,
    max,
    mean,
    last,
    count,
    worst,
    bucketUs: edges[1]! - edges[0]!,
  }
}
