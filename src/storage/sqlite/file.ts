import { AsyncLocalStorage } from 'node:async_hooks'
import { backup, DatabaseSync, type StatementSync } from 'node:sqlite'
import type { CompiledQuery, QueryResult } from 'kysely'
import { IwError } from '#kernel'
import { storedValue } from '../parameters.ts'
import { Turns } from './turns.ts'

interface WaitingWrite {
  readonly query: CompiledQuery
  readonly done: (result: QueryResult<unknown>) => void
  readonly failed: (error: unknown) => void
}

const keptStatements = 200
/** https://sqlite.org/rescode.html#full */
const sqliteFull = 13

/** A full disk under its own code; everything else as it is. */
const named = (error: unknown): unknown =>
  (error as { errcode?: unknown }).errcode === sqliteFull
    ? new IwError('IW_STORAGE_FULL', 'The disk is full: state.db takes nothing more', { cause: error })
    : error

/**
 * The open state.db. Single writes that wait at the same moment are committed together, with one sync to the disk for all
 * of them; each of their promises resolves only after that commit.
 */
export class SqliteFile {
  readonly #database: DatabaseSync
  readonly #turns = new Turns()
  readonly #statements = new Map<string, StatementSync>()
  readonly #insideTransaction = new AsyncLocalStorage<{ open: boolean }>()
  #waiting: WaitingWrite[] = []

  constructor(path: string) {
    this.#database = new DatabaseSync(path, { timeout: 5000, enableForeignKeyConstraints: true })
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  }

  /** Runs one query that belongs to no transaction. */
  async single(query: CompiledQuery): Promise<QueryResult<unknown>> {
    this.#refuseInsideTransaction(query)
    if (query.query.kind === 'SelectQueryNode' || query.query.kind === 'RawNode')
      return await this.#turns.run(() => this.now(query))
    return await new Promise((done, failed) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#turns.run(() => this.#commitWaiting()))
      this.#waiting.push({ query, done, failed })
    })
  }

  /** Begins a transaction when it is its turn; the function returned gives the turn back. */
  async begin(): Promise<() => void> {
    this.#refuseInsideTransaction()
    const end = await this.#turns.take()
    try {
      this.#database.exec('BEGIN IMMEDIATE')
    } catch (error) {
      end()
      throw named(error)
    }
    return end
  }

  /** Runs one query in the transaction whose turn it is. */
  now({ sql, parameters }: CompiledQuery): QueryResult<unknown> {
    const statement = this.#prepare(sql)
    const values = parameters.map(storedValue)
    try {
      if (statement.columns().length > 0) return { rows: statement.all(...values) }
      const { changes, lastInsertRowid } = statement.run(...values)
      return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
    } catch (error) {
      throw named(error)
    }
  }

  rollback(): void {
    if (this.#database.isOpen && this.#database.isTransaction) this.#database.exec('ROLLBACK')
  }

  exec(sql: string): void {
    try {
      this.#database.exec(sql)
    } catch (error) {
      throw named(error)
    }
  }

  /** Marks what `work` awaits as inside a transaction, so that a query beside it fails instead of waiting for ever. */
  async inside<T>(work: () => Promise<T>): Promise<T> {
    const mark = { open: true }
    try {
      return await this.#insideTransaction.run(mark, work)
    } finally {
      mark.open = false
    }
  }

  /** Copies the database into a file of its own, page by page beside what goes on; what is written meanwhile is in it. */
  async backup(target: string): Promise<void> {
    await backup(this.#database, target)
  }

  /** Waits for what is under way, then closes. */
  async close(): Promise<void> {
    const end = await this.#turns.take()
    this.#commitWaiting()
    this.#statements.clear()
    this.#database.close()
    end()
  }

  #commitWaiting(): void {
    const writes = this.#waiting
    this.#waiting = []
    if (writes.length === 0) return
    try {
      this.#database.exec('BEGIN IMMEDIATE')
      const results = writes.map((write) => this.#attempt(write))
      this.#database.exec('COMMIT')
      for (const [index, result] of results.entries()) if (result) writes[index]!.done(result)
    } catch (error) {
      this.rollback()
      for (const write of writes) write.failed(named(error))
    }
  }

  /** A statement that fails fails alone, unless SQLite gave up the whole transaction (disk full, I/O error). */
  #attempt({ query, failed }: WaitingWrite): QueryResult<unknown> | undefined {
    try {
      return this.now(query)
    } catch (error) {
      if (!this.#database.isTransaction) throw error
      failed(error)
      return undefined
    }
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known) {
      this.#statements.delete(sql)
      this.#statements.set(sql, known)
      return known
    }
    const statement = this.#database.prepare(sql)
    this.#statements.set(sql, statement)
    if (this.#statements.size > keptStatements) this.#statements.delete(this.#statements.keys().next().value!)
    return statement
  }

  #refuseInsideTransaction(query?: CompiledQuery): void {
    if (!this.#insideTransaction.getStore()?.open) return
    throw new IwError('IW_KERNEL_BUG', `inside a transaction, use the one handed in: ${query?.sql ?? 'BEGIN'}`)
  }
}
