import { IwError, type Microseconds } from '#kernel'
import type { TagId, Value } from '#model'
import type { Historian } from '#ports'
import { knownTag, valueAt } from './values.ts'

export interface StateQuery {
  readonly tag: TagId
  /** µs, inclusive. */
  readonly from: Microseconds
  /** µs, exclusive; not later than now, for the last state is taken to hold up to here. */
  readonly to: Microseconds
  /** Most intervals that are given (0–100,000); the totals hold all. */
  readonly limit: number
  /** Ascending; where given, also totals between each two. */
  readonly edges?: Float64Array
  readonly signal?: AbortSignal
}

export interface StateInterval {
  readonly start: Microseconds
  readonly end: Microseconds
  /** null: there was no value. */
  readonly value: Value
  /** The worst of its rows. */
  readonly quality: number
}

export interface StateTotal {
  readonly value: Value
  readonly us: number
}

export interface States {
  readonly tag: TagId
  /** One after another, without a gap, from `from` to `to`. */
  readonly intervals: readonly StateInterval[]
  readonly truncated: boolean
  /** Longest first; `times` it was entered, or was there at the beginning. Not of the time without a value. */
  readonly totals: readonly (StateTotal & { readonly times: number })[]
  /** Time without a value: before the first row of all, and after rows that say so. */
  readonly unknownUs: number
  readonly buckets?: readonly {
    readonly start: Microseconds
    readonly end: Microseconds
    readonly totals: readonly StateTotal[]
  }[]
}

/** More different states than this are no states: a counter, a text that people write. */
const maxStates = 1_000
const maxLimit = 100_000
const maxBuckets = 10_000
const maxBucketTotals = 200_000

/**
 * What states a tag of texts, booleans or integers was in, and for how long. A state begins with its row and holds until
 * the next row; the one at the beginning is that of the newest row before. Rows with the value before go on with its
 * interval. Works over every historian. Throws `IW_HISTORIAN_UNKNOWN_TAG`, `_TYPE`, `_RANGE`, and `_TOO_MUCH` for more than
 * 1,000 different states.
 */
export async function readStates(historian: Historian, query: StateQuery): Promise<States> {
  const { tag: id, from, to, signal } = query
  const { type, thing, property } = knownTag(historian, id)
  if (type === 'number')
    throw new IwError('IW_HISTORIAN_TYPE', `${thing}/${property} is a number: it has aggregates, not states`)
  check(query)
  const sums = new StateSums(query)
  const before = await historian.before(id, from)
  sums.enter(from, before?.value ?? null, before?.quality ?? 0)
  for await (const slice of historian.scan({ tag: id, from, to })) {
    signal?.throwIfAborted()
    for (let row = 0; row < slice.count; row++)
      sums.enter(slice.time[row]!, valueAt(slice, row, type), slice.quality[row]!)
  }
  return sums.build()
}

function check({ from, to, limit, edges }: StateQuery): void {
  if (!(from < to && Number.isFinite(to - from)))
    throw new IwError('IW_HISTORIAN_RANGE', `The range from ${from} to ${to} holds no time, or has no end`)
  if (!Number.isInteger(limit) || limit < 0 || limit > maxLimit)
    throw new IwError('IW_HISTORIAN_RANGE', `limit is ${limit}, not 0 to ${maxLimit}`)
  if (edges && edges.length - 1 > maxBuckets)
    throw new IwError('IW_HISTORIAN_TOO_MUCH', `${edges.length - 1} steps are more than ${maxBuckets}`)
}

/** Sums up states that are entered one after another. */
class StateSums {
  readonly #query: StateQuery
  readonly #intervals: StateInterval[] = []
  readonly #totals = new Map<Value, { us: number; times: number }>()
  readonly #buckets: Map<Value, number>[]
  #bucket = 0
  #bucketTotals = 0
  #unknownUs = 0
  #truncated = false
  #start: Microseconds
  #value: Value | undefined
  #quality = 0

  constructor(query: StateQuery) {
    this.#query = query
    this.#start = query.from
    const { edges } = query
    this.#buckets = edges ? Array.from({ length: edges.length - 1 }, () => new Map()) : []
  }

  enter(time: Microseconds, value: Value, quality: number): void {
    if (value === this.#value) {
      this.#quality = Math.max(this.#quality, quality)
      return
    }
    this.#leave(time)
    this.#start = time
    this.#value = value
    this.#quality = quality
  }

  build(): States {
    this.#leave(this.#query.to)
    const { tag, edges } = this.#query
    const totals = Array.from(this.#totals, ([value, sum]) => ({ value, ...sum }))
    return {
      tag,
      intervals: this.#intervals,
      truncated: this.#truncated,
      totals: totals.toSorted((a, b) => b.us - a.us),
      unknownUs: this.#unknownUs,
      ...(edges && { buckets: this.#buckets.map((sums, at) => bucketOf(sums, edges[at]!, edges[at + 1]!)) }),
    }
  }

  #leave(end: Microseconds): void {
    // A row at the very beginning takes the place of the state before it.
    if (this.#value === undefined || end <= this.#start) return
    const interval = { start: this.#start, end, value: this.#value, quality: this.#quality }
    if (this.#intervals.length < this.#query.limit) this.#intervals.push(interval)
    else this.#truncated = true
    if (interval.value === null) this.#unknownUs += end - interval.start
    else this.#sum(interval)
  }

  #sum({ start, end, value }: StateInterval): void {
    const total = this.#totals.get(value) ?? { us: 0, times: 0 }
    if (total.times === 0) {
      this.#totals.set(value, total)
      if (this.#totals.size > maxStates)
        throw new IwError('IW_HISTORIAN_TOO_MUCH', `The tag has more than ${maxStates} different states in this range`)
    }
    total.us += end - start
    total.times++
    if (this.#query.edges) this.#sumBuckets(this.#query.edges, start, end, value)
  }

  #sumBuckets(edges: Float64Array, start: Microseconds, end: Microseconds, value: Value): void {
    while (this.#bucket < this.#buckets.length - 1 && edges[this.#bucket + 1]! <= start) this.#bucket++
    for (let at = this.#bucket; at < this.#buckets.length && edges[at]! < end; at++) {
      const us = Math.min(end, edges[at + 1]!) - Math.max(start, edges[at]!)
      if (us <= 0) continue
      const sums = this.#buckets[at]!
      const known = sums.get(value)
      if (known === undefined && ++this.#bucketTotals > maxBucketTotals)
        throw new IwError('IW_HISTORIAN_TOO_MUCH', `The steps have more than ${maxBucketTotals} states in all`)
      sums.set(value, (known ?? 0) + us)
    }
  }
}

function bucketOf(sums: ReadonlyMap<Value, number>, start: Microseconds, end: Microseconds) {
  const totals = Array.from(sums, ([value, us]) => ({ value, us }))
  return { start, end, totals: totals.toSorted((a, b) => b.us - a.us) }
}
