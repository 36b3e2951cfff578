import type { Microseconds } from '#kernel'

/** Merged parts hold one UTC day. Days are counted from 1970-01-01. */
export const dayUs = 86_400e6

export const dayOf = (time: Microseconds): number => Math.floor(time / dayUs)

/** `2026-01-31`. */
export const dayName = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10)

/** `2026-01`, of a day or of a month. */
export const monthOf = (name: string): string => name.slice(0, 7)

/** From and to (exclusive), µs, of `2026-01-31` or `2026-01`. */
export function spanOfName(name: string): readonly [from: Microseconds, to: Microseconds] {
  const from = Date.parse(`${name.length === 7 ? `${name}-01` : name}T00:00:00Z`)
  if (name.length !== 7) return [from * 1000, from * 1000 + dayUs]
  const start = new Date(from)
  return [from * 1000, Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 1) * 1000]
}
