import type { Value } from '#model'

/** A value as JSON can carry it: large integers as decimal text, what is not finite as null. */
export function valueView(value: Value): number | boolean | string | null {
  if (typeof value === 'bigint') return value.toString()
  return typeof value === 'number' && !Number.isFinite(value) ? null : value
}

export const numberOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** The same as JSON text; the sign of a zero is kept. */
export function jsonNumber(value: number): string {
  if (!Number.isFinite(value)) return 'null'
  return value === 0 && Object.is(value, -0) ? '-0' : String(value)
}
