import { z } from 'zod'
import { IwError, latestTime, type Microseconds } from '#kernel'

const unitsUs: Readonly<Record<string, number>> = {
  us: 1,
  ms: 1e3,
  s: 1e6,
  m: 60e6,
  h: 3_600e6,
  d: 86_400e6,
  w: 604_800e6,
}
const isoPattern = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?)?$/i

/** A point in time as a request may write it: fixed, or counted back from the moment the request is served. */
export type Moment = { readonly at: Microseconds } | { readonly before: Microseconds }

/**
 * Reads µs since 1970, ISO 8601 (UTC where no zone is given, finer than µs cut off), `now`, or a time before now such as
 * `-1h`. Undefined where it is none of them or outside 1970–2255.
 */
export function parseMoment(text: string): Moment | undefined {
  if (text === 'now') return { before: 0 }
  const relative = /^-(\d{1,9})(us|ms|s|m|h|d|w)$/.exec(text)
  if (relative) return { before: Number(relative[1]) * unitsUs[relative[2]!]! }
  const at = /^\d{1,16}$/.test(text) ? Number(text) : parseIso(text)
  return at !== undefined && at >= 0 && at <= latestTime ? { at } : undefined
}

function parseIso(text: string): Microseconds | undefined {
  const match = isoPattern.exec(text)
  if (!match) return undefined
  const [, day, minute = '00:00', second = '00', fraction = '', zone = 'Z'] = match
  if (!isDay(day!)) return undefined
  const ms = Date.parse(`${day}T${minute}:${second}${zone.toUpperCase()}`)
  return Number.isNaN(ms) ? undefined : ms * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6))
}

/** Date.parse rolls the 30th of February over into March. */
function isDay(day: string): boolean {
  const ms = Date.parse(`${day}T00:00Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day)
}

/** A time of a request, as µs, once `now` is known. */
export const resolveMoment = (moment: Moment, now: Microseconds): Microseconds =>
  'at' in moment ? moment.at : Math.max(0, now - moment.before)

/** Query fields for times. */
export const momentText = z
  .string()
  .transform((text, context) => {
    const moment = parseMoment(text)
    if (moment) return moment
    context.addIssue({ code: 'custom', message: 'not a time: give µs since 1970, ISO 8601, now, or such as -1h' })
    return z.NEVER
  })
  .describe('µs since 1970-01-01 UTC, ISO 8601, `now`, or before now: `-1h` (us, ms, s, m, h, d, w)')

const hourUs = 3_600e6

/** The range of a question: the last hour to the end of time where it says nothing. Throws `IW_HISTORIAN_RANGE`. */
export function resolveRange(
  { from, to }: { from?: Moment | undefined; to?: Moment | undefined },
  now: Microseconds,
): { from: Microseconds; to: Microseconds } {
  const range = {
    from: from ? resolveMoment(from, now) : Math.max(0, (to ? resolveMoment(to, now) : now) - hourUs),
    to: to ? resolveMoment(to, now) : latestTime,
  }
  if (range.from >= range.to)
    throw new IwError('IW_HISTORIAN_RANGE', `The range from ${range.from} to ${range.to} µs is empty`)
  return range
}
