import { latestTime } from '#kernel'
import { ZoneClock } from './zone-clock.ts'

/** How times are written. `ymd`, `dmy`, `mdy`: the order of year, month and day, whatever stands between them. */
export const timeFormats = ['ymd', 'dmy', 'mdy', 'excel', 's', 'ms', 'us', 'ns'] as const
export type TimeFormat = (typeof timeFormats)[number]

/** Powers of ten from the unit of an epoch time to µs. */
const epochShift = { s: 6, ms: 3, us: 0, ns: -3 } as const

const isEpoch = (format: TimeFormat): format is keyof typeof epochShift => Object.hasOwn(epochShift, format)

/** Why a cell gives no time. */
export type TimeProblem = 'time' | 'skipped'

/** What was read of a date: its local time, and its offset from UTC where it says one (µs). */
interface Calendar {
  local: number
  offset: number | undefined
}

const secondUs = 1e6
const dayUs = 86_400 * secondUs
const excelEpochDays = 25_569

/** Order of rows, by which the second pass of an hour that occurs twice is told from the first. */
export interface TimeOrder {
  readonly descending: boolean
  /** The last time of each series that fell into such an hour, by its key. */
  readonly inDoubt: Map<string, number>
}

/** Reads the times of one file. */
export class TimeReader {
  readonly #format: TimeFormat
  readonly #zone: ZoneClock
  readonly #order: TimeOrder
  /** After `read` gave NaN. */
  problem: TimeProblem = 'time'

  constructor(format: TimeFormat, zone: string, order: TimeOrder) {
    this.#format = format
    this.#zone = new ZoneClock(zone)
    this.#order = order
  }

  /** The time in µs, or NaN. `series` tells series apart whose rows follow each other. */
  read(text: string, series: string): number {
    this.problem = 'time'
    const format = this.#format
    if (isEpoch(format)) return inRange(readEpoch(text, epochShift[format]))
    if (format === 'excel') return this.#fromLocal(readExcel(text), series)
    const calendar = readCalendar(text, format)
    if (!calendar) return Number.NaN
    if (calendar.offset !== undefined) return inRange(calendar.local - calendar.offset)
    return this.#fromLocal(calendar.local, series)
  }

  /** A time of the zone's clocks, µs as if it were UTC. */
  local(local: number, series: string): number {
    this.problem = 'time'
    return this.#fromLocal(local, series)
  }

  /** A time that is one already; NaN where it is none we can keep. */
  moment(time: number): number {
    this.problem = 'time'
    return inRange(time)
  }

  #fromLocal(local: number, series: string): number {
    if (Number.isNaN(local)) return Number.NaN
    const offsets = this.#zone.offsets(local)
    const { inDoubt } = this.#order
    if (offsets.length === 1) {
      if (inDoubt.size > 0) inDoubt.delete(series)
      return inRange(local - offsets[0]!)
    }
    if (offsets.length === 0) {
      this.problem = 'skipped'
      return Number.NaN
    }
    const chosen = this.#passOf(local - offsets[0]!, local - offsets.at(-1)!, inDoubt.get(series))
    inDoubt.set(series, chosen)
    return inRange(chosen)
  }

  /** The first pass unless the rows show that time has gone on (or, newest first, back) beyond it. */
  #passOf(first: number, second: number, last: number | undefined): number {
    if (this.#order.descending) return last !== undefined && second > last ? first : second
    return last !== undefined && first < last ? second : first
  }
}

const inRange = (time: number): number => (time >= 0 && time <= latestTime ? time : Number.NaN)

/** A count of seconds and the like since 1970; what is finer than µs is rounded, halves up. */
function readEpoch(text: string, shift: number): number {
  const match = /^(\d{1,20})(?:[.,](\d{1,20}))?$/.exec(text)
  if (!match) return Number.NaN
  const whole = match[1]!
  const digits = whole + (match[2] ?? '').padEnd(shift > 0 ? shift : 0, '0')
  const point = whole.length + shift
  const rounded = digits.charCodeAt(point) >= 0x35 ? 1 : 0
  return Number(digits.slice(0, Math.max(0, point)) || '0') + rounded
}

/** Days since 1899-12-30, as Excel counts; it is exact to milliseconds. */
function readExcel(text: string): number {
  if (!/^\d{1,6}(?:[.,]\d+)?$/.test(text)) return Number.NaN
  const days = Number(text.replace(',', '.'))
  return Math.round((days - excelEpochDays) * 86_400_000) * 1000
}

const separators = '-/.年月日 T_'
const datePlaces: Readonly<Record<'ymd' | 'dmy' | 'mdy', readonly [number, number, number]>> = {
  ymd: [0, 1, 2],
  dmy: [2, 1, 0],
  mdy: [2, 0, 1],
}
const timePart =
  /^(?:(AM|PM|上午|下午)\s*)?(\d{1,2})[:.时h](\d{1,2})(?:[:.分m](\d{1,2})(?:[.,:](\d{1,9}))?秒?|分)?\s*(AM|PM|a\.m\.|p\.m\.|上午|下午)?\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?$/i
const compact = /^(\d{4})(\d{2})(\d{2})(?:[T ]?(\d{2})(\d{2})(?:(\d{2})(?:[.,](\d{1,9}))?)?)?(Z|[+-]\d{2}:?\d{2})?$/

