import type { LocalText, PropertyView, Value } from './contract.ts'
import { unitSymbol } from './units.ts'

export type Language = 'en' | 'zh'
const minute = 60
const hour = 3600
const day = 86_400

const numberFormats = new Map<number, Intl.NumberFormat>()

/**
 * A number for people: `1,234.5`, minus as `−`, never more digits than `decimals`. Without `decimals`, integers stay whole
 * and everything else gets about four significant digits.
 */
export function formatNumber(value: number, decimals: number = usefulDecimals(value)): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '—' : value > 0 ? '∞' : '−∞'
  let format = numberFormats.get(decimals)
  if (!format) {
    format = new Intl.NumberFormat('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
    numberFormats.set(decimals, format)
  }
  const text = format.format(value)
  return /^-[0,.]*$/.test(text) ? text.slice(1) : text.replace('-', '−')
}

function usefulDecimals(value: number): number {
  if (Number.isInteger(value) || value === 0) return 0
  const before = Math.floor(Math.log10(Math.abs(value))) + 1
  return Math.min(6, Math.max(0, 4 - before))
}

/** Integers beyond 2^53 arrive as decimal strings; they are grouped without ever becoming a number. */
const groupDigits = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, ',').replace('-', '−')

/** The words a value needs that are not numbers. */
export interface ValueWords {
  readonly on: string
  readonly off: string
}

/** A value without its unit; `—` where there is none. */
export function formatValue(
  value: Value | undefined,
  property: Pick<PropertyView, 'type' | 'decimals'>,
  words: ValueWords,
): string {
  if (value === null || value === undefined) return '—'
  if (typeof value === 'boolean') return value ? words.on : words.off
  if (typeof value === 'number') return formatNumber(value, property.type === 'integer' ? 0 : property.decimals)
  return property.type === 'integer' && /^-?\d+$/.test(value) ? groupDigits(value) : value
}

/** A value with its unit, a space between: `6.38 bar`. */
export function formatValueWithUnit(
  value: Value | undefined,
  property: Pick<PropertyView, 'type' | 'decimals' | 'unit'>,
  words: ValueWords,
): string {
  const text = formatValue(value, property, words)
  const unit = unitSymbol(property.unit)
  return unit === '' || value === null || value === undefined ? text : `${text} ${unit}`
}

/** `6.60–7.40`; bounds get the digits of the property. */
export const formatBounds = (min: number, max: number, decimals?: number): string =>
  `${formatNumber(min, decimals)}–${formatNumber(max, decimals)}`

/** How old something is: `0.4 s`, `42 s`, `11 min`, `26 h`, `3 d`. Never negative. */
export function formatAge(ageUs: number): string {
  const seconds = Math.max(0, ageUs / 1e6)
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  return formatSpan(seconds)
}

/** A length of time in whole units: `8 s`, `14 min`, `3 h`, `12 d`. */
export function formatSpan(seconds: number): string {
  if (seconds < minute) return `${Math.floor(seconds)} s`
  if (seconds < hour) return `${Math.floor(seconds / minute)} min`
  if (seconds < 2 * day) return `${Math.floor(seconds / hour)} h`
  return `${Math.floor(seconds / day)} d`
}

/** `14 %`, `0.02 %`, `< 0.01 %`. */
export function formatShare(share: number): string {
  const percent = share * 100
  if (percent > 0 && percent < 0.01) return '< 0.01 %'
  return `${formatNumber(percent, percent === 0 || percent >= 10 ? 0 : percent >= 1 ? 1 : 2)} %`
}

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** Bytes as `[number, unit]`, three digits: `['412', 'GiB']`. */
export function formatBytes(bytes: number): [number: string, unit: string] {
  let size = bytes
  let unit = 0
  while (size >= 1000 && unit < byteUnits.length - 1) {
    size /= 1024
    unit++
  }
  return [formatNumber(size, unit === 0 || size >= 99.95 ? 0 : 1), byteUnits[unit]!]
}

const clockFormats = new Map<string, Intl.DateTimeFormat>()

function partsOf(timeUs: number, zone: string): Record<string, string> {
  let format = clockFormats.get(zone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      hourCycle: 'h23',
      weekday: 'long',
      year: 'numeric',
      month: 'long',
      day: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
    clockFormats.set(zone, format)
  }
  return Object.fromEntries(format.formatToParts(timeUs / 1000).map(({ type, value }) => [type, value]))
}

/** Time of day in the zone of the site, 24 h: `10:42`, with seconds where asked. */
export function formatClock(timeUs: number, zone: string, seconds = false): string {
  const parts = partsOf(timeUs, zone)
  return `${parts['hour']}:${parts['minute']}${seconds ? `:${parts['second']}` : ''}`
}

const months = 'January February March April May June July August September October November December'.split(' ')
const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
const chineseWeekdays = ['一', '二', '三', '四', '五', '六', '日']

/** `24 November`, `11 月 24 日`. */
export function formatDate(timeUs: number, zone: string, language: Language): string {
  const parts = partsOf(timeUs, zone)
  if (language === 'en') return `${parts['day']} ${parts['month']}`
  return `${months.indexOf(parts['month']!) + 1} 月 ${parts['day']} 日`
}

