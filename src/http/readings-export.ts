import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Microseconds } from '#kernel'
import type { Tag } from '#model'
import type { Historian, RangeQuery, Series } from '#ports'
import { rowQuality, rowValue } from './views/series.ts'

/** Rows encoded between two turns of the event loop: about a millisecond of work. */
const sliceRows = 4_096

/**
 * A page of readings as JSON text, in slices, so that 100,000 rows neither hold up the others nor stand in memory twice.
 */
export async function* readingsAsJson(tag: Tag, series: Series, next: string | undefined): AsyncGenerator<string> {
  const { id, thing, property, type, unit } = tag
  yield `${JSON.stringify({ tag: id, thing, property, type, ...(unit !== undefined && { unit }) }).slice(0, -1)},"time":[`
  yield* inSlices(series.count, (row) => String(series.time[row]!))
  yield '],"value":['
  yield* inSlices(series.count, (row) => JSON.stringify(rowValue(series, type, row)))
  yield '],"quality":['
  yield* inSlices(series.count, (row) => `"${rowQuality(series, row)}"`)
  yield next === undefined ? ']}' : `],"next":${JSON.stringify(next)}}`
}

async function* inSlices(count: number, cell: (row: number) => string): AsyncGenerator<string> {
  for (let from = 0; from < count; from += sliceRows) {
    if (from > 0) await nextTurn()
    const cells: string[] = []
    for (let row = from; row < Math.min(count, from + sliceRows); row++) cells.push(cell(row))
    yield from === 0 ? cells.join(',') : `,${cells.join(',')}`
  }
}

/**
 * Readings as CSV (RFC 4180, UTF-8), `rows` at most, read page by page while they are sent: a year does not have to fit in
 * memory.
 */
export async function* readingsAsCsv(
  historian: Historian,
  tag: Tag,
  query: Omit<RangeQuery, 'limit'>,
  rows: number,
): AsyncGenerator<string> {
  yield 'time,thing,property,value,unit,quality\r\n'
  let left = rows
  let range = query
  while (left > 0) {
    const series = await historian.read({ ...range, limit: Math.min(left, sliceRows) })
    yield csvRows(tag, series)
    if (!series.more || series.count === 0) return
    left -= series.count
    range = { ...range, ...restOfRange(series, range.descending === true) }
    await nextTurn()
  }
}

/** What of a range comes after the last row of a page. */
export function restOfRange(series: Series, descending: boolean): { from: Microseconds } | { to: Microseconds } {
  const last = series.time[series.count - 1]!
  return descending ? { to: last } : { from: last + 1 }
}

function csvRows(tag: Tag, series: Series): string {
  const before = `${csvCell(tag.thing)},${csvCell(tag.property)},`
  const unit = csvCell(tag.unit ?? '')
  const lines: string[] = []
  for (let row = 0; row < series.count; row++) {
    const value = rowValue(series, tag.type, row)
    const cell = value === null ? '' : csvCell(String(value))
    lines.push(`${isoTime(series.time[row]!)},${before}${cell},${unit},${rowQuality(series, row)}\r\n`)
  }
  return lines.join('')
}

/** RFC 4180 §2.6: quoted where it holds a comma, a quote or a line break. */
const csvCell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/** ISO 8601 in UTC with all six digits after the second. */
export function isoTime(time: Microseconds): string {
  const ms = Math.floor(time / 1000)
  return `${new Date(ms).toISOString().slice(0, -1)}${String(time - ms * 1000).padStart(3, '0')}Z`
}
