import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient, sql, type Transaction } from 'kysely'
import { IwError, type Logger } from '#kernel'
import type { Database } from '#ports'
import { Migrations } from './migrations.ts'
import { storedValue } from './parameters.ts'

/** Any number, the same in every instance: who holds it may migrate. */
const migrationLock = 7_070_001

/**
 * Opens the PostgreSQL database of a `postgres://` address; the package `pg` is loaded only here.
 * Throws `IW_STORAGE_OPEN`, never with the password.
 */
export async function openPostgres(url: string, log: Logger): Promise<Database> {
  const { Pool } = await loadPg()
  const pool = new Pool({ connectionString: url, max: 10, connectionTimeoutMillis: 10_000 })
  pool.on('error', (error) => log.warn({ error: error.message }, 'a connection to PostgreSQL was lost'))
  const kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: storing(pool as never) }) })
  try {
    await sql`select 1`.execute(kysely)
  } catch (cause) {
    await kysely.destroy()
    throw new IwError('IW_STORAGE_OPEN', `${withoutSecrets(url)} cannot be opened: ${(cause as Error).message}`)
  }

  const migrations = new Migrations({
    exclusively: (work) =>
      kysely.transaction().execute(async (transaction) => {
        await sql`select pg_advisory_xact_lock(${migrationLock})`.execute(transaction)
        return await work(transaction)
      }),
    async backup(before) {
      log.info({ before }, 'migrating a PostgreSQL database: its backup is the business of its operator')
    },
  })

  return {
    engine: 'postgres',
    tables: <Tables>() => kysely as Kysely<unknown> as Kysely<Tables>,
    transaction: <Tables, T>(work: (transaction: Transaction<Tables>) => Promise<T>) =>
      kysely.transaction().execute((given) => work(given as Transaction<unknown> as Transaction<Tables>)),
    migrate: (room, list) => migrations.run(room, list),
    backup: async () => false,
    close: () => kysely.destroy(),
  }
}

/** A pool whose parameters go through `storedValue`, as they do on SQLite. */
function storing(pool: PostgresPool): PostgresPool {
  return {
    async connect() {
      const client = await pool.connect()
      const query = (text: unknown, parameters?: readonly unknown[]) =>
        client.query(text as string, parameters?.map(storedValue) ?? [])
      return { query: query as PostgresPoolClient['query'], release: () => client.release() }
    },
    end: () => pool.end(),
  }
}

async function loadPg(): Promise<typeof import('pg')> {
  try {
    return (await import('pg')).default as never
  } catch (cause) {
    throw new IwError('IW_STORAGE_OPEN', 'A postgres:// database needs the package pg: run `npm install pg`', { cause })
  }
}

function withoutSecrets(url: string): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}
