import type { Aggregates, Trend, TrendQuery } from '#ports'
import { aggregateView } from './aggregate.ts'
import { Buckets } from './buckets.ts'
import { levelUs } from './rollup-source.ts'
import type { View } from './view.ts'

const minuteUs = 60e6
const hourUs = 60 * minuteUs
/** A bucket of so many minutes (hours) is made a whole number of them long. */
const wholeFrom = 6

/** The edges of the equal buckets of a trend, as its port promises; of `atLeast` µs where that is longer. */
export function trendEdges({ from, to, buckets }: Omit<TrendQuery, 'tag'>, atLeast = 0): Float64Array {
  const width = Math.max((to - from) / buckets, atLeast)
  const unit = unitOf(width, atLeast)
  if (unit === undefined) return equalEdges(from, width, buckets)
  const start = Math.floor(from / unit) * unit
  const units = Math.ceil((to - start) / unit)
  // The first bucket begins before the range, so there may be one more than as many as fit.
  const whole = Math.ceil(units / buckets) * unit
  return equalEdges(start, whole, Math.ceil((to - start) / whole))
}

function unitOf(width: number, atLeast: number): number | undefined {
  if (width >= wholeFrom * hourUs || atLeast >= hourUs) return hourUs
  return width >= wholeFrom * minuteUs || atLeast >= minuteUs ? minuteUs : undefined
}

function equalEdges(from: number, width: number, buckets: number): Float64Array {
  const edges = new Float64Array(buckets + 1)
  for (let i = 0; i <= buckets; i++) edges[i] = from + i * width
  return edges
}

/** Where nothing finer is kept any more the buckets are made as long as those of the rollups there are. */
export async function trendView(view: View, query: TrendQuery): Promise<Trend> {
  const kept = (['minute', 'hour'] as const).filter((level) =>
    view.rollups.some(
      (source) => source.level === level && source.earliest < query.to && source.latest + levelUs[level] > query.from,
    ),
  )
  for (const atLeast of [0, ...kept.map((level) => levelUs[level])]) {
    const edges = trendEdges(query, atLeast)
    const aggregates = await aggregateView(view, { tag: query.tag, edges }, true)
    if (aggregates.bucket.length > 0) return trendOf(aggregates, edges)
  }
  const edges = trendEdges(query)
  return trendOf(new Buckets(edges).build(query.tag), edges)
}

/** Aggregates over equal buckets, as a trend. */
function trendOf({ tag, bucket, min, max, mean, last, count, worst }: Aggregates, edges: Float64Array): Trend {
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
