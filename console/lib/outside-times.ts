import type { TrendPage } from './contract.ts'
import { outsideSince, type Series, seriesOf } from './series.ts'

/** Asks the history of tags; rejects where it cannot be had. */
export type AskTrend = (
  tags: readonly number[],
  range: { from: number; to: number; buckets: number },
) => Promise<TrendPage>

interface Band {
  readonly min: number
  readonly max: number
}

const lookBackUs = 3600e6
const buckets = 120
const tagsPerRequest = 50

/**
 * Since when properties lie outside of their band. Those that have a line on the screen tell it themselves; the others are
 * asked for once, together, and forgotten when they are inside again.
 */
export class OutsideTimes {
  readonly #seriesOf: (tag: number) => Series | undefined
  readonly #askTrend: AskTrend
  readonly #known = new Map<number, number | undefined>()
  #asked = new Map<number, Band>()
  #seen = new Set<number>()

  constructor(seriesOf: (tag: number) => Series | undefined, askTrend: AskTrend) {
    this.#seriesOf = seriesOf
    this.#askTrend = askTrend
  }

  /** Asked for every property that is outside in this look. Undefined while it is not known. */
  since(tag: number, band: Band): number | undefined {
    this.#seen.add(tag)
    const series = this.#seriesOf(tag)
    if (series) return outsideSince(series, band)
    if (!this.#known.has(tag)) {
      this.#known.set(tag, undefined)
      this.#asked.set(tag, band)
    }
    return this.#known.get(tag)
  }

  /** All properties have been looked at: what was not outside is forgotten, what is new is asked for. */
  endLook(nowUs: number): void {
    for (const tag of this.#known.keys()) if (!this.#seen.has(tag)) this.#known.delete(tag)
    this.#seen = new Set()
    const asked = [...this.#asked]
    this.#asked = new Map()
    for (let at = 0; at < asked.length; at += tagsPerRequest)
      void this.#ask(asked.slice(at, at + tagsPerRequest), nowUs)
  }

  async #ask(asked: readonly [number, Band][], nowUs: number): Promise<void> {
    const tags = asked.map(([tag]) => tag)
    const range = { from: Math.round(nowUs - lookBackUs), to: Math.round(nowUs), buckets }
    // Where the history cannot be had, it counts from now on.
    const page = await this.#askTrend(tags, range).catch(() => undefined)
    for (const [tag, band] of asked) {
      const trend = page?.trends.find((candidate) => candidate.tag === tag)
      if (this.#known.has(tag))
        this.#known.set(tag, (page && trend && outsideSince(seriesOf(trend, page), band)) ?? nowUs)
    }
  }
}
