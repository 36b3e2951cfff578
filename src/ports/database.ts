import type { Kysely, Transaction } from 'kysely'

/**
 * One forward step of a room's tables. `name` sorts (`0001-things`); it is never changed once released. Written with
 * Kysely's schema builder so that SQLite and PostgreSQL both run it: 64-bit ids as text, booleans 0/1, JSON as text.
 */
export interface Migration {
  readonly name: string
  readonly up: (database: Kysely<unknown>) => Promise<void>
}

/** The state database (things, commands, tokens…), never readings. Each room owns the tables that begin with its name. */
export interface Database {
  readonly engine: 'sqlite' | 'postgres'
  /** The database seen as the tables of one room. */
  tables<Tables>(): Kysely<Tables>
  /** Runs `work` in one transaction. Only database calls may be awaited inside. */
  transaction<Tables, T>(work: (transaction: Transaction<Tables>) => Promise<T>): Promise<T>
  /** Brings a room's tables up to date; a no-op when they are. Throws `IW_STORAGE_MIGRATION`. */
  migrate(room: string, migrations: readonly Migration[]): Promise<void>
  /**
   * Writes the database as it is into a file of its own, synced, while everything goes on. Resolves to false, with nothing
   * written, where the engine has its own way (PostgreSQL: pg_dump).
   */
  backup(file: string): Promise<boolean>
  close(): Promise<void>
}
