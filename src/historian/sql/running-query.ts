import type { DuckDBConnection, DuckDBResult } from '@duckdb/node-api'
import { type DuckDb, guardSql } from '#sandbox'
import { damagedPart } from './damage.ts'
import { isTight } from './disk-room.ts'
import type { Level0Files } from './level0-files.ts'
import { handIn, type MemoryTables } from './memory-tables.ts'
import type { Copied, Next, OpenAsk } from './messages.ts'
import { ResultBatches } from './result-columns.ts'
import type { SoundFiles } from './sound-files.ts'
import { type Stop, sqlError } from './sql-errors.ts'
import { timeBounds, unbounded } from './time-bounds.ts'
import { literal, readingsView, rollupsView, type StoredPart, tagTable } from './views.ts'

const watchDiskEveryMs = 250
const ownTables = ['readings', 'rollups', 'tags']

/** A query in the SQL process, with a connection of its own: guarded, run, read batch by batch, ended. */
export class RunningQuery {
  readonly #ask: OpenAsk
  readonly #duckdb: DuckDb
  readonly #since = performance.now()
  #connection: DuckDBConnection | undefined
  readonly #timer: NodeJS.Timeout
  readonly #watch: NodeJS.Timeout
  #stopped: Stop | undefined
  #batches: ResultBatches | undefined
  #parts: readonly StoredPart[] = []
  #rows = 0

  constructor(duckdb: DuckDb, ask: OpenAsk, temporary: string) {
    this.#duckdb = duckdb
    this.#ask = ask
    this.#timer = setTimeout(() => this.stop('timeout'), ask.timeoutMs)
    this.#watch = setInterval(() => isTight(temporary) && this.stop('disk'), watchDiskEveryMs)
  }

  /** Segments of the head that it may still read. */
  get segments(): readonly number[] {
    return this.#ask.head.map(({ segment }) => segment)
  }

  get columns() {
    return this.#batches!.columns
  }

  /** Level-0 parts that it may still read. */
  get level0(): readonly number[] {
    return this.#ask.parts.filter(({ kind }) => kind === 'level0').map(({ number }) => number)
  }

  /** Guards the SQL, makes its tables and begins it; or, for a copy, runs it. Throws `IW_SQL_…`. */
  async start(tables: MemoryTables, level0: Level0Files, sound: SoundFiles): Promise<Copied | undefined> {
    try {
      this.#connection = await this.#duckdb.connect()
      const connection = this.#connection
      const { sql, parts, copy } = this.#ask
      const statement = await this.#guarded(connection, sql)
      const bounds = await timeBounds(connection, statement)
      const head = await tables.headTables(this.#ask.head)
      if (!head) throw new Error('rows of the head are missing')
      this.#parts = await level0.stored(parts, bounds, () => this.#stopped === undefined)
      await sound.check(this.#parts, () => this.#stopped === undefined)
      const stored = { parts: this.#parts, head, bounds }
      await connection.run(`CREATE OR REPLACE TEMP VIEW readings AS ${readingsView(stored)}`)
      await connection.run(`CREATE OR REPLACE TEMP VIEW rollups AS ${rollupsView(stored)}`)
      if (copy) return await this.#copy(connection, sql, copy)
      this.#batches = await this.#begin(connection, sql)
      return undefined
    } catch (error) {
      throw await this.#inWords(error)
    }
  }

  async next(): Promise<Next> {
    const { maxRows = Number.POSITIVE_INFINITY } = this.#ask
    try {
      const { more, ended, ...batch } = await this.#batches!.next(maxRows - this.#rows)
      this.#rows += batch.count
      const end = { rows: this.#rows, truncated: more, ms: performance.now() - this.#since }
      return { ...(batch.count > 0 && { batch }), ...((ended || more) && { end }) }
    } catch (error) {
      throw await this.#inWords(error)
    }
  }

  stop(why: Stop): void {
    this.#stopped ??= why
    this.#connection?.interrupt()
  }

  close(): void {
    clearTimeout(this.#timer)
    clearInterval(this.#watch)
    this.#connection?.interrupt()
    this.#connection?.closeSync()
    this.#connection = undefined
  }

  async #inWords(error: unknown): Promise<unknown> {
    const connection = this.#connection
    const damaged = connection && !this.#stopped && (await damagedPart(connection, error, this.#parts))
    return damaged || sqlError(error, this.#stopped)
  }

  /** Before there is a view that reads anything, so that even a gap in the guard finds empty tables only. */
  async #guarded(connection: DuckDBConnection, sql: string) {
    await connection.run(`
      CREATE TEMP VIEW tags AS SELECT tag, thing, property, type, unit FROM ${tagTable};
      CREATE TEMP VIEW readings AS ${readingsView(nothing)};
      CREATE TEMP VIEW rollups AS ${rollupsView(nothing)}`)
    for (const table of this.#ask.tables) await handIn(this.#duckdb, connection, table)
    return guardSql(connection, sql, [...ownTables, ...this.#ask.tables.map(({ name }) => name)])
  }

  async #begin(connection: DuckDBConnection, sql: string): Promise<ResultBatches> {
    const { default: binding } = await import('@duckdb/node-bindings')
    const result: DuckDBResult = await connection.stream(sql)
    return new ResultBatches(binding, result)
  }

  async #copy(
    connection: DuckDBConnection,
    sql: string,
    { path, format }: NonNullable<OpenAsk['copy']>,
  ): Promise<Copied> {
    const options =
      format === 'parquet' ? 'FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2' : 'FORMAT csv, HEADER true'
    const inner = sql.trimEnd().replace(/;$/, '')
    // In brackets it is still one SELECT, or it is not copied: a comment or a bracket may not end them early.
    await guardSql(connection, `SELECT * FROM (\n${inner}\n)`, [
      ...ownTables,
      ...this.#ask.tables.map(({ name }) => name),
    ])
    const result = await connection.run(`COPY (\n${inner}\n) TO ${literal(path)} (${options})`)
    return { rows: Number(result.rowsChanged) }
  }
}

const nothing = { parts: [], head: [], bounds: unbounded }
