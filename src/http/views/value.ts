import type { Value } from '#model'

/** A value as JSON can carry it: large integers as decimal text, what is not finite as null. */
export function valueView(value: Value): number | boolean | string | null {
  if (typeof value === 'bigint') return value.toString()
  return typeof value === 'number' && !Number.isFinite(value) ? null : value
}

export const numberOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null)
