import { effect, type Signal, signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { api } from './api.ts'
import { instanceNow } from './clock.ts'
import { plant } from './instance.ts'
import { range } from './range.ts'
import { addReading, type Series, seriesOf, trimBefore } from './series.ts'
import { boundsAt, type TimeRange } from './time-range.ts'

/** A tag asks for a hundred buckets for a sparkline, more for a trend; one series a (tag, buckets). */
interface Entry {
  readonly series: Signal<Series | undefined>
  users: number
  asked: boolean
}

const shelves = new Map<number, Map<number, Entry>>()
const tagsPerRequest = 50
/** A live range is loaded anew after this many of its buckets: what arrived late or was conflated is then in it. */
const bucketsUntilReload = 60
let loadedFor: TimeRange | undefined
let scheduled = false

/** Buckets of a sparkline: as many as it has pixels. */
const sparkBuckets = 100

const shelfOf = (buckets: number): Map<number, Entry> => {
  let shelf = shelves.get(buckets)
  if (!shelf) {
    shelf = new Map()
    shelves.set(buckets, shelf)
  }
  return shelf
}

/**
 * The series of a tag over the shared range, loaded together with all others asked for in the same moment, and extended by
 * live readings. Undefined until it is there; `undefined` tags have none.
 */
export function useSeries(tag: number | undefined, buckets: number = sparkBuckets): Series | undefined {
  useEffect(() => (tag === undefined ? undefined : hold(tag, buckets)), [tag, buckets])
  return tag === undefined ? undefined : entryOf(tag, buckets).series.value
}

/** The series of a tag if somebody holds it; does not ask for it. */
export const peekSeries = (tag: number): Series | undefined => shelves.get(sparkBuckets)?.get(tag)?.series.peek()

function entryOf(tag: number, buckets: number): Entry {
  const shelf = shelfOf(buckets)
  let entry = shelf.get(tag)
  if (!entry) {
    entry = { series: signal(undefined), users: 0, asked: false }
    shelf.set(tag, entry)
  }
  return entry
}

function hold(tag: number, buckets: number): () => void {
  const entry = entryOf(tag, buckets)
  entry.users++
  if (!entry.asked) scheduleLoad()
  return () => {
    entry.users--
    // A page that is left and entered again within a moment keeps its series.
    setTimeout(() => entry.users === 0 && shelfOf(buckets).delete(tag), 2000)
  }
}

function scheduleLoad(): void {
  if (scheduled) return
  scheduled = true
  queueMicrotask(() => {
    scheduled = false
    const current = range.peek()
    for (const [buckets, shelf] of shelves) {
      const missing = [...shelf].filter(([, entry]) => !entry.asked && entry.users > 0)
      for (let at = 0; at < missing.length; at += tagsPerRequest)
        void load(missing.slice(at, at + tagsPerRequest), buckets, current)
    }
  })
}

async function load(entries: readonly (readonly [number, Entry])[], buckets: number, wanted: TimeRange): Promise<void> {
  for (const [, entry] of entries) entry.asked = true
  const { from, to } = boundsAt(wanted, instanceNow())
  const tags = entries.map(([tag]) => tag)
  try {
    const page = await api.trend(tags, { from: Math.round(from), to: Math.round(to), buckets })
    if (range.peek() !== wanted) return
    const found = new Map(page.trends.map((trend) => [trend.tag, trend]))
    for (const [tag, entry] of entries) {
      const trend = found.get(tag)
      if (trend) entry.series.value = seriesOf(trend, page)
    }
  } catch {
    // The live state says what is wrong; the next load or reconnect brings the series.
    for (const [, entry] of entries) entry.asked = false
  }
}

/** Loads everything that is shown anew: after a reconnect, or when the range changed. */
export function reloadHistory(): void {
  for (const shelf of shelves.values()) for (const entry of shelf.values()) entry.asked = false
  scheduleLoad()
}

/** Follows the range and the live readings. */
export function startHistory(): void {
  effect(() => {
    if (range.value === loadedFor) return
    loadedFor = range.value
    reloadHistory()
  })
  plant.onReadings((readings) => {
    const current = range.peek()
    if (!current.live) return
    const from = instanceNow() - current.spanUs
    for (const shelf of shelves.values())
      for (const reading of readings) {
        const entry = shelf.get(reading[0])
        const series = entry?.series.peek()
        if (!entry || !series) continue
        addReading(series, reading)
        trimBefore(series, from)
        // A new object tells what shows it that the columns grew.
        entry.series.value = { ...series }
      }
  })
  let reload: ReturnType<typeof setInterval> | undefined
  effect(() => {
    clearInterval(reload)
    const { value } = range
    if (!value.live) return
    const periodMs = Math.max(30_000, (value.spanUs / 1000 / sparkBuckets) * bucketsUntilReload)
    reload = setInterval(() => !document.hidden && reloadHistory(), periodMs)
  })
}
