import type { Tag, Value } from '#model'
import type { ReadingRow, ScanQuery, Series } from '#ports'
import type { RowPage } from '../parts/chunk.ts'
import { MergedRows } from './merge.ts'
import { SeriesBuilder } from './series.ts'
import type { Range, RowSource } from './source.ts'
import { type QueryContext, setAsideOrThrow, viewOf } from './view.ts'

const sliceRows = 16_384

/**
 * The rows of a range in slices. A part that turns out to be damaged is set aside, and the rest goes on after the last row
 * that was given.
 */
export async function* scanRows(
  context: QueryContext,
  tag: Tag,
  query: ScanQuery,
): AsyncGenerator<Series, void, undefined> {
  const descending = query.descending ?? false
  let { from, to } = query
  for (;;) {
    const view = viewOf(context, tag)
    try {
      for await (const slice of slicesOf(view.sources, { tag: tag.id, from, to, descending }, tag.type === 'string')) {
        yield slice
        const last = slice.time[slice.count - 1]!
        if (descending) to = last
        else from = last + 1
      }
      return
    } catch (error) {
      await setAsideOrThrow(context, error)
    } finally {
      view.release()
    }
    if (!(from < to)) return
  }
}

async function* slicesOf(sources: readonly RowSource[], range: Range, isString: boolean): AsyncGenerator<Series> {
  const rows = new MergedRows(sources, range)
  const newBuilder = () => new SeriesBuilder(sliceRows, isString, range.descending)
  let builder = newBuilder()
  try {
    for (let more = rows.next(); more === true || (more !== false && (await more)); more = rows.next()) {
      for (let left = rows.end - rows.begin; left > 0; ) {
        // Only once there is a row more is it known that the full slice is not the last.
        if (builder.count === sliceRows) {
          yield builder.build(range.tag, true)
          builder = newBuilder()
        }
        const count = Math.min(left, sliceRows - builder.count)
        const begin = range.descending ? rows.begin + left - count : rows.end - left
        builder.take(rows.page, begin, begin + count)
        left -= count
      }
    }
    if (builder.count > 0) yield builder.build(range.tag)
  } finally {
    await rows.close()
  }
}

/** The first row of a range in its direction. */
export async function firstRow(
  sources: readonly RowSource[],
  range: Range,
): Promise<{ readonly page: RowPage; readonly row: number } | undefined> {
  const rows = new MergedRows(sources, range)
  try {
    if (!(await rows.next())) return undefined
    return { page: rows.page, row: range.descending ? rows.end - 1 : rows.begin }
  } finally {
    await rows.close()
  }
}

/** A row as rooms and surfaces speak of it. */
export function readingRow(page: RowPage, row: number, tag: Tag): ReadingRow {
  return { time: page.time[row]!, value: valueAt(page, row, tag), quality: page.quality[row]! }
}

function valueAt(page: RowPage, row: number, { type }: Tag): Value {
  if (type === 'string') return page.text?.[row] ?? null
  const large = page.integer?.[row] ?? null
  if (large !== null) return large
  const number = page.value[row]!
  if (Number.isNaN(number)) return null
  return type === 'boolean' ? number !== 0 : number
}
