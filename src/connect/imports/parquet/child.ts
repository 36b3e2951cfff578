import { tmpdir } from 'node:os'
import type { DuckDBConnection, DuckDBResult } from '@duckdb/node-api'
import { IwError } from '#kernel'
import { type DuckDb, openDuckDb, serveChild } from '#sandbox'
import { TimeReader } from '../csv/times.ts'
import { buildBlock, type Cell, type Rows } from './build-block.ts'
import { findParquetPlan } from './find-plan.ts'
import type { ParquetAnswer, ParquetAsk } from './messages.ts'
import type { ParquetPlan } from './plan.ts'
import { fileOf, nameOf, selectRows, textOf } from './select.ts'

/** Readings of a block, or so; rows of it hang on the columns of the file alone. */
const blockReadings = 65_536
const sampleRows = 1_000
const memoryMegabytes = 192

interface Session {
  readonly connection: DuckDBConnection
  readonly result: DuckDBResult
  readonly columns: readonly number[]
  /** Row of the first one that is buffered. */
  row: number
  buffered: { count: number; readonly columns: Cell[][] }
  ended: boolean
}

/** Reading Parquet, in a process of its own: whatever a file does to DuckDB, nothing else suffers. */
serveChild<ParquetAsk, ParquetAnswer>((ask) => {
  if (ask.kind === 'plan') return plan(ask)
  if (ask.kind === 'next') return next(ask)
  close(ask.session)
  return Promise.resolve(undefined)
})

const sessions = new Map<string, Session>()
let opened: Promise<DuckDb> | undefined

function duckDb(): Promise<DuckDb> {
  // One thread: rows come in the order of the file.
  opened ??= openDuckDb({ memoryMegabytes, threads: 1, tempFolder: tmpdir() })
  return opened
}

function close(session: string): void {
  sessions.get(session)?.connection.closeSync()
  sessions.delete(session)
}

async function plan({ path, name, options }: Extract<ParquetAsk, { kind: 'plan' }>): Promise<ParquetPlan> {
  const { connection } = await duckDb()
  const ask = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJson() as (string | null)[][]
  return readable(name, async () => {
    const described = await ask(`DESCRIBE SELECT * FROM read_parquet(${textOf(path)})`)
    const columns = described.map(([column, type]) => ({ name: column!, type: type! }))
    const [[rows] = ['0']] = await ask(`SELECT sum(num_rows) FROM parquet_file_metadata(${textOf(path)})`)
    const texts = columns.map((column) => `CAST(${nameOf(column.name)} AS VARCHAR)`).join(', ')
    const sample = await ask(`SELECT ${texts} FROM ${fileOf(path)} LIMIT ${sampleRows}`)
    const metadata = await ask(
      `SELECT decode(key), decode(value) FROM parquet_kv_metadata(${textOf(path)}) WHERE starts_with(decode(key), 'interwork.')`,
    )
    return findParquetPlan(
      { name, rows: Number(rows), columns, sample, metadata: Object.fromEntries(metadata) },
      options,
    )
  })
}

async function next(ask: Extract<ParquetAsk, { kind: 'next' }>): Promise<ParquetAnswer> {
  const { plan, path, row, session: id } = ask
  return readable(path, async () => {
    let session = sessions.get(id)
    if (session && session.row !== row) close(id)
    if (!session || session.row !== row) {
      session = await open(plan, path, row)
      sessions.set(id, session)
    }
    const blockRows = rowsOfBlock(plan)
    await fill(session, blockRows)
    const rows = firstRows(session, plan, blockRows)
    if (rows.count === 0) return undefined
    const inDoubt = new Map(ask.inDoubt)
    const order = { descending: plan.time.descending, inDoubt }
    const { as, zone = 'UTC' } = plan.time
    const times = new TimeReader(as.kind === 'text' ? as.format : 'us', zone, order)
    const known = new Map(ask.known.map((one) => [one.key, one]))
    const block = buildBlock({ plan, known, times }, rows, Math.floor(row / blockRows) + 1)
    if (Array.isArray(block)) return block
    drop(session, rows.count)
    return { ...block, inDoubt }
  })
}

const rowsOfBlock = ({ wide }: ParquetPlan): number =>
  Math.max(256, Math.floor(blockReadings / Math.max(1, wide?.length ?? 1)))

async function open(plan: ParquetPlan, path: string, row: number): Promise<Session> {
  const connection = await (await duckDb()).connect()
  const { sql, columns } = selectRows(plan, path, row)
  const result = await connection.stream(sql)
  return { connection, result, columns, row, buffered: { count: 0, columns: columns.map(() => []) }, ended: false }
}

async function fill(session: Session, rows: number): Promise<void> {
  while (!session.ended && session.buffered.count < rows) {
    const chunk = await session.result.fetchChunk()
    if (!chunk || chunk.rowCount === 0) {
      session.ended = true
      return
    }
    session.columns.forEach((_, place) => {
      const values = chunk.getColumnValues(place) as Cell[]
      const column = session.buffered.columns[place]!
      for (const value of values) column.push(value)
    })
    session.buffered.count += chunk.rowCount
  }
}

function firstRows({ buffered, columns, row }: Session, { header }: ParquetPlan, most: number): Rows {
  const placed: (readonly Cell[] | undefined)[] = header.map(() => undefined)
  columns.forEach((index, place) => {
    placed[index] = buffered.columns[place]
  })
  return { start: row, count: Math.min(most, buffered.count), columns: placed }
}

function drop(session: Session, rows: number): void {
  for (const column of session.buffered.columns) column.splice(0, rows)
  session.buffered.count -= rows
  session.row += rows
}

/** What DuckDB cannot read is no defect of ours. */
async function readable<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof IwError) throw cause
    const [first = ''] = (cause as Error).message.split('\n')
    throw new IwError(
      'IW_CONNECT_IMPORT_PLAN',
      `${name.split('/').at(-1)} is no Parquet file we can read: ${first.slice(0, 300)}`,
      { cause },
    )
  }
}
