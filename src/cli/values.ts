import type { PropertyView } from '#instance'
import { findUnit } from '#kernel'
import { UsageError } from './exit-codes.ts'

type Value = number | boolean | string | null

/** A value as people read it; what is missing is a dash, never a zero. */
export function shownValue(value: Value | undefined, decimals?: number): string {
  if (value === null || value === undefined) return '—'
  if (typeof value !== 'number') return String(value)
  if (decimals !== undefined) return value.toFixed(decimals)
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)))
}

/** The symbol of a UCUM code: `Cel` is °C. */
export const shownUnit = (code: string | undefined): string =>
  code === undefined ? '' : (findUnit(code)?.symbol ?? code)

/** How old a reading is: `0.4 s`, `12 min`, `3 h`, `5 d`. */
export function shownAge(timeUs: number | undefined, nowMs: number): string {
  if (timeUs === undefined) return '—'
  const seconds = Math.max(0, nowMs - timeUs / 1000) / 1000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} d`
}

/** µs since the epoch as ISO 8601 with milliseconds. */
export const shownTime = (timeUs: number): string => new Date(timeUs / 1000).toISOString()

/**
 * The value a person typed, in the type of the property. Integers beyond 2^53 stay texts of digits, as the API takes them.
 * Throws `UsageError`.
 */
export function typedValue(
  text: string,
  { name, type }: Pick<PropertyView, 'name' | 'type'>,
): number | boolean | string {
  if (type === 'string') return text
  if (type === 'boolean') {
    const value = booleans[text.toLowerCase()]
    if (value === undefined) throw new UsageError(`${name} takes true or false, not "${text}"`)
    return value
  }
  if (type === 'integer' && /^[+-]?\d+$/.test(text))
    return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text).toString()
  const value = Number(text)
  if (type === 'integer' || text.trim() === '' || !Number.isFinite(value))
    throw new UsageError(`${name} takes a ${type === 'integer' ? 'whole number' : 'number'}, not "${text}"`)
  return value
}

const booleans: Readonly<Record<string, boolean>> = {
  true: true,
  on: true,
  1: true,
  false: false,
  off: false,
  0: false,
}

/** `thing/property`, split at the first slash: ids have none, names may. */
export function splitTarget(target: string): { thing: string; property?: string } {
  const slash = target.indexOf('/')
  if (slash < 0) return { thing: target }
  return { thing: target.slice(0, slash), property: target.slice(slash + 1) }
}

export const thingPath = (thing: string): string => `/api/v1/things/${encodeURIComponent(thing)}`
export const propertyPath = (thing: string, property: string): string =>
  `${thingPath(thing)}/properties/${encodeURIComponent(property)}`
