import type { FastifyReply } from 'fastify'
import { qualityNames } from '#model'
import type { SqlTable } from '#ports'
import type { House } from '../house.ts'
import type { Column, ColumnBatch, Table, Values } from './columns.ts'
import { sendParquet } from './parquet.ts'

const sqlTypes = {
  time: 'TIMESTAMPTZ',
  number: 'DOUBLE',
  integer: 'BIGINT',
  boolean: 'BIGINT',
  text: 'VARCHAR',
  word: 'VARCHAR',
} as const

/** Sends a table that is no question over readings as a Parquet file. It is held in memory: bound it before. */
export async function sendTableAsParquet(
  house: House,
  answer: FastifyReply,
  { columns, batches }: Table,
  name: string,
): Promise<FastifyReply> {
  const rows: (string | number | null)[][] = []
  for await (const batch of batches) rows.push(...rowsOf(columns, batch))
  const table: SqlTable = {
    name: 'answer',
    columns: columns.map(({ name: column, kind }) => ({ name: column, type: sqlTypes[kind] })),
    rows,
  }
  const selected = columns.map(({ name: column, kind }) => {
    const quoted = `"${column.replaceAll('"', '""')}"`
    return kind === 'boolean' ? `CAST(${quoted} AS BOOLEAN) AS ${quoted}` : quoted
  })
  return await sendParquet(house, answer, { sql: `SELECT ${selected.join(', ')} FROM answer`, tables: [table] }, name)
}

function rowsOf(columns: readonly Column[], { count, columns: values }: ColumnBatch): (string | number | null)[][] {
  const cells = columns.map((column, index) => cellOf(column, values[index]!))
  return Array.from({ length: count }, (_, row) => cells.map((cell) => cell(row)))
}

function cellOf({ kind, words = qualityNames }: Column, { numbers = [], texts = [], large }: Values) {
  if (kind === 'text') return (row: number) => texts[row] ?? null
  if (kind === 'word') return (row: number) => words[numbers[row]!] ?? null
  return (row: number) => {
    const number = numbers[row]!
    return large?.[row]?.toString() ?? (Number.isNaN(number) ? null : number)
  }
}
