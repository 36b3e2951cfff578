import { IwError, type Microseconds } from '#kernel'
import type { TagId } from '#model'
import type { Historian } from '#ports'
import { breathe } from '../query/source.ts'
import { knownTag } from './values.ts'

export interface SimilarQuery {
  readonly tag: TagId
  readonly from: Microseconds
  readonly to: Microseconds
  /** Tags to compare with, at most 2,000; string tags and the tag itself are passed over. */
  readonly candidates: readonly TagId[]
  /** Most that are given. */
  readonly limit: number
  readonly signal?: AbortSignal
}

export interface Similar {
  readonly tag: TagId
  /** Pearson's, −1 to 1, at the best shift. */
  readonly correlation: number
  /** Positive: it follows the tag asked about. */
  readonly lagUs: number
}

export interface SimilarTags {
  /** How many had enough in the range to be compared. */
  readonly compared: number
  /** Closest first, by absolute value. */
  readonly similar: readonly Similar[]
}

const buckets = 128
const maxLag = 16
/** Fewer pairs say nothing. */
const leastPairs = 32
const maxCandidates = 2_000

/**
 * Tags that move as one does: the greatest correlation of both trends over a shift of up to an eighth of the range. Works
 * over every historian. Throws `IW_HISTORIAN_UNKNOWN_TAG`, `_TYPE`, `_RANGE`, `_TOO_MUCH`.
 */
export async function similarTags(historian: Historian, query: SimilarQuery): Promise<SimilarTags> {
  const { tag: id, candidates, limit, signal } = query
  knownTag(historian, id)
  if (candidates.length > maxCandidates)
    throw new IwError('IW_HISTORIAN_TOO_MUCH', `${candidates.length} properties are more than ${maxCandidates}`)
  const { means: asked, bucketUs } = await meansOf(historian, query, id)
  const similar: Similar[] = []
  let compared = 0
  for (const candidate of candidates) {
    // Everything else gets its turn: a trend that is in memory takes a millisecond or two.
    await breathe()
    signal?.throwIfAborted()
    if (candidate === id || knownTag(historian, candidate).type === 'string') continue
    const best = bestShift(asked, (await meansOf(historian, query, candidate)).means)
    if (!best) continue
    compared++
    similar.push({ tag: candidate, correlation: best.correlation, lagUs: best.lag * bucketUs })
  }
  similar.sort((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation) || a.tag - b.tag)
  return { compared, similar: similar.slice(0, limit) }
}

/** The trend of a tag with a place for every bucket; NaN where it has no value. */
async function meansOf(historian: Historian, { from, to }: SimilarQuery, tag: TagId) {
  const { time, mean, bucketUs } = await historian.trend({ tag, from, to, buckets })
  const means = new Float64Array(buckets).fill(Number.NaN)
  // All trends of one range have their buckets at the same places: the first begins at `from`, or a sixth before at most.
  for (let i = 0; i < time.length; i++) means[Math.round((time[i]! - from) / bucketUs)] = mean[i]!
  return { means, bucketUs }
}

interface Shift {
  readonly correlation: number
  readonly lag: number
}

function bestShift(asked: Float64Array, other: Float64Array): Shift | undefined {
  let best: Shift | undefined
  // Small shifts first, so that of equal ones the smaller is taken.
  for (let step = 0; step <= 2 * maxLag; step++) {
    const lag = step % 2 === 0 ? -step / 2 : (step + 1) / 2
    const correlation = correlationAt(asked, other, lag)
    if (Number.isNaN(correlation)) continue
    if (!best || Math.abs(correlation) > Math.abs(best.correlation) + 1e-9) best = { correlation, lag }
  }
  return best
}

/** Pearson's correlation of asked[i] and other[i + lag]; NaN for too few pairs, or where one of them stands still. */
function correlationAt(asked: Float64Array, other: Float64Array, lag: number): number {
  const from = Math.max(0, -lag)
  const to = Math.min(asked.length, other.length - lag)
  let count = 0
  let meanA = 0
  let meanB = 0
  let varianceA = 0
  let varianceB = 0
  let covariance = 0
  for (let i = from; i < to; i++) {
    const a = asked[i]!
    const b = other[i + lag]!
    if (Number.isNaN(a) || Number.isNaN(b)) continue
    // Welford's way: sums of squares of large numbers with small differences would say nothing.
    count++
    const deltaA = a - meanA
    const deltaB = b - meanB
    meanA += deltaA / count
    meanB += deltaB / count
    varianceA += deltaA * (a - meanA)
    varianceB += deltaB * (b - meanB)
    covariance += deltaA * (b - meanB)
  }
  if (count < leastPairs || !(varianceA > 0) || !(varianceB > 0)) return Number.NaN
  return Math.max(-1, Math.min(1, covariance / Math.sqrt(varianceA * varianceB)))
}
