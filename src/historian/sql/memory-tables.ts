import type { DuckDBConnection } from '@duckdb/node-api'
import { IwError } from '#kernel'
import type { Tag } from '#model'
import type { SqlTable } from '#ports'
import type { ColumnData, ColumnType, DuckDb } from '#sandbox'
import { daysOf } from './days.ts'
import type { HeadExtent, HeadRows } from './messages.ts'
import { type DayRanges, type HeadTable, headTable, tagTable } from './views.ts'

const headTypes = ['INTEGER', 'TIMESTAMP', 'DOUBLE', 'UTINYINT', 'VARCHAR', 'BIGINT'] as const satisfies ColumnType[]
const headColumns = 'tag INTEGER, time TIMESTAMP, value DOUBLE, quality UTINYINT, text VARCHAR, integer BIGINT'

/** What is in no file, as tables of DuckDB: the tags, and the rows of each head segment in the order they came. */
export class MemoryTables {
  readonly #duckdb: DuckDb
  readonly #head = new Map<number, { rows: number; days: DayRanges; repeats: boolean }>()
  #tags = 0

  private constructor(duckdb: DuckDb) {
    this.#duckdb = duckdb
  }

  static async create(duckdb: DuckDb): Promise<MemoryTables> {
    await duckdb.connection.run(
      `CREATE TABLE ${tagTable} (tag INTEGER, thing VARCHAR, property VARCHAR, type VARCHAR, unit VARCHAR)`,
    )
    return new MemoryTables(duckdb)
  }

  /** The version of the tags held. */
  get tags(): number {
    return this.#tags
  }

  get head(): readonly HeadExtent[] {
    return [...this.#head].map(([segment, { rows }]) => ({ segment, rows }))
  }

  async setTags(tags: readonly Tag[], version: number): Promise<void> {
    const { connection } = this.#duckdb
    await connection.run(`BEGIN; DELETE FROM ${tagTable}`)
    const appender = this.#duckdb.columnAppender(tagTable, ['INTEGER', 'VARCHAR', 'VARCHAR', 'VARCHAR', 'VARCHAR'])
    appender.append(
      [
        Int32Array.from(tags, ({ id }) => id),
        tags.map(({ thing }) => thing),
        tags.map(({ property }) => property),
        tags.map(({ type }) => type),
        tags.map(({ unit }) => unit ?? null),
      ],
      tags.length,
    )
    appender.close()
    await connection.run('COMMIT')
    this.#tags = version
  }

  async addHead(segment: number, rows: HeadRows): Promise<void> {
    const table = headTable(segment)
    const before = this.#head.get(segment)?.rows ?? 0
    if (before === 0) await this.#duckdb.connection.run(`CREATE OR REPLACE TABLE ${table} (${headColumns})`)
    const appender = this.#duckdb.columnAppender(table, headTypes)
    const { tag, time, value, quality, text, integer, count } = rows
    appender.append([tag, time, value, quality, text, integer], count)
    appender.close()
    this.#head.set(segment, { rows: before + count, days: new Map(), repeats: true })
  }

  /** Lets go head segments that nobody needs any more. */
  async dropHead(needed: ReadonlySet<number>): Promise<void> {
    for (const segment of this.#head.keys()) {
      if (needed.has(segment)) continue
      this.#head.delete(segment)
      await this.#duckdb.connection.run(`DROP TABLE ${headTable(segment)}`)
    }
  }

  /** Undefined where a segment is not there as far as that. */
  async headTables(extents: readonly HeadExtent[]): Promise<readonly HeadTable[] | undefined> {
    const found: HeadTable[] = []
    for (const { segment, rows } of extents) {
      const held = this.#head.get(segment)
      if (!held || held.rows < rows) return undefined
      if (held.days.size === 0) await this.#lookInto(segment, held.rows)
      const { days, repeats } = this.#head.get(segment)!
      found.push({ segment, rows, days, repeats })
    }
    return found
  }

  async #lookInto(segment: number, rows: number): Promise<void> {
    const { connection } = this.#duckdb
    const table = headTable(segment)
    const days = await daysOf(connection, table)
    const counted = await connection.runAndReadAll(`SELECT count(*) FROM (SELECT DISTINCT tag, time FROM ${table})`)
    this.#head.set(segment, { rows, days, repeats: Number(counted.getRows()[0]![0]) < rows })
  }
}

/** Makes a table handed in, on one connection, with its rows. */
export async function handIn(duckdb: DuckDb, connection: DuckDBConnection, table: SqlTable): Promise<void> {
  const { name, columns, rows } = table
  if (!/^[a-z][a-z0-9_]{0,40}$/.test(name)) throw new IwError('IW_SQL_INVALID', `"${name}" is no name of a table`)
  const head = columns.map(({ name, type }) => `"${name.replaceAll('"', '""')}" ${type}`).join(', ')
  await connection.run(`CREATE TEMP TABLE ${name} (${head})`)
  const appender = duckdb.columnAppender(
    name,
    columns.map(({ type }) => type),
    connection,
  )
  const data = columns.map(({ type }, i) => columnOf(type, rows, i))
  appender.append(data, rows.length)
  appender.close()
}

function columnOf(type: SqlTable['columns'][number]['type'], rows: SqlTable['rows'], i: number): ColumnData {
  if (type === 'VARCHAR') return rows.map((row) => (row[i] === null ? null : String(row[i])))
  if (type === 'BIGINT') return rows.map((row) => (row[i] === null ? null : BigInt(row[i]!)))
  return Float64Array.from(rows, (row) => (row[i] === null ? Number.NaN : Number(row[i])))
}
