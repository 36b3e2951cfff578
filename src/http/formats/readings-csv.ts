import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Microseconds } from '#kernel'
import type { Tag } from '#model'
import type { Historian, Series } from '#ports'
import { rowQuality } from '../views/series.ts'
import { textSliceRows } from './columns.ts'
import { csvCell, csvNumber, csvText } from './csv.ts'
import { isoTime } from './iso-time.ts'

interface Range {
  readonly from: Microseconds
  readonly to: Microseconds
  readonly descending?: boolean
}

/**
 * Readings of tags as CSV, at most `rows`, read while they are sent: a year does not have to fit in memory. One column
 * holds the values of all types: texts and whole numbers of 64 bits stand where doubles do.
 */
export async function* readingsAsCsv(
  historian: Historian,
  tags: readonly Tag[],
  range: Range,
  rows = Number.POSITIVE_INFINITY,
): AsyncGenerator<string> {
  yield 'time,thing,property,value,unit,quality\r\n'
  let left = rows
  for (const tag of tags) {
    for await (const series of historian.scan({ tag: tag.id, ...range })) {
      const count = Math.min(series.count, left)
      for (let from = 0; from < count; from += textSliceRows) {
        yield csvRows(tag, series, from, Math.min(count, from + textSliceRows))
        await nextTurn()
      }
      left -= count
      if (left <= 0) return
    }
  }
}

function csvRows(tag: Tag, series: Series, from: number, to: number): string {
  const before = `${csvCell(tag.thing)},${csvCell(tag.property)},`
  const after = `,${csvCell(tag.unit ?? '')},`
  const value = csvValue(series, tag.type)
  let text = ''
  for (let row = from; row < to; row++)
    text += `${isoTime(series.time[row]!)},${before}${value(row)}${after}${rowQuality(series, row)}\r\n`
  return text
}

function csvValue({ value, text, integer }: Series, type: Tag['type']): (row: number) => string {
  if (type === 'string') return (row) => csvText(text?.[row] ?? null)
  if (type === 'boolean') return (row) => (Number.isNaN(value[row]!) ? '' : String(value[row] !== 0))
  return (row) => integer?.[row]?.toString() ?? csvNumber(value[row]!)
}
