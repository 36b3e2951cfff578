import type { TagId } from '#model'
import type { RollupRows } from '../parts/parquet/index.ts'
import type { FileMaker, FinishedFile } from './file-maker.ts'
import { Buckets, leastRowsOf, Rollup, type RollupLevel } from './rollup.ts'
import { RollupRun } from './rollup-run.ts'
import type { RollupSource } from './rollup-source.ts'
import type { TagRows } from './tag-rows.ts'

interface LaneOptions {
  readonly maker: FileMaker
  readonly level: RollupLevel
  /** `2026-01-31` or `2026-01`. */
  readonly period: string
  /** Rollups there are already, which the new ones take the place of. */
  readonly old: readonly RollupSource[]
  /** Rollups that stay and are as new: what they have of a tag is not written again. */
  readonly staying: readonly RollupSource[]
  isString(tag: TagId): boolean
  keeps(tag: TagId): boolean
}

/**
 * The rollups of one level over a day or a month: what is rolled up now, joined with what there is. Of a bucket that both have
 * the one over more rows stays: rows only ever get more, until retention takes them, and then what was rolled up of them
 * is all there is.
 */
export class RollupLane {
  readonly level: RollupLevel
  readonly #options: LaneOptions
  readonly #run: RollupRun
  readonly #rollup: Rollup
  readonly #old: readonly RollupSource[]
  #active = false
  #least: number
  rows = 0
  /** Buckets left out because they are not kept any more. */
  dropped = 0

  constructor(options: LaneOptions) {
    this.level = options.level
    this.#options = options
    this.#run = new RollupRun(options.maker, options.level, options.period)
    this.#rollup = new Rollup(options.level)
    this.#old = options.old.toSorted((a, b) => a.part.rank - b.part.rank || a.part.number - b.part.number)
    this.#least = leastRowsOf(options.level)
  }

  /** A tag begins. `always`: its rows go, so that buckets are written however few they are. */
  begin(tag: TagId, atMost: number, always: boolean): void {
    this.#least = always ? 1 : leastRowsOf(this.level)
    this.#active = atMost >= this.#least && !this.#options.isString(tag)
    this.#rollup.reset()
  }

  take(rows: TagRows): void {
    if (this.#active) this.#rollup.add(rows)
  }

  async endTag(tag: TagId): Promise<void> {
    await this.#carry(tag)
    const fresh = this.#active && this.#rollup.rows >= this.#least ? this.#rollup.buckets : undefined
    await this.#put(tag, fresh)
  }

  async end(): Promise<readonly FinishedFile[]> {
    await this.#carry(Number.POSITIVE_INFINITY)
    return this.#run.end()
  }

  /** Takes over the tags before `until` as they are. */
  async #carry(until: number): Promise<void> {
    for (;;) {
      const tag = Math.min(...this.#old.map((source) => source.tag))
      if (!(tag < until)) return
      await this.#put(tag, undefined)
    }
  }

  async #put(tag: TagId, fresh: RollupRows | undefined): Promise<void> {
    let buckets: RollupRows | undefined = fresh
    for (const source of this.#old.toReversed()) {
      if (source.tag !== tag) continue
      const old = await source.take(this.#options.period)
      buckets = buckets && buckets.count > 0 ? joined(old, buckets) : old
    }
    if (!buckets || (await this.#stays(tag))) return
    if (!this.#options.keeps(tag)) {
      this.dropped += buckets.count
      return
    }
    this.rows += buckets.count
    await this.#run.add(tag, buckets)
  }

  async #stays(tag: TagId): Promise<boolean> {
    let found = false
    for (const source of this.#options.staying) {
      while (source.tag < tag) source.skip()
      if (source.tag === tag && (await source.take(this.#options.period)).count > 0) found = true
    }
    return found
  }
}

/** Both, by time; of a bucket in both the one over more rows, and the newer where they are as many. */
function joined(old: RollupRows, fresh: RollupRows): RollupRows {
  const both = new Buckets(old.count + fresh.count)
  let i = 0
  let k = 0
  while (i < old.count || k < fresh.count) {
    const leftTime = i < old.count ? old.time[i]! : Number.POSITIVE_INFINITY
    const rightTime = k < fresh.count ? fresh.time[k]! : Number.POSITIVE_INFINITY
    if (leftTime < rightTime) both.push(old, i++)
    else if (rightTime < leftTime) both.push(fresh, k++)
    else if (old.rows[i]! > fresh.rows[k]!) {
      both.push(old, i++)
      k++
    } else {
      both.push(fresh, k++)
      i++
    }
  }
  return both
}
