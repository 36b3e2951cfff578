import { chmodSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Kysely, sql, type Transaction } from 'kysely'
import { IwError, type Logger } from '#kernel'
import type { Database } from '#ports'
import { Migrations } from '../migrations.ts'
import { sqliteDialect } from './dialect.ts'
import { SqliteFile } from './file.ts'

/** Opens or makes `<folder>/state.db`. Throws `IW_STORAGE_OPEN`. */
export function openSqlite(folder: string, log: Logger): Database {
  const path = join(folder, 'state.db')
  const file = openFile(path)
  const kysely = new Kysely<unknown>({ dialect: sqliteDialect(file) })

  const transaction = <T>(work: (transaction: Transaction<unknown>) => Promise<T>): Promise<T> =>
    kysely.transaction().execute((transaction) => file.inside(() => work(transaction)))

  const migrations = new Migrations({
    exclusively: transaction,
    async backup(before) {
      const target = `${path}.before-${before}`
      const temporary = `${target}.tmp`
      rmSync(temporary, { force: true })
      await sql`vacuum into ${temporary}`.execute(kysely)
      renameSync(temporary, target)
      log.info({ file: target }, 'backed up the state database before a migration')
    },
  })

  return {
    engine: 'sqlite',
    tables: <Tables>() => kysely as Kysely<unknown> as Kysely<Tables>,
    transaction: <Tables, T>(work: (transaction: Transaction<Tables>) => Promise<T>) =>
      transaction((given) => work(given as Transaction<unknown> as Transaction<Tables>)),
    migrate: (room, list) => migrations.run(room, list),
    async backup(target) {
      await file.backup(target)
      return true
    },
    close: () => kysely.destroy(),
  }
}

function openFile(path: string): SqliteFile {
  try {
    const file = new SqliteFile(path)
    chmodSync(path, 0o600)
    return file
  } catch (cause) {
    throw new IwError('IW_STORAGE_OPEN', `${path} cannot be opened: ${(cause as Error).message}`, { cause })
  }
}
