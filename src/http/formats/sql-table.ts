import { IwError } from '#kernel'
import type { SqlAnswer, SqlBatch, SqlColumn, SqlEnd } from '#ports'
import type { Column, ColumnBatch, ColumnKind, Table, Values } from './columns.ts'

/** What a column of an answer is in a table, by the engine's word for its type. */
function sqlKind({ type }: SqlColumn): ColumnKind {
  if (type.startsWith('TIMESTAMP')) return 'time'
  if (type === 'BOOLEAN') return 'boolean'
  if (/^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER)$/.test(type)) return 'integer'
  if (/^(DOUBLE|FLOAT|DECIMAL)/.test(type)) return 'number'
  return 'text'
}

/** An answer as a table: for CSV and Arrow. What is no number, time or truth is text, nested values as JSON. */
export function sqlTable({ columns }: SqlAnswer, batches: AsyncIterable<SqlBatch>): Table {
  const made: readonly Column[] = columns.map((column) => ({ name: column.name, kind: sqlKind(column) }))
  return { columns: made, batches: tableBatches(made, batches) }
}

async function* tableBatches(
  columns: readonly Column[],
  batches: AsyncIterable<SqlBatch>,
): AsyncGenerator<ColumnBatch> {
  for await (const { count, columns: cells } of batches)
    yield { count, columns: columns.map((column, i) => valuesOf(column, cells[i]!, count)) }
}

const longest = 2n ** 63n

function valuesOf({ name, kind }: Column, cells: ArrayLike<unknown> & Iterable<unknown>, count: number): Values {
  if (kind === 'text') return { texts: Array.from(cells, textOf) }
  if (ArrayBuffer.isView(cells)) return { numbers: cells as unknown as ArrayLike<number> }
  const numbers = new Float64Array(count)
  let large: (bigint | null)[] | undefined
  for (let i = 0; i < count; i++) {
    const cell = cells[i]
    if (typeof cell === 'bigint') {
      if (cell >= longest || cell < -longest)
        throw new IwError('IW_SQL_INVALID', `Column ${name} has ${cell}, beyond 64 bits: cast it to DOUBLE or VARCHAR`)
      large ??= new Array<bigint | null>(count).fill(null)
      large[i] = cell
      numbers[i] = Number(cell)
    } else numbers[i] = cell === null || cell === undefined ? Number.NaN : Number(cell)
  }
  return { numbers, ...(large && { large }) }
}

const textOf = (cell: unknown): string | null =>
  cell === null || cell === undefined ? null : typeof cell === 'string' ? cell : JSON.stringify(cell)

/** The batches after the first, which was taken already: what fails before any row does so with a status. */
export async function* continued(
  first: IteratorResult<SqlBatch, SqlEnd>,
  batches: AsyncGenerator<SqlBatch, SqlEnd, undefined>,
): AsyncGenerator<SqlBatch, SqlEnd, undefined> {
  try {
    for (let step = first; ; step = await batches.next()) {
      if (step.done) return step.value
      yield step.value
    }
  } finally {
    await batches.return({ rows: 0, truncated: true, ms: 0 })
  }
}
