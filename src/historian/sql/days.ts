import type { DuckDBConnection } from '@duckdb/node-api'
import type { DayRanges } from './views.ts'

/** The days of the rows of a table, with the first and last time of each. */
export async function daysOf(connection: DuckDBConnection, table: string): Promise<DayRanges> {
  const found = await connection.runAndReadAll(
    `SELECT epoch_us(time) // 86400000000 AS day, epoch_us(min(time)), epoch_us(max(time)) FROM ${table} GROUP BY day`,
  )
  return new Map(found.getRows().map(([day, from, to]) => [Number(day), { from: Number(from), to: Number(to) }]))
}
