/**
 * Times of the clock on the wall: µs since 1970-01-01 00:00 as a clock in the zone shows it. Arithmetic on them is that of
 * the calendar; the way back knows about nights that are 23 or 25 hours long.
 */
const formats = new Map<string, Intl.DateTimeFormat>()
/** The offset of a zone changes a few times a year: looked up once an hour of time. */
const offsets = new Map<string, Map<number, number>>()
const hourMs = 3_600_000
const offsetsKept = 5000

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    formats.set(zone, format)
  }
  return format
}

function offsetMs(timeMs: number, zone: string): number {
  let known = offsets.get(zone)
  if (!known) {
    known = new Map()
    offsets.set(zone, known)
  }
  const hour = Math.floor(timeMs / hourMs)
  let offset = known.get(hour)
  if (offset === undefined) {
    offset = lookUpOffset(hour * hourMs, zone)
    if (known.size >= offsetsKept) known.clear()
    known.set(hour, offset)
  }
  return offset
}

function lookUpOffset(timeMs: number, zone: string): number {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(timeMs)
      .map(({ type, value }) => [type, value]),
  )
  const part = (name: Intl.DateTimeFormatPartTypes) => Number(parts.get(name))
  const year = parts.get('era')?.startsWith('B') ? 1 - part('year') : part('year')
  return Date.UTC(year, part('month') - 1, part('day'), part('hour'), part('minute'), part('second')) - timeMs
}

/** What a clock in the zone shows at a moment, µs. */
export const toLocal = (timeUs: number, zone: string): number => timeUs + offsetMs(timeUs / 1000, zone) * 1000

/** The moment at which a clock in the zone shows a time. One that it skips is that of an hour later. */
export function fromLocal(localUs: number, zone: string): number {
  const guess = localUs - offsetMs(localUs / 1000, zone) * 1000
  return localUs - offsetMs(guess / 1000, zone) * 1000
}

/** Moves a moment by calendar days or years: the clock shows the same time there. */
export function shiftCalendar(timeUs: number, zone: string, by: { days?: number; years?: number }): number {
  const local = toLocal(timeUs, zone)
  const date = new Date(Math.floor(local / 1000))
  const rest = local - Math.floor(local / 1000) * 1000
  const day = date.getUTCDate()
  if (by.years) {
    date.setUTCFullYear(date.getUTCFullYear() + by.years)
    // 29 February a year ago is 28 February.
    if (date.getUTCDate() !== day) date.setUTCDate(0)
  }
  if (by.days) date.setUTCDate(date.getUTCDate() + by.days)
  return fromLocal(date.getTime() * 1000 + rest, zone)
}
