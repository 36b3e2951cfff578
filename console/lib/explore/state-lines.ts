import { type Signal, signal } from '@preact/signals'
import type { Problem, ReadingTuple, StatePage } from '../contract.ts'
import { extendIntervals } from './states.ts'
import type { Span } from './zoom.ts'

type Interval = StatePage['series'][number]['intervals'][number]

/** What is known of a text or a switch. */
export interface StateLine {
  readonly intervals?: readonly Interval[]
  /** There were more intervals than could be given: the narrow ones are missing. */
  readonly truncated?: boolean
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
    range: { from: number; to: number; limit: number },
    signal: AbortSignal,
  ): Promise<StatePage>
  asProblem(error: unknown): Problem
  nowUs(): number
  schedule(run: () => void, delayMs: number): () => void
}

const spare = 0.25
const settleMs = 120
const intervalsAtMost = 5000
/** Zoomed in this far, intervals that were cut off are asked for again. */
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
      return line.peek().truncated === true && to - from < (held.to - held.from) * finer
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
      const page = await this.#options.states(tags, range, abort.signal)
      if (abort.signal.aborted) return
      this.problem.value = undefined
      for (const [tag, entry] of missing) {
        const found = page.series.find((series) => series.tag === tag)
        entry.held = held
        entry.follows = held.to >= nowUs
        entry.line.value = {
          loading: false,
          ...(found && { intervals: found.intervals, truncated: found.truncated }),
        }
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
}
