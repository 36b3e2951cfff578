import type { Interpolation } from '#ports'
import type { RowPage } from '../parts/chunk.ts'
import type { RollupRows } from '../parts/parquet/index.ts'
import { bucketOf, numberAt } from './buckets.ts'

/** Buckets of a rollup by row, as far as time is weighed with them. */
export type HeldColumns = Pick<RollupRows, 'first' | 'last' | 'firstTime' | 'lastTime' | 'area' | 'covered'>

/**
 * The time that values cover, and the integral over it, in the buckets between ascending edges. A value begins at its row
 * and ends at the next one, whether that has a value or not; nothing is known after the last row.
 */
export class TimeWeights {
  readonly #edges: Float64Array
  readonly #isLinear: boolean
  /** value·seconds, and µs. */
  readonly area: Float64Array
  readonly covered: Float64Array
  #at = 0
  /** The row that came last; NaN where it has no value, or where there is none. */
  #time = Number.NaN
  #value = Number.NaN

  constructor(edges: Float64Array, interpolation: Interpolation) {
    this.#edges = edges
    this.#isLinear = interpolation === 'linear'
    this.area = new Float64Array(edges.length - 1)
    this.covered = new Float64Array(edges.length - 1)
  }

  addRows(page: RowPage, begin: number, end: number): void {
    for (let row = begin; row < end; row++) this.add(page.time[row]!, numberAt(page, row))
  }

  /** The next row: later than all before it. The first may lie before the first edge, the last after the last one. */
  add(time: number, value: number): void {
    const isUsable = value - value === 0
    if (!Number.isNaN(this.#value)) this.#cover(time, this.#isLinear && isUsable ? value : this.#value)
    this.#time = time
    this.#value = isUsable ? value : Number.NaN
  }

  /**
   * A bucket of a rollup that lies within one of these and has a usable value in every row, summed up with the value before
   * holding. Not where lines are asked for.
   */
  addHeld({ first, last, firstTime, lastTime, area, covered }: HeldColumns, row: number): void {
    this.add(firstTime[row]!, first[row]!)
    this.#at = bucketOf(this.#edges, this.#at, firstTime[row]!)
    this.area[this.#at]! += area[row]!
    this.covered[this.#at]! += Math.round(covered[row]! * 1e6)
    this.#time = lastTime[row]!
    this.#value = last[row]!
  }

  /** From the last row to `end`, where there is `endValue`. */
  #cover(end: number, endValue: number): void {
    const edges = this.#edges
    const value = this.#value
    const slope = (endValue - value) / (end - this.#time)
    const to = Math.min(end, edges[edges.length - 1]!)
    for (let from = Math.max(this.#time, edges[0]!); from < to; ) {
      this.#at = bucketOf(edges, this.#at, from)
      const until = Math.min(to, edges[this.#at + 1]!)
      const middle = slope === 0 ? value : value + slope * ((from + until) / 2 - this.#time)
      this.area[this.#at]! += middle * ((until - from) / 1e6)
      this.covered[this.#at]! += until - from
      from = until
    }
  }
}