/**
 * Reads date and time in the order told: any of `- / .` between the parts of the date, a time of 12 or 24 hours after it,
 * a fraction, a zone. Parts that cannot be (the 31st of April, 25:00) give undefined. Finer than µs is cut off.
 */
export function readCalendar(text: string, order: 'ymd' | 'dmy' | 'mdy'): Calendar | undefined {
  return usualIso(text, order) ?? anyCalendar(text, order)
}

/** `2026-01-31T23:59:59.123456Z` and its shorter forms, digit by digit. */
function usualIso(text: string, order: string): Calendar | undefined {
  if (order !== 'ymd' || text.length < 19 || text[4] !== '-' || text[7] !== '-') return undefined
  if (text[13] !== ':' || text[16] !== ':') return undefined
  const between = text.charCodeAt(10)
  if (between !== 0x54 && between !== 0x20) return undefined
  let fraction = 0
  let at = 19
  if (text[at] === '.' || text[at] === ',') {
    let scale = 100_000
    for (at++; at < text.length; at++) {
      const digit = text.charCodeAt(at) - 0x30
      if (digit < 0 || digit > 9) break
      fraction += digit * scale
      scale = scale === 1 ? 0 : scale / 10
    }
  }
  let offset: number | undefined
  if (at < text.length) {
    if (text.length !== at + 1 || text[at] !== 'Z') return undefined
    offset = 0
  }
  const day = dayOf(two(text, 0) * 100 + two(text, 2), two(text, 5), two(text, 8))
  const clock = clockOf(two(text, 11), two(text, 14), two(text, 17), fraction)
  const local = day * dayUs + clock
  return Number.isNaN(local) ? undefined : { local, offset }
}

function two(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 0x30
  const ones = text.charCodeAt(at + 1) - 0x30
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
}

function anyCalendar(text: string, order: 'ymd' | 'dmy' | 'mdy'): Calendar | undefined {
  const joined = order === 'ymd' ? compact.exec(text) : null
  if (joined) {
    const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone] = joined
    return calendarOf(dayOf(Number(year), Number(month), Number(day)), [hour, minute, second, fraction], '', zone)
  }
  const date = datePart(text, order)
  if (!date) return undefined
  const rest = text.slice(date.end).replace(/^[T_,\s]+/, '')
  if (rest === '') return calendarOf(date.day, ['0', '0', '0', ''], '', undefined)
  const time = timePart.exec(rest)
  if (!time) return undefined
  const [, before, hour, minute, second = '0', fraction = '', after, zone] = time
  return calendarOf(date.day, [hour!, minute!, second, fraction], before ?? after ?? '', zone)
}

function datePart(text: string, order: 'ymd' | 'dmy' | 'mdy'): { day: number; end: number } | undefined {
  const numbers: number[] = []
  let at = 0
  while (numbers.length < 3) {
    const from = at
    while (text.charCodeAt(at) >= 0x30 && text.charCodeAt(at) <= 0x39) at++
    if (at === from || at - from > 4) return undefined
    numbers.push(Number(text.slice(from, at)))
    if (numbers.length === 3) break
    if (!separators.slice(0, 6).includes(text[at] ?? '\n')) return undefined
    at++
    while (text[at] === ' ') at++
  }
  if (text[at] === '日' || text[at] === '.') at++
  if (at < text.length && !/[T_,\s]/.test(text[at]!) && text[at - 1] !== '日') return undefined
  const [year, month, day] = datePlaces[order].map((place) => numbers[place]!) as [number, number, number]
  return { day: dayOf(year < 100 ? year + (year < 70 ? 2000 : 1900) : year, month, day), end: at }
}

function calendarOf(
  day: number,
  [hour, minute, second, fraction]: readonly [string, string, string, string],
  half: string,
  zone: string | undefined,
): Calendar | undefined {
  const hours = hourOf(Number(hour), half)
  const local =
    day * dayUs + clockOf(hours, Number(minute), Number(second), Number(fraction.padEnd(6, '0').slice(0, 6)))
  return Number.isNaN(local) ? undefined : { local, offset: offsetOf(zone) }
}

/** 12 a.m. is midnight, 12 p.m. is noon. */
function hourOf(hour: number, half: string): number {
  if (half === '') return hour
  if (hour < 1 || hour > 12) return Number.NaN
  const isLate = /^p|下午/i.test(half)
  return (hour % 12) + (isLate ? 12 : 0)
}

function offsetOf(zone: string | undefined): number | undefined {
  if (zone === undefined) return undefined
  const match = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone)
  if (!match) return 0
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? '0')
  return (match[1] === '-' ? -1 : 1) * minutes * 60 * secondUs
}

/** 24:00:00 is the end of the day (ISO 8601), a leap second the one after it. */
function clockOf(hour: number, minute: number, second: number, fraction: number): number {
  const isEnd = hour === 24 && minute === 0 && second === 0 && fraction === 0
  if (!(isEnd || (hour <= 23 && minute <= 59 && second <= 60))) return Number.NaN
  return ((hour * 60 + minute) * 60 + second) * secondUs + fraction
}

const monthLengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** Days since 1970 of a date of the Gregorian calendar; NaN where there is no such day. */
function dayOf(year: number, month: number, day: number): number {
  if (!(month >= 1 && month <= 12 && day >= 1)) return Number.NaN
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  if (day > monthLengths[month - 1]! + (isLeap && month === 2 ? 1 : 0)) return Number.NaN
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
}
