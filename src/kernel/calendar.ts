import { latestTime, type Microseconds } from './clock.ts'
import { IwError } from './errors.ts'
import { type OffsetSpan, offsetSpans } from './zone.ts'

const dayUs = 86_400e6
const fixedUs = { us: 1, ms: 1e3, s: 1e6, m: 60e6, h: 3_600e6 } as const
const calendarUnits = ['d', 'w', 'mo', 'y'] as const
const longestUs = 100 * 366 * dayUs
/** No more buckets come out of one question. */
const maxEdges = 100_001

type FixedUnit = keyof typeof fixedUs
type CalendarUnit = (typeof calendarUnits)[number]

/** So many microseconds to hours, or days, weeks, months or years of a calendar. */
export interface Step {
  readonly count: number
  readonly unit: FixedUnit | CalendarUnit
}

/** Reads `30s`, `15m`, `1h`, `1d`, `1w`, `1mo`, `1y`. Throws `IW_HISTORIAN_STEP`. */
export function parseStep(text: string): Step {
  const [, digits, unit] = /^(\d{1,6})(us|ms|s|m|h|d|w|mo|y)$/.exec(text) ?? []
  const count = Number(digits)
  if (unit === undefined || count === 0) throw new IwError('IW_HISTORIAN_STEP', `"${text.slice(0, 50)}" is not a step`)
  return { count, unit: unit as Step['unit'] }
}

/**
 * Where the buckets of a range begin, and where the last one ends: µs, ascending, the first edge at or before `from`, the
 * last at or after `to`. Edges stand where the clock on the wall of the zone shows a whole multiple of the step: counted
 * from midnight of 1 January 1970 for hours and shorter, else by calendar, weeks from Monday. So a day may have 23 or 25
 * hours, a zone of +05:45 has its own hours, and the hour that comes twice in autumn is two buckets; a midnight that comes
 * twice counts once. What the clock skips begins where it skips to; what it skips whole has no bucket.
 *
 * Throws `IW_HISTORIAN_STEP` for a step or zone there is not, `_RANGE` where there is no time between `from` and `to`,
 * `_TOO_MUCH` for more than 100,000 buckets.
 */
export function bucketEdges(from: Microseconds, to: Microseconds, step: string, zone: string): Float64Array {
  const { count, unit } = parseStep(step)
  if (!(from < to && from >= -latestTime && to <= latestTime))
    throw new IwError('IW_HISTORIAN_RANGE', `There are no buckets from ${from} to ${to}`)
  const marks = isCalendar(unit) ? calendarMarks(unit, count) : fixedMarks(fixedUs[unit] * count, true)
  if (marks.longest > longestUs) throw new IwError('IW_HISTORIAN_STEP', `${step} is longer than a hundred years`)
  if ((to - from) / marks.shortest > maxEdges) throw tooMany(step)
  // One mark more on both sides, wherever the clock is moved.
  const spans = offsetSpans(
    zone,
    (from - 2 * marks.longest) / 1e3 - 2 * 86_400e3,
    (to + 2 * marks.longest) / 1e3 + 2 * 86_400e3,
  )
  const edges = new EdgeList(from, to)
  for (let i = 0; i < spans.length && !edges.isComplete; i++) addEdges(edges, marks, spans[i]!, spans[i - 1])
  if (edges.count > maxEdges) throw tooMany(step)
  return edges.build()
}

const isCalendar = (unit: Step['unit']): unit is CalendarUnit => calendarUnits.some((other) => other === unit)

const tooMany = (step: string) =>
  new IwError('IW_HISTORIAN_TOO_MUCH', `The range has more than ${maxEdges - 1} steps of ${step}`)

/** The wall-clock times that edges stand at, by number. All µs since 1970 by the local clock. */
interface Marks {
  at(number: number): number
  /** The number of the last mark at or before a time. */
  before(time: number): number
  readonly shortest: number
  readonly longest: number
  /** Whether a mark that the clock shows again is an edge again. */
  readonly repeats: boolean
}

const fixedMarks = (width: number, repeats: boolean): Marks => ({
  at: (number) => number * width,
  before: (time) => Math.floor(time / width),
  shortest: width,
  longest: width,
  repeats,
})

function calendarMarks(unit: CalendarUnit, count: number): Marks {
  if (unit === 'd') return fixedMarks(count * dayUs, false)
  // 5 January 1970 was a Monday.
  if (unit === 'w') {
    const width = 7 * count * dayUs
    return {
      ...fixedMarks(width, false),
      at: (number) => number * width + 4 * dayUs,
      before: (time) => Math.floor((time - 4 * dayUs) / width),
    }
  }
  return monthMarks(unit === 'mo' ? count : 12 * count)
}

/** Months counted from January of the year 0, so that quarters and decades begin where people expect them. */
const monthMarks = (months: number): Marks => ({
  at: (number) => startOfMonth(number * months),
  before(time) {
    const date = new Date(Math.floor(time / 1e3))
    return Math.floor((date.getUTCFullYear() * 12 + date.getUTCMonth()) / months)
  },
  shortest: months * 28 * dayUs,
  longest: months * 31 * dayUs,
  repeats: false,
})

function startOfMonth(month: number): number {
  // Date.UTC would read the years 0 to 99 as 1900 to 1999.
  return new Date(0).setUTCFullYear(Math.floor(month / 12), ((month % 12) + 12) % 12, 1) * 1e3
}

/** Adds the edges of a span, and before them the one that the clock skipped on coming into it. */
function addEdges(edges: EdgeList, marks: Marks, span: OffsetSpan, previous: OffsetSpan | undefined): void {
  const offset = span.offset * 1e3
  const begin = span.from * 1e3 + offset
  const end = span.to * 1e3 + offset
  // Of the marks before the range only the last is wanted.
  let first = Math.max(marks.before(begin - 1) + 1, marks.before(edges.from + offset) - 1)
  if (previous) {
    const reached = span.from * 1e3 + previous.offset * 1e3
    const next = marks.before(reached - 1) + 1
    if (reached < begin && marks.at(next) < begin) edges.add(span.from * 1e3)
    if (!marks.repeats) first = Math.max(first, next)
  }
  for (let number = first; !edges.isComplete; number++) {
    const local = marks.at(number)
    if (local >= end) return
    edges.add(local - offset)
  }
}

/** Keeps edges that come in order: the last at or before `from`, all after it, up to the first at or after `to`. */
class EdgeList {
  readonly from: number
  readonly #to: number
  #edges = new Float64Array(256)
  count = 0

  constructor(from: number, to: number) {
    this.from = from
    this.#to = to
  }

  get isComplete(): boolean {
    return this.count > maxEdges || (this.count > 1 && this.#edges[this.count - 1]! >= this.#to)
  }

  add(edge: number): void {
    if (this.count > 0 && edge <= this.#edges[this.count - 1]!) return
    if (edge <= this.from) this.count = 0
    if (this.count === this.#edges.length) {
      const grown = new Float64Array(this.count * 2)
      grown.set(this.#edges)
      this.#edges = grown
    }
    this.#edges[this.count++] = edge
  }

  build(): Float64Array {
    return this.#edges.slice(0, this.count)
  }
}
