import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Column, type Table, textSliceRows, type Values } from './columns.ts'
import { isoTime } from './iso-time.ts'

/**
 * A table as CSV (RFC 4180, UTF-8), in slices. Times are ISO 8601 in UTC, numbers the shortest text that reads back as the
 * same double, infinities `inf` and `-inf`; a cell without a value is empty, an empty text is `""`.
 */
export async function* csvOf({ columns, batches }: Table): AsyncGenerator<string> {
  yield `${columns.map(({ name }) => csvCell(name)).join(',')}\r\n`
  for await (const batch of batches) {
    const cells = batch.columns.map((values, index) => cellsOf(columns[index]!, values))
    for (let from = 0; from < batch.count; from += textSliceRows) {
      if (from > 0) await nextTurn()
      yield lines(cells, from, Math.min(batch.count, from + textSliceRows))
    }
  }
}

function lines(cells: readonly ((row: number) => string)[], from: number, to: number): string {
  let text = ''
  for (let row = from; row < to; row++) {
    text += cells[0]!(row)
    for (let column = 1; column < cells.length; column++) text += `,${cells[column]!(row)}`
    text += '\r\n'
  }
  return text
}

/** How the cells of a column are written. */
function cellsOf({ kind, words = [] }: Column, { numbers = [], texts = [], large }: Values): (row: number) => string {
  switch (kind) {
    case 'time':
      return (row) => (Number.isNaN(numbers[row]!) ? '' : isoTime(numbers[row]!))
    case 'text':
      return (row) => csvText(texts[row] ?? null)
    case 'word': {
      const cells = words.map(csvText)
      return (row) => cells[numbers[row]!] ?? ''
    }
    case 'boolean':
      return (row) => (Number.isNaN(numbers[row]!) ? '' : String(numbers[row] !== 0))
    case 'integer':
      return (row) => large?.[row]?.toString() ?? csvNumber(numbers[row]!)
    case 'number':
      return (row) => csvNumber(numbers[row]!)
  }
}

/** A number so that every reader gets the same double back, the sign of zero included. */
export function csvNumber(value: number): string {
  if (Number.isFinite(value)) return value === 0 && Object.is(value, -0) ? '-0' : String(value)
  if (Number.isNaN(value)) return ''
  return value > 0 ? 'inf' : '-inf'
}

/** A text; an empty one is told from none. */
export const csvText = (text: string | null): string => (text === null ? '' : text === '' ? '""' : csvCell(text))

/** RFC 4180 §2.6: quoted where it holds a comma, a quote or a line break. */
export const csvCell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
