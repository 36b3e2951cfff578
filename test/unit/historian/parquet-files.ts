import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type DuckDBAppender,
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBInstance,
  DuckDBTimestampValue,
} from '@duckdb/node-api'
import { type ArrivedPage, decodeRuns, type ParquetReader } from '../../../src/historian/parts/parquet/index.ts'

/** A row as the historian's Parquet files hold it; NaN is no value. */
export interface StoredRow {
  readonly tag: number
  readonly time: number
  readonly value: number
  readonly quality: number
  readonly arrivedAt: number
  readonly text: string | null
  readonly integer: bigint | null
}

export interface WriteOptions {
  readonly groupRows?: number
  readonly version?: 'v1' | 'v2'
  readonly compression?: 'zstd' | 'uncompressed'
  readonly dictionaryLimit?: number
}

/** A DuckDB in memory that writes files into a temporary folder of its own. */
export class ParquetMaker {
  readonly folder = mkdtempSync(join(tmpdir(), 'iw-parquet-'))
  readonly #instance: DuckDBInstance
  readonly #connection: DuckDBConnection
  #files = 0

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance
    this.#connection = connection
  }

  static async create(): Promise<ParquetMaker> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '400MB' })
    return new ParquetMaker(instance, await instance.connect())
  }

  /** A file of readings, as the merge writes it. Returns its path. */
  async readings(rows: readonly StoredRow[], options: WriteOptions = {}): Promise<string> {
    await this.#connection.run(
      'create or replace table rows (tag integer, time timestamp, value double, quality utinyint, arrived timestamp, text varchar, integer bigint)',
    )
    const appender = await this.#connection.createAppender('rows')
    for (const row of rows) {
      appender.appendInteger(row.tag)
      appender.appendTimestamp(timestamp(row.time))
      appendNumber(appender, row.value)
      appender.appendUTinyInt(row.quality)
      if (row.arrivedAt === row.time) appender.appendNull()
      else appender.appendTimestamp(timestamp(row.arrivedAt))
      if (row.text === null) appender.appendNull()
      else appender.appendVarchar(row.text)
      if (row.integer === null) appender.appendNull()
      else appender.appendBigInt(row.integer)
      appender.endRow()
    }
    appender.closeSync()
    return this.copy('select * from rows', options)
  }

  /** A file of what a query gives. Returns its path. */
  async copy(query: string, options: WriteOptions = {}): Promise<string> {
    const path = join(this.folder, `${++this.#files}.parquet`)
    const { groupRows = 122_880, version = 'v2', compression = 'zstd', dictionaryLimit = 100_000 } = options
    await this.#connection.run(
      `copy (${query}) to '${path}' (format parquet, compression ${compression}, parquet_version ${version}, ` +
        `row_group_size ${groupRows}, dictionary_size_limit ${dictionaryLimit}, write_bloom_filter false)`,
    )
    return path
  }

  async run(sql: string): Promise<void> {
    await this.#connection.run(sql)
  }

  /** Rows of a query, 64-bit integers and times (µs) as bigint. */
  async rows(sql: string): Promise<readonly (readonly unknown[])[]> {
    const result = await this.#connection.runAndReadAll(sql)
    return result.getRows().map((row) => row.map((one) => (one instanceof DuckDBTimestampValue ? one.micros : one)))
  }

  /** What DuckDB reads in a file of readings. */
  async stored(path: string): Promise<readonly StoredRow[]> {
    const rows = await this.rows(`select * replace (encode(text) as text) from read_parquet('${path}')`)
    return rows.map(([tag, time, value, quality, arrived, text, integer]) => ({
      tag: tag as number,
      time: Number(time),
      value: (value ?? Number.NaN) as number,
      quality: quality as number,
      arrivedAt: Number(arrived ?? time),
      // As bytes: the package takes a byte order mark off a text.
      text: text instanceof DuckDBBlobValue ? Buffer.from(text.bytes).toString() : null,
      integer: integer as bigint | null,
    }))
  }

  /** The encodings of a column's pages, as DuckDB names them. */
  async encodings(path: string, column: string): Promise<string> {
    const sql = `select distinct encodings from parquet_metadata('${path}') where path_in_schema = '${column}'`
    return (await this.rows(sql)).flat().join(', ')
  }

  close(): void {
    this.#connection.closeSync()
    this.#instance.closeSync()
    rmSync(this.folder, { recursive: true })
  }
}

const timestamp = (time: number) => new DuckDBTimestampValue(BigInt(time))

function appendNumber(appender: DuckDBAppender, value: number): void {
  if (Number.isNaN(value)) appender.appendNull()
  else appender.appendDouble(value)
}

/** All rows of a file in its order, by tag and row group. */
export async function* allRows(
  reader: ParquetReader,
): AsyncGenerator<{ readonly tag: number; readonly page: ArrivedPage }> {
  for (const group of reader.index.groups) {
    const page = await reader.wholeGroup(group)
    for (const { tag, begin, end } of decodeRuns(group.runs)) {
      const text = page.text?.slice(begin, end)
      const integer = page.integer?.slice(begin, end)
      const columns = {
        count: end - begin,
        time: page.time.subarray(begin, end),
        value: page.value.subarray(begin, end),
        quality: page.quality.subarray(begin, end),
        arrivedAt: page.arrivedAt.subarray(begin, end),
      }
      yield { tag, page: { ...columns, ...(text && { text }), ...(integer && { integer }) } }
    }
  }
}
