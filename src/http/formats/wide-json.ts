import type { Tag } from '#model'
import { jsonNumber } from '../views/value.ts'
import type { Column, ColumnBatch, Values } from './columns.ts'
import { jsonCells, openArray } from './json-cells.ts'
import { tagHead } from './readings-json.ts'

/**
 * A table with a column for each tag as JSON: `{…head, time: […], series: [{tag, …, value: […]}]}`. The batches hold the
 * times first, then the tags in their order.
 */
export async function* sideBySideAsJson(
  head: object,
  tags: readonly Tag[],
  columns: readonly Column[],
  batches: readonly ColumnBatch[],
): AsyncGenerator<string> {
  const column = (index: number) =>
    jsonCells(batches.map(({ count, columns: all }) => ({ count, cell: cellOf(columns[index]!, all[index]!) })))
  yield openArray(head, 'time')
  yield* column(0)
  yield '],"series":['
  for (const [index, tag] of tags.entries()) {
    yield `${index > 0 ? ',' : ''}${openArray(tagHead(tag), 'value')}`
    yield* column(index + 1)
    yield ']}'
  }
  yield ']}'
}

function cellOf({ kind }: Column, { numbers = [], texts = [], large }: Values): (row: number) => string {
  if (kind === 'text') return (row) => JSON.stringify(texts[row] ?? null)
  if (kind === 'boolean') return (row) => (Number.isNaN(numbers[row]!) ? 'null' : String(numbers[row] !== 0))
  return (row) => {
    const big = large?.[row] ?? null
    return big === null ? jsonNumber(numbers[row]!) : `"${big}"`
  }
}
