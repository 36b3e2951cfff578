import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import type { SqliteFile } from './file.ts'

/** Kysely over `node:sqlite`: no compiler and no package needed. */
export function sqliteDialect(file: SqliteFile): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new SqliteDriver(file),
    createIntrospector: (database) => new SqliteIntrospector(database),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

/** Kysely's view of a connection. It takes its turn on the real one only for a transaction. */
class SqliteConnection implements DatabaseConnection {
  readonly file: SqliteFile
  /** Ends the turn; there while a transaction is open. */
  endTurn: (() => void) | undefined

  constructor(file: SqliteFile) {
    this.file = file
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const result = this.endTurn ? this.file.now(query) : await this.file.single(query)
    return result as QueryResult<R>
  }

  /** All rows at once: holding the only connection while a reader takes its time would stop everybody else. */
  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    yield await this.executeQuery<R>(query)
  }

  finish(): void {
    this.endTurn?.()
    this.endTurn = undefined
  }
}

class SqliteDriver implements Driver {
  readonly #file: SqliteFile

  constructor(file: SqliteFile) {
    this.#file = file
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<SqliteConnection> {
    return new SqliteConnection(this.#file)
  }

  async beginTransaction(connection: SqliteConnection): Promise<void> {
    connection.endTurn = await this.#file.begin()
  }

  async commitTransaction(connection: SqliteConnection): Promise<void> {
    this.#file.exec('COMMIT')
    connection.finish()
  }

  async rollbackTransaction(connection: SqliteConnection): Promise<void> {
    if (!connection.endTurn) return
    this.#file.rollback()
    connection.finish()
  }

  async releaseConnection(connection: SqliteConnection): Promise<void> {
    await this.rollbackTransaction(connection)
  }

  async destroy(): Promise<void> {
    await this.#file.close()
  }
}
