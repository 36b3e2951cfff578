import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Tag } from '#model'
import { jsonNumber } from '../views/value.ts'
import { type Column, type ColumnBatch, textSliceRows, type Values } from './columns.ts'

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
  yield `${JSON.stringify({ ...head, time: 0 }).slice(0, -2)}[`
  yield* column(batches, 0, (values) => (row) => String(values.numbers![row]))
  yield '],"series":['
  for (const [index, { id, thing, property, type, unit }] of tags.entries()) {
    const about = JSON.stringify({ tag: id, thing, property, type, ...(unit !== undefined && { unit }) })
    yield `${index > 0 ? ',' : ''}${about.slice(0, -1)},"value":[`
    yield* column(batches, index + 1, (values) => cellsOf(columns[index + 1]!, values))
    yield ']}'
  }
  yield ']}'
}

async function* column(
  batches: readonly ColumnBatch[],
  index: number,
  cells: (values: Values) => (row: number) => string,
): AsyncGenerator<string> {
  let comma = ''
  for (const { count, columns } of batches) {
    const cell = cells(columns[index]!)
    for (let from = 0; from < count; from += textSliceRows) {
      if (comma !== '') await nextTurn()
      let text = ''
      for (let row = from; row < Math.min(count, from + textSliceRows); row++) {
        text += comma + cell(row)
        comma = ','
      }
      yield text
    }
  }
}

function cellsOf({ kind }: Column, { numbers = [], texts = [], large }: Values): (row: number) => string {
  if (kind === 'text') return (row) => JSON.stringify(texts[row] ?? null)
  if (kind === 'boolean') return (row) => (Number.isNaN(numbers[row]!) ? 'null' : String(numbers[row] !== 0))
  return (row) => {
    const big = large?.[row] ?? null
    return big === null ? jsonNumber(numbers[row]!) : `"${big}"`
  }
}
