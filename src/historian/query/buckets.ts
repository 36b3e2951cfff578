import type { TagId } from '#model'
import type { Aggregates } from '#ports'
import type { RowPage } from '../parts/chunk.ts'
import { lowerBound } from './source.ts'

/** One bucket of a rollup: of its usable values, and of all its rows. Times in µs, `area` in value·seconds. */
export interface RollupBucket {
  readonly min: number
  readonly max: number
  readonly sum: number
  readonly first: number
  readonly last: number
  readonly firstTime: number
  readonly lastTime: number
  /** Usable values, and all rows. */
  readonly count: number
  readonly rows: number
  readonly worst: number
}

/**
 * The sums of the buckets between ascending edges, filled from left to right. Usable values are finite: NaN and infinities
 * count for `worst` only, so a bucket without a usable value has NaN and count 0.
 */
export class Buckets {
  readonly edges: Float64Array
  readonly #min: Float64Array
  readonly #max: Float64Array
  readonly #sum: Float64Array
  readonly #first: Float64Array
  readonly #last: Float64Array
  readonly #firstTime: Float64Array
  readonly #lastTime: Float64Array
  readonly #count: Uint32Array
  readonly #rows: Uint32Array
  readonly #worst: Uint8Array
  #at = 0
  #raw = 0
  #rollup = 0

  constructor(edges: Float64Array) {
    const size = edges.length - 1
    this.edges = edges
    this.#min = new Float64Array(size).fill(Number.NaN)
    this.#max = new Float64Array(size).fill(Number.NaN)
    this.#sum = new Float64Array(size)
    this.#first = new Float64Array(size).fill(Number.NaN)
    this.#last = new Float64Array(size).fill(Number.NaN)
    this.#firstTime = new Float64Array(size).fill(Number.NaN)
    this.#lastTime = new Float64Array(size).fill(Number.NaN)
    this.#count = new Uint32Array(size)
    this.#rows = new Uint32Array(size)
    this.#worst = new Uint8Array(size)
  }

  /** Adds rows [begin, end) of a page: later than all before them, and between the first edge and the last. */
  addRows(page: RowPage, begin: number, end: number): void {
    this.#raw += end - begin
    const { time } = page
    for (let row = begin; row < end; ) {
      const at = this.#seek(time[row]!)
      const limit = this.edges[at + 1]!
      let next = row + 1
      if (time[end - 1]! < limit) next = end
      else while (next < end && time[next]! < limit) next++
      if (page.integer) this.#addIntegers(at, page, row, next)
      else this.#addNumbers(at, page, row, next)
      row = next
    }
  }

  #addNumbers(at: number, { time, value, quality }: RowPage, begin: number, end: number): void {
    let min = this.#min[at]!
    let max = this.#max[at]!
    let sum = this.#sum[at]!
    let worst = this.#worst[at]!
    let count = 0
    let first = -1
    let last = -1
    for (let row = begin; row < end; row++) {
      if (quality[row]! > worst) worst = quality[row]!
      const number = value[row]!
      // Neither NaN nor infinite.
      if (number - number !== 0) continue
      // The first comparison with NaN is false, so the first value is both.
      if (!(number >= min)) min = number
      if (!(number <= max)) max = number
      sum += number
      if (count++ === 0) first = row
      last = row
    }
    this.#min[at] = min
    this.#max[at] = max
    this.#sum[at] = sum
    this.#worst[at] = worst
    this.#rows[at]! += end - begin
    if (count === 0) return
    if (this.#count[at] === 0) {
      this.#first[at] = value[first]!
      this.#firstTime[at] = time[first]!
    }
    this.#last[at] = value[last]!
    this.#lastTime[at] = time[last]!
    this.#count[at]! += count
  }

  /** Rows of which some are integers beyond 2^53: they count as the nearest number. */
  #addIntegers(at: number, page: RowPage, begin: number, end: number): void {
    const value = new Float64Array(end - begin)
    for (let row = begin; row < end; row++) value[row - begin] = numberAt(page, row)
    const time = page.time.subarray(begin, end)
    this.#addNumbers(
      at,
      { count: value.length, time, value, quality: page.quality.subarray(begin, end) },
      0,
      value.length,
    )
  }

  /** Adds a whole bucket of a rollup that begins at `time` and lies within one of these. */
  addRollup(time: number, bucket: RollupBucket): void {
    this.#rollup++
    const at = this.#seek(time)
    this.#rows[at]! += bucket.rows
    if (bucket.worst > this.#worst[at]!) this.#worst[at] = bucket.worst
    if (bucket.count === 0) return
    if (!(bucket.min >= this.#min[at]!)) this.#min[at] = bucket.min
    if (!(bucket.max <= this.#max[at]!)) this.#max[at] = bucket.max
    this.#sum[at]! += bucket.sum
    if (this.#count[at] === 0) {
      this.#first[at] = bucket.first
      this.#firstTime[at] = bucket.firstTime
    }
    this.#last[at] = bucket.last
    this.#lastTime[at] = bucket.lastTime
    this.#count[at]! += bucket.count
  }

  /** What came together; with it, the time that values covered, where it was asked for. */
  build(tag: TagId, weights?: { readonly area: Float64Array; readonly covered: Float64Array }): Aggregates {
    const bucket: number[] = []
    for (let at = 0; at < this.#rows.length; at++)
      if (this.#rows[at]! > 0 || (weights && weights.covered[at]! > 0)) bucket.push(at)
    const floats = (of: Float64Array) => Float64Array.from(bucket, (at) => of[at]!)
    const usable = (of: Float64Array) =>
      Float64Array.from(bucket, (at) => (this.#count[at]! > 0 ? of[at]! : Number.NaN))
    return {
      tag,
      bucket: Int32Array.from(bucket),
      min: floats(this.#min),
      max: floats(this.#max),
      sum: usable(this.#sum),
      mean: Float64Array.from(bucket, (at) => this.#sum[at]! / this.#count[at]!),
      first: floats(this.#first),
      last: floats(this.#last),
      firstTime: floats(this.#firstTime),
      lastTime: floats(this.#lastTime),
      count: Uint32Array.from(bucket, (at) => this.#count[at]!),
      worst: Uint8Array.from(bucket, (at) => this.#worst[at]!),
      ...(weights && {
        timeWeighted: Float64Array.from(bucket, (at) => weights.area[at]! / (weights.covered[at]! / 1e6)),
        coveredUs: floats(weights.covered),
      }),
      read: { raw: this.#raw, rollup: this.#rollup },
    }
  }

  /** The bucket that a time lies in; times come in order. */
  #seek(time: number): number {
    this.#at = bucketOf(this.edges, this.#at, time)
    return this.#at
  }
}

/** The bucket that a time lies in, from the bucket `at` on: edges[bucket] <= time < edges[bucket + 1]. */
export function bucketOf(edges: Float64Array, at: number, time: number): number {
  if (time < edges[at + 1]!) return at
  if (time < edges[at + 2]!) return at + 1
  const next = lowerBound(edges, at + 2, edges.length, time)
  return edges[next] === time ? next : next - 1
}

/** The number of a row, also of an integer beyond 2^53; NaN where it has none. */
export const numberAt = (page: RowPage, row: number): number => {
  const large = page.integer?.[row]
  return large == null ? page.value[row]! : Number(large)
}
