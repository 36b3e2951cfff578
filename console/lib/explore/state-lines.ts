import { type Signal, signal } from '@preact/signals'
import type { Problem, ReadingTuple, StatePage } from '../contract.ts'
import { stepIn } from './snap.ts'
import { extendIntervals } from './states.ts'
import type { Span } from './zoom.ts'

type Interval = StatePage['series'][number]['intervals'][number]
type Bucket = NonNullable<StatePage['series'][number]['buckets']>[number]

/** What is known of a text or a switch. */
export interface StateLine {
  readonly intervals?: readonly Interval[]
  /** In place of intervals where there are too many to be seen: how long each value held in each step of time. */
  readonly buckets?: readonly Bucket[]
  readonly problem?: Problem
  readonly loading: boolean
}

interface Entry {
  readonly line: Signal<StateLine>
  held: Span | undefined
  follows: boolean
}

export interface StateLinesOptions {
  states(
    tags: readonly number[],
    range: { from: number; to: number; limit: number; step?: string; zone?: string },
    signal: AbortSignal,
  ): Promise<StatePage>
  asProblem(error: unknown): Problem
  /** Of the site: steps of time go by its clock. */
  zone(): string
  nowUs(): number
  schedule(run: () => void, delayMs: number): () => void
}

const spare = 0.25
const settleMs = 120
const intervalsAtMost = 5000
/** Zoomed in this far, what was told by steps is asked for again. */
const finer = 0.5

/** What texts and switches said over a range that moves: as lines, with intervals for buckets. */
export class StateLines {
  readonly #options: StateLinesOptions
  readonly #entries = new Map<number, Entry>()
  /** Why one could not be loaded, where that is so. */
  readonly problem: Signal<Problem | undefined> = signal(undefined)
  #span: Span = { from: 0, to: 1 }
  #cancel: (() => void) | undefined
  #abort: AbortController | undefined

  constructor(options: StateLinesOptions) {
    this.#options = options
  }

  line(tag: number): Signal<StateLine> {
    return this.#entry(tag).line
  }

  want(tags: readonly number[], span: Span): void {
    this.#span = span
    for (const tag of this.#entries.keys()) if (!tags.includes(tag)) this.#entries.delete(tag)
    for (const tag of tags) this.#entry(tag)
    if (tags.length === 0) this.problem.value = undefined
    if (this.#missing().length === 0) return
    this.#cancel?.()
    this.#cancel = this.#options.schedule(() => void this.#load(), settleMs)
  }

  take(readings: readonly ReadingTuple[]): void {
    for (const reading of readings) {
      const entry = this.#entries.get(reading[0])
      const { intervals } = entry?.line.peek() ?? {}
      if (!entry?.follows || !intervals) continue
      entry.line.value = { ...entry.line.peek(), intervals: extendIntervals(intervals, reading) }
    }
  }

  reload(): void {
    for (const entry of this.#entries.values()) entry.held = undefined
    void this.#load()
  }

  close(): void {
    this.#cancel?.()
    this.#abort?.abort()
    this.#entries.clear()
    this.problem.value = undefined
  }

  #entry(tag: number): Entry {
    let entry = this.#entries.get(tag)
    if (!entry) {
      entry = { line: signal({ loading: true }), held: undefined, follows: false }
      this.#entries.set(tag, entry)
    }
    return entry
  }

  #missing(): [number, Entry][] {
    const { from, to } = this.#span
    return [...this.#entries].filter(([, { held, follows, line }]) => {
      if (!held || held.from > from || (!follows && held.to < to)) return true
      return line.peek().buckets !== undefined && to - from < (held.to - held.from) * finer
    })
  }

  async #load(): Promise<void> {
    this.#abort?.abort()
    const missing = this.#missing()
    if (missing.length === 0) return
    const abort = new AbortController()
    this.#abort = abort
    const nowUs = this.#options.nowUs()
    const extra = (this.#span.to - this.#span.from) * spare
    const held = {
      from: this.#span.from - extra,
      to: Math.max(this.#span.from, Math.min(this.#span.to + extra, nowUs)),
    }
    const tags = missing.map(([tag]) => tag)
    const range = { from: Math.round(held.from), to: Math.round(held.to), limit: intervalsAtMost }
    try {
      const { series } = await this.#options.states(tags, range, abort.signal)
      const crowded = series.filter(({ truncated }) => truncated).map(({ tag }) => tag)
      const bySteps =
        crowded.length > 0 ? await this.#steps(crowded, held, abort.signal) : new Map<number, readonly Bucket[]>()
      if (abort.signal.aborted) return
      this.problem.value = undefined
      for (const [tag, entry] of missing) {
        const found = series.find((one) => one.tag === tag)
        const buckets = bySteps.get(tag)
        entry.held = held
        entry.follows = held.to >= nowUs && !buckets
        entry.line.value = { loading: false, ...(buckets ? { buckets } : found && { intervals: found.intervals }) }
      }
    } catch (error) {
      if (abort.signal.aborted) return
      const problem = this.#options.asProblem(error)
      this.problem.value = problem
      for (const [, entry] of missing) {
        entry.held = held
        entry.line.value = { ...entry.line.peek(), problem, loading: false }
      }
    }
  }

  /** How long each value held, by steps: for what changes more often than there are pixels. */
  async #steps(
    tags: readonly number[],
    { from, to }: Span,
    abort: AbortSignal,
  ): Promise<ReadonlyMap<number, readonly Bucket[]>> {
    const range = { from: Math.round(from), to: Math.round(to), limit: 1 }
    const asked = { ...range, step: stepIn(to - from).text, zone: this.#options.zone() }
    const { series } = await this.#options.states(tags, asked, abort)
    return new Map(series.map(({ tag, buckets }) => [tag, buckets ?? []]))
  }
}
