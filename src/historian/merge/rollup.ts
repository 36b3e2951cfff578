import type { RollupRows } from '../parts/parquet/index.ts'
import type { TagRows } from './tag-rows.ts'
import { dayUs } from './utc-day.ts'

export type RollupLevel = 'minute' | 'hour'

/** Length of a bucket, µs. */
export const bucketUsOf: Readonly<Record<RollupLevel, number>> = { minute: 60e6, hour: 3600e6 }

/** A level is written for a tag and day only with this many rows a bucket: below, the rows themselves are as short. */
const leastRowsABucket = 20

/** Rows of a tag in a day from which on a level is worth writing. */
export const leastRowsOf = (level: RollupLevel): number => (leastRowsABucket * dayUs) / bucketUsOf[level]

/** Buckets of one tag in columns, in order of time. NaN where there is no usable (finite) value. */
export class Buckets implements RollupRows {
  count = 0
  readonly time: Float64Array
  readonly min: Float64Array
  readonly max: Float64Array
  readonly sum: Float64Array
  readonly first: Float64Array
  readonly last: Float64Array
  /** Usable rows, and all. */
  readonly count32: Uint32Array
  readonly rows: Uint32Array
  readonly worst: Uint8Array
  readonly firstTime: Float64Array
  readonly lastTime: Float64Array
  /** ∫ value dt in value·seconds from the first to the last row of the bucket, the value before holding. */
  readonly area: Float64Array
  /** Seconds of it in which there was a value. */
  readonly covered: Float64Array

  constructor(size: number) {
    const doubles = () => new Float64Array(size)
    this.time = doubles()
    this.min = doubles()
    this.max = doubles()
    this.sum = doubles()
    this.first = doubles()
    this.last = doubles()
    this.count32 = new Uint32Array(size)
    this.rows = new Uint32Array(size)
    this.worst = new Uint8Array(size)
    this.firstTime = doubles()
    this.lastTime = doubles()
    this.area = doubles()
    this.covered = doubles()
  }

  /** Copies a bucket in behind the others. */
  push(from: RollupRows, row: number): void {
    const at = this.count++
    this.time[at] = from.time[row]!
    this.min[at] = from.min[row]!
    this.max[at] = from.max[row]!
    this.sum[at] = from.sum[row]!
    this.first[at] = from.first[row]!
    this.last[at] = from.last[row]!
    this.count32[at] = from.count32[row]!
    this.rows[at] = from.rows[row]!
    this.worst[at] = from.worst[row]!
    this.firstTime[at] = from.firstTime[row]!
    this.lastTime[at] = from.lastTime[row]!
    this.area[at] = from.area[row]!
    this.covered[at] = from.covered[row]!
  }
}

/** Rolls up one tag over one day, in as many calls as its rows come in. */
export class Rollup {
  readonly #bucketUs: number
  readonly buckets: Buckets
  #rows = 0
  #end = 0
  #beforeTime = 0
  #beforeValue = Number.NaN

  constructor(level: RollupLevel) {
    this.#bucketUs = bucketUsOf[level]
    this.buckets = new Buckets(dayUs / this.#bucketUs)
  }

  /** Rows of the day so far. */
  get rows(): number {
    return this.#rows
  }

  reset(): void {
    this.buckets.count = 0
    this.#rows = 0
    this.#end = Number.NEGATIVE_INFINITY
  }

  /** Rows in order, all of one day. */
  add({ count, time, value, quality, integer }: TagRows): void {
    this.#rows += count
    for (let row = 0; row < count; row++) {
      const when = time[row]!
      const large = integer?.[row]
      if (when < this.#end) this.#hold(when)
      else this.#open(when)
      this.#take(when, large == null ? value[row]! : Number(large), quality[row]!)
    }
  }

  #open(when: number): void {
    const { buckets } = this
    const at = buckets.count++
    const begin = Math.floor(when / this.#bucketUs) * this.#bucketUs
    this.#end = begin + this.#bucketUs
    buckets.time[at] = begin
    for (const column of [buckets.min, buckets.max, buckets.sum, buckets.first, buckets.last]) column[at] = Number.NaN
    for (const column of [buckets.firstTime, buckets.lastTime]) column[at] = Number.NaN
    for (const column of [buckets.count32, buckets.rows, buckets.worst, buckets.area, buckets.covered]) column[at] = 0
  }

  /** The value before holds until this row of the same bucket. */
  #hold(when: number): void {
    if (!Number.isFinite(this.#beforeValue)) return
    const at = this.buckets.count - 1
    const seconds = (when - this.#beforeTime) / 1e6
    this.buckets.area[at]! += this.#beforeValue * seconds
    this.buckets.covered[at]! += seconds
  }

  #take(when: number, value: number, quality: number): void {
    const { buckets } = this
    const at = buckets.count - 1
    this.#beforeTime = when
    this.#beforeValue = value
    buckets.rows[at]!++
    if (quality > buckets.worst[at]!) buckets.worst[at] = quality
    if (!Number.isFinite(value)) return
    if (buckets.count32[at]!++ === 0) {
      buckets.min[at] = value
      buckets.max[at] = value
      buckets.sum[at] = value
      buckets.first[at] = value
      buckets.firstTime[at] = when
    } else {
      if (value < buckets.min[at]!) buckets.min[at] = value
      if (value > buckets.max[at]!) buckets.max[at] = value
      buckets.sum[at]! += value
    }
    buckets.last[at] = value
    buckets.lastTime[at] = when
  }
}
