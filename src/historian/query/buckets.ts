import type { TagId } from '#model'
import type { Aggregates } from '#ports'
import type { RowPage } from '../parts/chunk.ts'
import type { RollupRows } from '../parts/parquet/index.ts'
import { lowerBound } from './source.ts'

/** Buckets of a rollup by row, of those columns that are wanted. */
export type RollupColumns = Pick<RollupRows, 'time' | 'min' | 'max' | 'sum' | 'last' | 'count32' | 'rows' | 'worst'> &
  Partial<Pick<RollupRows, 'first' | 'firstTime' | 'lastTime'>>

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

  /** Adds rows [begin, end) of a rollup: buckets that lie within these, later than all before them. */
  addRollups(from: RollupColumns, begin: number, end: number): void {
    this.#rollup += end - begin
    for (let row = begin; row < end; row++) {
      const at = this.#seek(from.time[row]!)
      this.#rows[at]! += from.rows[row]!
      if (from.worst[row]! > this.#worst[at]!) this.#worst[at] = from.worst[row]!
      if (from.count32[row]! > 0) this.#addRollup(at, from, row)
    }
  }

  #addRollup(at: number, from: RollupColumns, row: number): void {
    if (!(from.min[row]! >= this.#min[at]!)) this.#min[at] = from.min[row]!
    if (!(from.max[row]! <= this.#max[at]!)) this.#max[at] = from.max[row]!
    this.#sum[at]! += from.sum[row]!
    if (this.#count[at] === 0) {
      this.#first[at] = from.first?.[row] ?? Number.NaN
      this.#firstTime[at] = from.firstTime?.[row] ?? Number.NaN
    }
    this.#last[at] = from.last[row]!
    this.#lastTime[at] = from.lastTime?.[row] ?? Number.NaN
    this.#count[at]! += from.count32[row]!
  }

  /** What came together; with it, the time that values covered, where it was asked for. */
  build(tag: TagId, weights?: { readonly area: Float64Array; readonly covered: Float64Array }): Aggregates {
    const bucket = this.#given(weights?.covered)
    const count = gather(new Uint32Array(bucket.length), this.#count, bucket)
    const sum = gather(new Float64Array(bucket.length), this.#sum, bucket)
    const floats = (of: Float64Array) => gather(new Float64Array(bucket.length), of, bucket)
    const mean = new Float64Array(bucket.length)
    for (let row = 0; row < bucket.length; row++) {
      mean[row] = sum[row]! / count[row]!
      if (count[row] === 0) sum[row] = Number.NaN
    }
    return {
      tag,
      bucket,
      min: floats(this.#min),
      max: floats(this.#max),
      sum,
      mean,
      first: floats(this.#first),
      last: floats(this.#last),
      firstTime: floats(this.#firstTime),
      lastTime: floats(this.#lastTime),
      count,
      worst: gather(new Uint8Array(bucket.length), this.#worst, bucket),
      ...(weights && {
        timeWeighted: floats(weights.area).map((area, row) => area / (weights.covered[bucket[row]!]! / 1e6)),
        coveredUs: floats(weights.covered),
      }),
      read: { raw: this.#raw, rollup: this.#rollup },
    }
  }

  /** The buckets that have something to say. */
  #given(covered: Float64Array | undefined): Int32Array<ArrayBuffer> {
    const bucket = new Int32Array(this.#rows.length)
    let count = 0
    for (let at = 0; at < bucket.length; at++)
      if (this.#rows[at]! > 0 || (covered && covered[at]! > 0)) bucket[count++] = at
    return bucket.slice(0, count)
  }

  /** The bucket that a time lies in; times come in order. */
  #seek(time: number): number {
    this.#at = bucketOf(this.edges, this.#at, time)
    return this.#at
  }
}

/** The same as `from` with a function, an order of magnitude faster. */
function gather<T extends Float64Array | Uint32Array | Uint8Array>(into: T, from: T, at: Int32Array): T {
  for (let row = 0; row < at.length; row++) into[row] = from[at[row]!]!
  return into
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
