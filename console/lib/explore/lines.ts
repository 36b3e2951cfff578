import { type Signal, signal } from '@preact/signals'
import type { Problem, ReadingTuple, TrendPage } from '../contract.ts'
import { addReading, type Series, seriesOf, trimBefore } from '../series.ts'
import type { Span } from './zoom.ts'

/** What is asked for: a tag, and how much earlier than shown, µs. */
export interface LineAsk {
  readonly tag: number
  readonly shiftUs: number
}

/** What is known of a line. A coarse or partial series stays until the better one is there. */
export interface Line {
  readonly series?: Series
  readonly problem?: Problem
  /** Something better is on its way. */
  readonly loading: boolean
}

interface Asked extends Span {
  /** Length of a bucket, µs: how fine it is. */
  readonly bucketUs: number
}

interface Entry {
  readonly ask: LineAsk
  readonly line: Signal<Line>
  /** What the series holds. */
  held: Asked | undefined
  /** It was loaded up to now, and live readings have extended it since. */
  follows: boolean
  loadedAtUs: number
  pending: Pending | undefined
}

interface Pending {
  readonly asked: Asked
  readonly toNow: boolean
  readonly abort: AbortController
  /** Live readings since it was asked for: the answer does not have them. */
  readonly since: ReadingTuple[]
}

export interface LinesOptions {
  trend(
    tags: readonly number[],
    range: { from: number; to: number; buckets: number },
    signal: AbortSignal,
  ): Promise<TrendPage>
  asProblem(error: unknown): Problem
  nowUs(): number
  schedule(run: () => void, delayMs: number): () => void
}

/** Loaded beside the range on either side, as a share of it: panning shows something at once. */
const spare = 0.25
/** While something is shown already, a wheel or a drag is waited out for this long. */
const settleMs = 70
/** A following line is loaded anew after so many buckets, for what came late. */
const bucketsUntilReload = 60
const shortestReloadUs = 30e6
const bucketsAtMost = 4000
/** So many lines get a request each and appear as they come; more share requests: a browser opens six connections. */
const aloneAtMost = 6
const together = 5
const slowAfterMs = 1000
const nowToleranceUs = 2e6

const keyOf = ({ tag, shiftUs }: LineAsk): string => `${tag}:${shiftUs}`

/**
 * The lines of a chart over a range that moves. What is there is drawn at once, stretched; the right resolution follows, and
 * requests nobody waits for any more are cancelled.
 */
export class Lines {
  readonly #options: LinesOptions
  readonly #entries = new Map<string, Entry>()
  #wanted: { readonly span: Span; readonly buckets: number } = { span: { from: 0, to: 1 }, buckets: 1 }
  #cancelLoad: (() => void) | undefined
  #cancelSlow: (() => void) | undefined
  /** Why a line could not be loaded, where that is so. */
  readonly problem: Signal<Problem | undefined> = signal(undefined)
  /** A load has taken more than a second. */
  readonly slow: Signal<boolean> = signal(false)

  constructor(options: LinesOptions) {
    this.#options = options
  }

  /** The line of a tag, loaded or not. */
  line(ask: LineAsk): Signal<Line> {
    return this.#entry(ask).line
  }

  /** Says what is shown now: lines, range and as many buckets as there are pixels. Lines not named are forgotten. */
  want(asks: readonly LineAsk[], span: Span, buckets: number): void {
    this.#wanted = { span, buckets: Math.min(bucketsAtMost, Math.max(1, Math.round(buckets))) }
    const keys = new Set(asks.map(keyOf))
    for (const [key, entry] of this.#entries)
      if (!keys.has(key)) {
        entry.pending?.abort.abort()
        this.#entries.delete(key)
      }
    for (const ask of asks) this.#entry(ask)
    this.#tellProblem()
    this.#plan()
  }

  /** Extends what follows now by live readings, and drops what has left the range. */
  take(readings: readonly ReadingTuple[]): void {
    const { from, to } = this.#wanted.span
    const keepFrom = from - (to - from) * spare
    for (const reading of readings) {
      const entry = this.#entries.get(`${reading[0]}:0`)
      const series = entry?.line.peek().series
      if (entry?.pending?.toNow && reading[1] >= entry.pending.asked.to) entry.pending.since.push(reading)
      if (!entry?.follows || !series) continue
      addReading(series, reading)
      trimBefore(series, keepFrom)
      entry.held = { ...entry.held!, from: Math.max(entry.held!.from, keepFrom) }
      // A new object tells what shows it that the columns grew.
      entry.line.value = { ...entry.line.peek(), series }
    }
  }

  /** Loads everything anew: the stream was broken, or somebody asks to try again. */
  reload(): void {
    for (const entry of this.#entries.values()) {
      entry.held = undefined
      entry.follows = false
    }
    this.#load()
  }

  close(): void {
    this.#cancelLoad?.()
    this.#cancelSlow?.()
    for (const { pending } of this.#entries.values()) pending?.abort.abort()
    this.#entries.clear()
    this.#tellProblem()
  }

  #entry(ask: LineAsk): Entry {
    const key = keyOf(ask)
    let entry = this.#entries.get(key)
    if (!entry) {
      entry = {
        ask,
        line: signal({ loading: true }),
        held: undefined,
        follows: false,
        loadedAtUs: 0,
        pending: undefined,
      }
      this.#entries.set(key, entry)
    }
    return entry
  }

  #plan(): void {
    const missing = this.#missing()
    if (missing.length === 0) return
    if (missing.some(({ held, line }) => !held && !line.peek().problem)) {
      this.#load()
      return
    }
    this.#cancelLoad?.()
    this.#cancelLoad = this.#options.schedule(() => this.#load(), settleMs)
  }

