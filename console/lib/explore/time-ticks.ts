import { fromLocal, toLocal } from '../zoned.ts'

const second = 1e6
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** A step of the axis: a fixed length by the clock on the wall, or months of the calendar. */
type TickStep = { readonly us: number } | { readonly months: number }

const fixed = [
  1e3,
  2e3,
  5e3,
  10e3,
  20e3,
  50e3,
  100e3,
  200e3,
  500e3,
  ...[1, 2, 5, 10, 15, 30].map((n) => n * second),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
  ...[1, 2, 3, 6, 12].map((n) => n * hour),
  ...[1, 2, 7, 14].map((n) => n * day),
]
const monthly = [1, 3, 6, 12, 24, 60, 120, 240]

export interface TimeTicks {
  readonly step: TickStep
  /** µs, ascending. */
  readonly at: readonly number[]
}

/** Round times within a range, at most `most` of them, by the clock of a zone. */
export function timeTicks(from: number, to: number, zone: string, most: number): TimeTicks {
  const span = to - from
  const us = fixed.find((step) => span / step <= most)
  if (us !== undefined && us <= 14 * day) return { step: { us }, at: fixedTicks(from, to, zone, us) }
  const months = monthly.find((count) => span / (count * 30.4 * day) <= most) ?? monthly.at(-1)!
  return { step: { months }, at: monthTicks(from, to, zone, months) }
}

function fixedTicks(from: number, to: number, zone: string, step: number): number[] {
  const at: number[] = []
  // A Monday, so that weeks begin on one.
  const anchor = step % (7 * day) === 0 ? -3 * day : 0
  const first = Math.ceil((toLocal(from, zone) - anchor) / step) * step + anchor
  for (let local = first; at.length < 1000; local += step) {
    const tick = step < hour ? local - (toLocal(from, zone) - from) : fromLocal(local, zone)
    if (tick > to) break
    if (tick >= from && tick > (at.at(-1) ?? Number.NEGATIVE_INFINITY)) at.push(tick)
  }
  return at
}

function monthTicks(from: number, to: number, zone: string, months: number): number[] {
  const at: number[] = []
  const begin = new Date(toLocal(from, zone) / 1000)
  const first = Math.floor((begin.getUTCFullYear() * 12 + begin.getUTCMonth()) / months) * months
  for (let month = first; at.length < 1000; month += months) {
    const tick = fromLocal(Date.UTC(Math.floor(month / 12), month % 12, 1) * 1000, zone)
    if (tick > to) break
    if (tick >= from) at.push(tick)
  }
  return at
}
