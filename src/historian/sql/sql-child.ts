import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { IwError } from '#kernel'
import { type AskContext, openDuckDb, serveChild } from '#sandbox'
import { spillMegabytes } from './disk-room.ts'
import { Level0Files } from './level0-files.ts'
import { MemoryTables } from './memory-tables.ts'
import type { Copied, Held, Next, OpenAsk, Opened, SqlAsk, SqlReply } from './messages.ts'
import { RunningQuery } from './running-query.ts'
import { SoundFiles } from './sound-files.ts'

/*
 * The SQL process: a DuckDB whose settings are locked and which opens files in the folder of parts and in one for answers only.
 * Settings come in variables, as they hold from its start: IW_SQL_FOLDERS (JSON), IW_SQL_LEVEL0, IW_SQL_TEMP, IW_SQL_MEMORY, IW_SQL_THREADS.
 */
const boot = randomUUID()
const queries = new Map<number, RunningQuery>()
let nextQuery = 1
let opening: ReturnType<typeof openTables> | undefined

async function openTables() {
  const temporary = process.env['IW_SQL_TEMP']!
  mkdirSync(temporary, { recursive: true })
  const duckdb = await openDuckDb({
    memoryMegabytes: Number(process.env['IW_SQL_MEMORY']),
    threads: Number(process.env['IW_SQL_THREADS']),
    tempFolder: temporary,
    tempMegabytes: spillMegabytes(temporary),
  })
  const tables = await MemoryTables.create(duckdb)
  await duckdb.connection.run('SET GLOBAL enable_object_cache = true')
  await duckdb.lock(JSON.parse(process.env['IW_SQL_FOLDERS']!))
  return { duckdb, tables, level0: new Level0Files(duckdb, process.env['IW_SQL_LEVEL0']!), sound: new SoundFiles() }
}

async function handle(ask: SqlAsk, { signal }: AskContext): Promise<SqlReply> {
  opening ??= openTables()
  const opened = await opening
  const { tables } = opened
  switch (ask.do) {
    case 'have':
      return { boot, tags: tables.tags, head: tables.head } satisfies Held
    case 'tags':
      return tables.setTags(ask.tags, ask.version).then(() => undefined)
    case 'head':
      return tables.addHead(ask.segment, ask.rows).then(() => undefined)
    case 'open':
      return open(opened, ask, signal)
    case 'next':
      return next(ask.query, signal)
    case 'close':
      return close(ask.query)
  }
}

async function open(
  { duckdb, tables, level0, sound }: Awaited<ReturnType<typeof openTables>>,
  ask: OpenAsk,
  signal: AbortSignal,
): Promise<Opened | Copied> {
  if (ask.boot !== boot) throw new IwError('IW_SANDBOX_ENDED', 'The SQL process was started anew')
  const query = new RunningQuery(duckdb, ask, process.env['IW_SQL_TEMP']!)
  const id = nextQuery++
  queries.set(id, query)
  const all = [...queries.values()]
  await tables.dropHead(new Set(all.flatMap(({ segments }) => segments)))
  level0.drop(new Set(all.flatMap((one) => one.level0)))
  signal.addEventListener('abort', () => query.stop('cancelled'))
  try {
    const copied = await query.start(tables, level0, sound)
    if (!copied) return { query: id, columns: query.columns }
    close(id)
    return copied
  } catch (error) {
    close(id)
    throw error
  }
}

async function next(id: number, signal: AbortSignal): Promise<Next> {
  const query = queries.get(id)
  if (!query) throw new IwError('IW_SANDBOX_ENDED', 'The query is not under way any more')
  const stop = () => query.stop('cancelled')
  signal.addEventListener('abort', stop)
  try {
    const answer = await query.next()
    if (answer.end) close(id)
    return answer
  } catch (error) {
    close(id)
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function close(id: number): undefined {
  queries.get(id)?.close()
  queries.delete(id)
}

serveChild<SqlAsk, SqlReply>(handle)
