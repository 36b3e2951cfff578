import { setImmediate as nextTurn } from 'node:timers/promises'
import { textSliceRows } from './columns.ts'

/** Some cells of a JSON array that follow one another. */
export interface JsonPart {
  readonly count: number
  cell(row: number): string
}

/** What stands between the brackets of a JSON array, in slices with a turn of the event loop between them. */
export async function* jsonCells(parts: Iterable<JsonPart>): AsyncGenerator<string> {
  let comma = ''
  for (const { count, cell } of parts) {
    for (let from = 0; from < count; from += textSliceRows) {
      if (comma !== '') await nextTurn()
      const to = Math.min(count, from + textSliceRows)
      let text = ''
      for (let row = from; row < to; row++) {
        text += comma + cell(row)
        comma = ','
      }
      yield text
    }
  }
}

/** `{…fields,"name":[`: an object of which an array is still to come. */
export const openArray = (fields: object, name: string): string => {
  const text = JSON.stringify(fields)
  return `${text.slice(0, -1)}${text === '{}' ? '' : ','}"${name}":[`
}
