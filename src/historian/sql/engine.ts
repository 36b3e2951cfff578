import { mkdirSync, rmSync } from 'node:fs'
import { copyFile, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Clock, IwError, isIwError, type Logger, systemCode } from '#kernel'
import type { SqlAnswer, SqlCopy, SqlEngine, SqlRequest } from '#ports'
import type { Head } from '../head/head.ts'
import type { Catalogue } from '../parts/catalogue.ts'
import { fileNameOf } from '../parts/part-files.ts'
import type { PartEntry } from '../seal/manifest.ts'
import type { TagTable } from '../tags.ts'
import { batchesOf } from './batches.ts'
import type { Copied, Next, OpenAsk, Opened, SqlPart } from './messages.ts'
import { Slots } from './slots.ts'
import { SqlProcess } from './sql-process.ts'

/** What an engine is made of: the historian's own state, which it only reads. */
export interface SqlEngineOptions {
  readonly head: Head
  readonly catalogue: Catalogue
  readonly tags: TagTable
  /** Of the parts. */
  readonly parts: string
  /** A folder that is its own: answers on their way and what does not fit into memory. It is emptied. */
  readonly temporary: string
  /** Takes a part that cannot be read out of what is served. */
  readonly setAside: (part: PartEntry, error: IwError) => Promise<void>
  readonly clock: Clock
  readonly log: Logger
  /** Of DuckDB's buffers. */
  readonly memoryMegabytes?: number
  readonly threads?: number
}

/** SQL over everything acknowledged, in a process of its own that is started by the first query. */
export interface OwnSqlEngine extends SqlEngine {
  /** Clears away what the last run left. */
  start(): void
  close(): Promise<void>
}

const queriesAtOnce = 2
const queriesWaiting = 8
/** A process that does not stop a query at its time is killed so long after. */
const graceMs = 5_000

export function createSqlEngine(options: SqlEngineOptions): OwnSqlEngine {
  return new Engine(options)
}

type Asked = Pick<OpenAsk, 'maxRows' | 'copy'>

class Engine implements OwnSqlEngine {
  readonly #options: SqlEngineOptions
  readonly #answers: string
  readonly #slots = new Slots(queriesAtOnce, queriesWaiting)
  #process: SqlProcess | undefined
  /** Ends when the query before has been begun: they are told of new rows one after another. */
  #before: Promise<unknown> = Promise.resolve()
  #nextAnswer = 1

  constructor(options: SqlEngineOptions) {
    this.#options = options
    this.#answers = join(options.temporary, 'answers')
  }

