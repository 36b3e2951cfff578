import { setImmediate as nextTurn } from 'node:timers/promises'
import type { SqlBatch, SqlColumn, SqlEnd } from '#ports'
import { textSliceRows } from './columns.ts'
import { openArray } from './json-cells.ts'

/** An answer as `sqlAnswer` of the contract, written as it is read. Infinities are `"inf"` and `"-inf"`, NaN is null. */
export async function* sqlAsJson(
  columns: readonly SqlColumn[],
  batches: AsyncGenerator<SqlBatch, SqlEnd, undefined>,
): AsyncGenerator<string> {
  yield openArray({ columns }, 'rows')
  let comma = ''
  for (;;) {
    const step = await batches.next()
    if (step.done) {
      const { truncated, ms } = step.value
      yield `],"truncated":${truncated},"ms":${Math.round(ms * 10) / 10}}`
      return
    }
    const { count, columns: cells } = step.value
    for (let from = 0; from < count; from += textSliceRows) {
      let text = ''
      for (let row = from; row < Math.min(count, from + textSliceRows); row++) {
        text += `${comma}[${cells.map((column) => jsonCell(column[row])).join(',')}]`
        comma = ','
      }
      yield text
      await nextTurn()
    }
  }
}

function jsonCell(cell: unknown): string {
  if (typeof cell === 'bigint') return `"${cell}"`
  if (typeof cell === 'number' && !Number.isFinite(cell))
    return Number.isNaN(cell) ? 'null' : cell > 0 ? '"inf"' : '"-inf"'
  return JSON.stringify(cell ?? null)
}