/** `Tuesday 24 November`, `11 月 24 日星期二`. */
export function formatDayOfWeek(timeUs: number, zone: string, language: Language): string {
  const weekday = partsOf(timeUs, zone)['weekday']!
  const date = formatDate(timeUs, zone, language)
  return language === 'en' ? `${weekday} ${date}` : `${date}星期${chineseWeekdays[weekdays.indexOf(weekday)]}`
}

/** Time of day today, else with its date: what a list of events shows. */
export function formatMoment(timeUs: number, nowUs: number, zone: string, language: Language): string {
  const clock = formatClock(timeUs, zone)
  const date = formatDate(timeUs, zone, language)
  return date === formatDate(nowUs, zone, language) ? clock : `${date} ${clock}`
}

const shortMonths = months.map((month) => month.slice(0, 3))

/** What an axis says at a round time: as little as tells it from its neighbours. `stepUs` is their distance. */
export function formatTick(timeUs: number, stepUs: number, zone: string, language: Language): string {
  const day = 86_400e6
  if (stepUs < 1e6)
    return `${formatClock(timeUs, zone, true)}.${String(Math.floor((timeUs % 1e6) / 1e3)).padStart(3, '0')}`
  const parts = partsOf(timeUs, zone)
  const midnight = parts['hour'] === '00' && parts['minute'] === '00' && parts['second'] === '00'
  if (stepUs < day && !midnight) return formatClock(timeUs, zone, stepUs < 60e6)
  if (stepUs < 28 * day) return formatShortDate(timeUs, zone, language)
  const month = months.indexOf(parts['month']!)
  if (stepUs >= 360 * day || month === 0) return language === 'en' ? parts['year']! : `${parts['year']} 年`
  return language === 'en' ? shortMonths[month]! : `${month + 1} 月`
}

/** `24 Nov`, `11 月 24 日`. */
export function formatShortDate(timeUs: number, zone: string, language: Language): string {
  if (language === 'zh') return formatDate(timeUs, zone, language)
  const parts = partsOf(timeUs, zone)
  return `${parts['day']} ${shortMonths[months.indexOf(parts['month']!)]}`
}

/** A span as short as it can be told: `10:05–10:25` today, `24 Nov 10:05 – 25 Nov 02:00`, `1 Mar 2025 – 24 Nov 2026`. */
export function formatSpanBetween(
  fromUs: number,
  toUs: number,
  nowUs: number,
  zone: string,
  language: Language,
): string {
  const day = 86_400e6
  const [from, to] = [formatShortDate(fromUs, zone, language), formatShortDate(toUs, zone, language)]
  const years = [partsOf(fromUs, zone)['year']!, partsOf(toUs, zone)['year']!]
  if (toUs - fromUs > 60 * day) {
    const dated = (text: string, year: string) => (language === 'en' ? `${text} ${year}` : `${year} 年 ${text}`)
    return `${dated(from, years[0]!)} – ${dated(to, years[1]!)}`
  }
  if (toUs - fromUs > 5 * day) return `${from} – ${to}`
  const seconds = toUs - fromUs < 300e6
  const [a, b] = [formatClock(fromUs, zone, seconds), formatClock(toUs, zone, seconds)]
  if (from !== to) return `${from} ${a} – ${to} ${b}`
  return from === formatShortDate(nowUs, zone, language) ? `${a}–${b}` : `${from} ${a}–${b}`
}

/** A length of time in two units at most: `20 min`, `1 h 5 min`, `3 d 4 h`, `0.4 s`. */
export function formatLength(us: number): string {
  const seconds = us / 1e6
  if (seconds < 0.0995) return `${formatNumber(us / 1e3, us < 9950 ? 1 : 0)} ms`
  if (seconds < minute) {
    const tenths = Math.round(seconds * 10)
    return `${formatNumber(tenths / 10, seconds < 9.95 && tenths % 10 !== 0 ? 1 : 0)} s`
  }
  const units = [
    [day, 'd'],
    [hour, 'h'],
    [minute, 'min'],
    [1, 's'],
  ] as const
  const at = units.findIndex(([length]) => seconds >= length * 0.9999)
  const [length, unit] = units[at]!
  const next = units[at + 1]
  let whole = Math.floor(seconds / length + 1e-4)
  let rest = next ? Math.round((seconds - whole * length) / next[0]) : 0
  if (next && rest * next[0] >= length) {
    whole++
    rest = 0
  }
  return rest > 0 ? `${whole} ${unit} ${rest} ${next![1]}` : `${whole} ${unit}`
}

/** A span between two times: `09:42–10:42`, with dates where it leaves the day. */
export function formatPeriod(fromUs: number, toUs: number, zone: string, language: Language): string {
  const [from, to] = [formatDate(fromUs, zone, language), formatDate(toUs, zone, language)]
  if (from === to) return `${from} ${formatClock(fromUs, zone)}–${formatClock(toUs, zone)}`
  return `${from} ${formatClock(fromUs, zone)} – ${to} ${formatClock(toUs, zone)}`
}

/** The text of a language, English where the Chinese is missing. */
export function localText(text: LocalText | undefined, language: Language): string {
  if (text === undefined) return ''
  if (typeof text === 'string') return text
  return (language === 'zh' ? text.zh : undefined) ?? text.en
}
