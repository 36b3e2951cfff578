import type { Trend, TrendQuery } from '#ports'
import type { RowPage } from '../parts/chunk.ts'
import { mergeRows } from './merge.ts'
import type { RowSource } from './source.ts'

interface Bucket {
  readonly index: number
  min: number
  max: number
  sum: number
  last: number
  count: number
  worst: number
}

const emptyBucket = (index: number): Bucket => ({
  index,
  min: Number.NaN,
  max: Number.NaN,
  sum: 0,
  last: Number.NaN,
  count: 0,
  worst: 0,
})

/**
 * A tag reduced to equal buckets. Usable values are finite: NaN and infinities count for `worst` only, so a bucket without
 * a usable value has NaN everywhere and count 0.
 */
export async function readTrend(sources: readonly RowSource[], query: TrendQuery): Promise<Trend> {
  const { tag, from, to, buckets } = query
  const bucketUs = (to - from) / buckets
  const found: Bucket[] = []
  await mergeRows(sources, { tag, from, to, descending: false }, (page, row) => {
    const index = Math.min(buckets - 1, Math.floor((page.time[row]! - from) / bucketUs))
    if (found.at(-1)?.index !== index) found.push(emptyBucket(index))
    addRow(found.at(-1)!, page, row)
    return true
  })
  return {
    tag,
    time: Float64Array.from(found, ({ index }) => from + index * bucketUs),
    min: Float64Array.from(found, ({ min }) => min),
    max: Float64Array.from(found, ({ max }) => max),
    mean: Float64Array.from(found, ({ sum, count }) => sum / count),
    last: Float64Array.from(found, ({ last }) => last),
    count: Uint32Array.from(found, ({ count }) => count),
    worst: Uint8Array.from(found, ({ worst }) => worst),
    bucketUs,
  }
}

function addRow(bucket: Bucket, page: RowPage, row: number): void {
  const quality = page.quality[row]!
  if (quality > bucket.worst) bucket.worst = quality
  const large = page.integer?.[row]
  const value = large == null ? page.value[row]! : Number(large)
  if (!Number.isFinite(value)) return
  // The first comparison with NaN is false, so the first value is both.
  if (!(value >= bucket.min)) bucket.min = value
  if (!(value <= bucket.max)) bucket.max = value
  bucket.sum += value
  bucket.last = value
  bucket.count++
}
