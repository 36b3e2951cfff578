import type { Logger } from '#kernel'
import type { Database } from '#ports'
import { openSqlite } from './sqlite/open-sqlite.ts'

export interface DatabaseOptions {
  /** The data folder; `state.db` is in it. */
  readonly folder: string
  readonly log: Logger
  /** A `postgres://` address instead of `state.db`, where one machine is not enough. */
  readonly url?: string
}

/** Opens the state database: SQLite in the data folder unless `url` names PostgreSQL. Throws `IW_STORAGE_OPEN`. */
export async function openDatabase({ folder, log, url }: DatabaseOptions): Promise<Database> {
  if (url === undefined) return openSqlite(folder, log)
  const { openPostgres } = await import('./postgres.ts')
  return await openPostgres(url, log)
}
