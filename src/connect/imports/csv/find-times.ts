import { IwError } from '#kernel'
import { readCalendar, type TimeFormat, TimeReader } from './times.ts'

/** A way to read times, and what it makes of the cells: µs as if the zone were UTC, NaN where it is none. */
interface Reading {
  readonly format: TimeFormat
  readonly times: readonly number[]
}

/** So much of a column has to be times for it to be the column of times. */
const leastShare = 0.9

/**
 * Finds how the times of a column are written; undefined where they are no times. Throws `IW_CONNECT_IMPORT_PLAN` where
 * day and month cannot be told apart.
 */
export function findTimeFormat(cells: readonly string[], what: string): TimeFormat | undefined {
  const filled = cells.filter((cell) => cell !== '')
  if (filled.length === 0) return undefined
  const epoch = epochFormat(filled)
  if (epoch) return epoch
  const fitting = (['ymd', 'dmy', 'mdy'] as const).map((format) => read(filled, format)).filter(isMostlyTimes)
  if (fitting.length < 2) return fitting[0]?.format
  if (fitting[0]!.format === 'ymd' && /^\d{4}/.test(filled[0]!)) return 'ymd'
  return apart(filled, fitting, what)
}

/** `03.04.2026` is German; with slashes or dashes the order of the rows may tell, or nothing does. */
function apart(cells: readonly string[], fitting: readonly Reading[], what: string): TimeFormat {
  if (/^\d{1,2}\.\d{1,2}\.\d/.test(cells[0]!)) return 'dmy'
  const inOrder = fitting.map((reading) => ({ reading, steps: steadiness(reading.times) }))
  const [best, next] = inOrder.toSorted((a, b) => b.steps - a.steps)
  if (best && next && best.steps > next.steps) return best.reading.format
  throw new IwError(
    'IW_CONNECT_IMPORT_PLAN',
    `${what}: "${cells[0]}" may have the day or the month first: tell with timeFormat dmy or mdy (--time-format)`,
  )
}

const read = (cells: readonly string[], format: 'ymd' | 'dmy' | 'mdy'): Reading => ({
  format,
  times: cells.map((cell) => readCalendar(cell, format)?.local ?? Number.NaN),
})

const isMostlyTimes = ({ times }: Reading): boolean =>
  times.filter((time) => !Number.isNaN(time)).length >= times.length * leastShare

/** How alike the steps from row to row are: the share that goes forward by at most 32 days, or back by as much. */
function steadiness(times: readonly number[]): number {
  const steps = times.slice(1).map((time, row) => time - times[row]!)
  const near = 27 * 86_400e6
  const forward = steps.filter((step) => step >= 0 && step < near).length
  const back = steps.filter((step) => step <= 0 && step > -near).length
  return Math.max(forward, back)
}

/** By their size; `20260131120000` is no count but a date. */
function epochFormat(cells: readonly string[]): TimeFormat | undefined {
  const numbers = cells
    .filter((cell) => /^\d{1,20}(?:[.,]\d+)?$/.test(cell))
    .map((cell) => Number(cell.replace(',', '.')))
  if (numbers.length < cells.length * leastShare) return undefined
  const middle = numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!
  const dates = cells.filter((cell) => /^(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])(?:\d{4}|\d{6})?$/.test(cell))
  if (dates.length >= cells.length * leastShare) return 'ymd'
  // 1973 to 2096, and for Excel 1954 to 2119.
  if (middle >= 20_000 && middle < 80_000) return 'excel'
  if (middle >= 1e8 && middle < 4e9) return 's'
  if (middle >= 1e11 && middle < 4e12) return 'ms'
  if (middle >= 1e14 && middle < 4e15) return 'us'
  if (middle >= 1e17 && middle < 4e18) return 'ns'
  return undefined
}

/** Whether the rows stand newest first. */
export function isDescending(cells: readonly string[], format: TimeFormat): boolean {
  const reader = new TimeReader(format, 'UTC', { descending: false, inDoubt: new Map() })
  const times = cells.map((cell) => reader.read(cell, '')).filter((time) => !Number.isNaN(time))
  let back = 0
  for (let row = 1; row < times.length; row++) back += Math.sign(times[row]! - times[row - 1]!)
  return back < 0
}