  #missing(): Entry[] {
    return [...this.#entries.values()].filter((entry) => {
      const { pending, held } = entry
      if (pending && serves(pending.asked, this.#askFor(entry), pending.toNow)) return false
      return !held || !serves(held, this.#askFor(entry), entry.follows) || this.#isOld(entry)
    })
  }

  #isOld({ follows, loadedAtUs, held }: Entry): boolean {
    if (!follows || !held) return false
    return this.#options.nowUs() - loadedAtUs > Math.max(shortestReloadUs, held.bucketUs * bucketsUntilReload)
  }

  /** The range of a line at the resolution wanted, without anything to spare. */
  #askFor({ ask: { shiftUs } }: Entry): Asked {
    const { span, buckets } = this.#wanted
    return { from: span.from - shiftUs, to: span.to - shiftUs, bucketUs: (span.to - span.from) / buckets }
  }

  #load(): void {
    this.#cancelLoad?.()
    this.#cancelLoad = undefined
    const missing = this.#missing()
    const byShift = new Map<number, Entry[]>()
    for (const entry of missing) {
      entry.pending?.abort.abort()
      byShift.set(entry.ask.shiftUs, [...(byShift.get(entry.ask.shiftUs) ?? []), entry])
    }
    const chunk = missing.length <= aloneAtMost ? 1 : together
    for (const entries of byShift.values())
      for (let at = 0; at < entries.length; at += chunk) void this.#fetch(entries.slice(at, at + chunk))
    this.#watchSlow()
  }

  async #fetch(entries: readonly Entry[]): Promise<void> {
    const nowUs = this.#options.nowUs()
    const asked = withSpare(this.#askFor(entries[0]!), nowUs)
    const abort = new AbortController()
    for (const entry of entries) {
      entry.pending = { asked, toNow: reachesNow(entry, asked, nowUs), abort, since: [] }
      entry.line.value = { ...entry.line.peek(), loading: true }
    }
    const range = {
      from: Math.round(asked.from),
      to: Math.round(asked.to),
      buckets: Math.min(bucketsAtMost, Math.max(1, Math.ceil((asked.to - asked.from) / asked.bucketUs))),
    }
    const tags = entries.map(({ ask }) => ask.tag)
    try {
      const page = await this.#options.trend(tags, range, abort.signal)
      if (!abort.signal.aborted) for (const entry of entries) settle(entry, page, asked, nowUs)
    } catch (error) {
      if (abort.signal.aborted) return
      const problem = this.#options.asProblem(error)
      for (const entry of entries) {
        entry.pending = undefined
        // What failed is not asked for again until the range changes or somebody says so.
        entry.held = asked
        entry.follows = false
        entry.line.value = { ...entry.line.peek(), problem, loading: false }
      }
    }
    this.#tellProblem()
    this.#watchSlow()
  }

  #tellProblem(): void {
    this.problem.value = [...this.#entries.values()].map(({ line }) => line.peek().problem).find(Boolean)
  }

  #watchSlow(): void {
    const busy = [...this.#entries.values()].some(({ pending }) => pending !== undefined)
    if (!busy) {
      this.#cancelSlow?.()
      this.#cancelSlow = undefined
      this.slow.value = false
    } else if (!this.#cancelSlow && !this.slow.peek())
      this.#cancelSlow = this.#options.schedule(() => {
        this.#cancelSlow = undefined
        this.slow.value = true
      }, slowAfterMs)
  }
}

/** Whether what is held shows what is wanted: all of it, and neither too coarse nor far too fine. */
function serves(held: Asked, wanted: Asked, follows: boolean): boolean {
  const covers = held.from <= wanted.from && (follows || held.to >= wanted.to)
  return covers && held.bucketUs <= wanted.bucketUs * 1.25 && held.bucketUs >= wanted.bucketUs * 0.4
}

/** The future is never asked for, so that what was held up to now can follow. */
function withSpare({ from, to, bucketUs }: Asked, nowUs: number): Asked {
  const extra = (to - from) * spare
  const end = Math.max(from + bucketUs, Math.min(to + extra, Math.max(nowUs, to - extra)))
  return { from: from - extra, to: end, bucketUs }
}

const reachesNow = ({ ask }: Entry, asked: Asked, nowUs: number): boolean =>
  ask.shiftUs === 0 && asked.to >= nowUs - nowToleranceUs

function settle(entry: Entry, page: TrendPage, asked: Asked, nowUs: number): void {
  const since = entry.pending?.since ?? []
  entry.pending = undefined
  entry.held = asked
  entry.loadedAtUs = nowUs
  entry.follows = reachesNow(entry, asked, nowUs)
  const trend = page.trends.find(({ tag }) => tag === entry.ask.tag)
  const series = trend && seriesOf(trend, { ...page, bucketUs: bucketOf(trend.time, page.bucketUs) })
  if (series) for (const reading of since) addReading(series, reading)
  entry.line.value = { loading: false, ...(series && { series }) }
}

/** Buckets of minutes and hours are longer than asked for: as long as the shortest distance between two. */
function bucketOf(time: readonly number[], asked: number): number {
  let shortest = Number.POSITIVE_INFINITY
  for (let index = 1; index < time.length; index++) shortest = Math.min(shortest, time[index]! - time[index - 1]!)
  return Number.isFinite(shortest) && shortest < asked * 2.5 ? Math.max(asked, shortest) : asked
}