  start(): void {
    rmSync(this.#options.temporary, { recursive: true, force: true })
  }

  async query(request: SqlRequest): Promise<SqlAnswer> {
    const { maxRows, signal } = request
    const giveBack = await this.#slot(signal)
    let started: Started<Opened>
    try {
      started = await this.#start<Opened>(request, { maxRows })
    } catch (error) {
      giveBack()
      throw error
    }
    const { query, columns } = started.reply
    const process = this.#process!
    const letGo = process.hold()
    const done = () => {
      letGo()
      cancel()
      signal?.removeEventListener('abort', cancelQuery)
      started.release()
      giveBack()
    }
    // A reader that never comes back does not keep its slot.
    const cancel = this.#options.clock.after(started.leftMs() + graceMs, done)
    const close = () => {
      done()
      process.ask({ do: 'close', query }).catch(() => {})
    }
    const cancelQuery = () => close()
    signal?.addEventListener('abort', cancelQuery, { once: true })
    const next = async (): Promise<Next> => {
      if (signal?.aborted) throw new IwError('IW_SQL_CANCELLED', 'The query was cancelled')
      try {
        const answer = await process.ask<Next>({ do: 'next', query }, { timeoutMs: started.leftMs() + graceMs })
        if (answer.end) done()
        return answer
      } catch (error) {
        done()
        throw inWords(error, signal)
      }
    }
    return { columns, batches: batchesOf(next, close) }
  }

  async copy(request: Omit<SqlRequest, 'maxRows'>, file: string, format: 'parquet' | 'csv'): Promise<SqlCopy> {
    await refuseExisting(file)
    const giveBack = await this.#slot(request.signal)
    const path = join(this.#answers, `${this.#nextAnswer++}.${format}`)
    try {
      const started = await this.#start<Copied>(request, { copy: { path, format } })
      started.release()
      const { size } = await stat(path)
      await moveInto(path, file)
      return { rows: started.reply.rows, bytes: size }
    } finally {
      giveBack()
      await rm(path, { force: true })
    }
  }

  async close(): Promise<void> {
    await this.#process?.close()
    rmSync(this.#options.temporary, { recursive: true, force: true })
  }

  async #slot(signal: AbortSignal | undefined): Promise<() => void> {
    try {
      return await this.#slots.take(signal)
    } catch (error) {
      throw inWords(error, signal)
    }
  }

  /** Begins a query over everything acknowledged by now. What it reads stays until `release`. */
  async #start<Reply extends Opened | Copied>(
    request: Omit<SqlRequest, 'maxRows'>,
    asked: Asked,
  ): Promise<Started<Reply>> {
    for (let attempt = 1; ; attempt++) {
      const begun = this.#before.then(() => this.#attempt<Reply>(request, asked))
      this.#before = begun.catch(() => {})
      try {
        return await begun
      } catch (error) {
        if (attempt > 3 || !(await this.#canTryAgain(error))) throw inWords(error, request.signal)
      }
    }
  }

  async #attempt<Reply extends Opened | Copied>(
    { sql, tables = [], timeoutMs, signal }: Omit<SqlRequest, 'maxRows'>,
    asked: Asked,
  ): Promise<Started<Reply>> {
    signal?.throwIfAborted()
    const { clock, catalogue, head, tags } = this.#options
    this.#process ??= this.#startProcess()
    const process = this.#process
    // In one go: what goes from the head into a part in between would be missing or twice.
    const pinned = catalogue.pin()
    const segments = head.segments.filter(({ rows }) => rows > 0)
    const extents = segments.map(({ number, rows }) => ({ segment: number, rows }))
    for (const segment of segments) segment.pin()
    const until = clock.monotonicMs() + timeoutMs
    const leftMs = () => Math.max(0, until - clock.monotonicMs())
    const release = () => pinned.release()
    try {
      const boot = await process.bringUpToDate(tags, segments, extents)
      const parts = pinned.parts.map((part) => this.#sqlPart(part))
      const ask: OpenAsk = { do: 'open', boot, sql, tables, parts, head: extents, timeoutMs: leftMs(), ...asked }
      const reply = await process.ask<Reply>(ask, { timeoutMs: leftMs() + graceMs, ...(signal && { signal }) })
      return { reply, release, leftMs }
    } catch (error) {
      release()
      throw error
    } finally {
      for (const segment of segments) segment.unpin()
    }
  }

  /** After damage, without the part; after a crash between two steps, from the first. */
  async #canTryAgain(error: unknown): Promise<boolean> {
    if (isIwError(error, 'IW_SANDBOX_ENDED')) return error.detail['reason'] === undefined
    if (!isIwError(error, 'IW_HISTORIAN_CORRUPT')) return false
    const part = this.#options.catalogue.parts.find(({ number }) => number === error.detail['part'])
    if (part) await this.#options.setAside(part, error)
    return part !== undefined
  }

  #startProcess(): SqlProcess {
    const { parts, temporary, clock, log, memoryMegabytes = 256, threads = 2 } = this.#options
    mkdirSync(this.#answers, { recursive: true })
    const spill = join(temporary, 'spill')
    const level0 = join(temporary, 'level0')
    const folders = [parts, level0, this.#answers]
    return new SqlProcess({ folders, level0, temporary: spill, memoryMegabytes, threads, clock, log })
  }

  #sqlPart(part: PartEntry): SqlPart {
    const { number, kind, rank, minTime, maxTime, minTag, maxTag, day } = part
    const path = join(this.#options.parts, fileNameOf(part))
    return { number, kind, rank, path, minTime, maxTime, minTag, maxTag, ...(day !== undefined && { day }) }
  }
}

interface Started<Reply> {
  readonly reply: Reply
  release(): void
  leftMs(): number
}

/** The end of the process, in the words of a query. */
function inWords(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return new IwError('IW_SQL_CANCELLED', 'The query was cancelled')
  if (!isIwError(error, 'IW_SANDBOX_ENDED')) return error
  const { reason } = error.detail
  if (reason === 'timeout') return new IwError('IW_SQL_TIMEOUT', 'The query took longer than it may')
  if (reason === 'memory') return new IwError('IW_SQL_MEMORY', 'The query took more memory than it may')
  return error
}

async function refuseExisting(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined)
  if (found) throw new IwError('IW_SQL_INVALID', `${file} exists already`)
}

/** Durably, and never half: where the folder is on another disk it is copied beside first. */
async function moveInto(from: string, to: string): Promise<void> {
  await synced(from)
  try {
    await rename(from, to)
  } catch (error) {
    if (systemCode(error) !== 'EXDEV') throw error
    const beside = `${to}.part`
    await copyFile(from, beside)
    await synced(beside)
    await rename(beside, to)
  }
  await synced(dirname(to))
}

async function synced(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
