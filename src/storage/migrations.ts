import { type Kysely, sql } from 'kysely'
import { IwError } from '#kernel'
import type { Migration } from '#ports'

interface MigrationTables {
  storage_migration: { room: string; name: string; at: string }
}

/** What of an engine the migrations need. */
export interface MigrationEngine {
  /** Runs `work` in a transaction that no other process's migrations run beside. */
  exclusively<T>(work: (database: Kysely<unknown>) => Promise<T>): Promise<T>
  /** Keeps a copy of the state before the migration named, where the engine can. */
  backup(before: string): Promise<void>
}

/**
 * Migrations of all rooms over one database: forward only, each in a transaction of its own, remembered in
 * `storage_migration`. Before the first change to a database that was in use, a backup is made.
 */
export class Migrations {
  readonly #engine: MigrationEngine
  /** Whether the database held anything when it was opened; unknown before the first look. */
  #inUse: boolean | undefined

  constructor(engine: MigrationEngine) {
    this.#engine = engine
  }

  async run(room: string, migrations: readonly Migration[]): Promise<void> {
    checkNames(room, migrations)
    const applied = await this.#applied(room)
    const pending = pendingOf(room, migrations, applied)
    for (const migration of pending) {
      await this.#backupOnce(`${room}-${migration.name}`)
      await this.#apply(room, migration)
    }
  }

  async #applied(room: string): Promise<readonly string[]> {
    return await this.#engine.exclusively(async (database) => {
      const rows = await rowsOf(database)
      this.#inUse ??= rows.length > 0
      return rows.filter((row) => row.room === room).map(({ name }) => name)
    })
  }

  async #backupOnce(before: string): Promise<void> {
    if (!this.#inUse) return
    try {
      await this.#engine.backup(before)
    } catch (cause) {
      throw new IwError('IW_STORAGE_MIGRATION', `No backup could be made before ${before}: ${reason(cause)}`, { cause })
    }
    this.#inUse = false
  }

  async #apply(room: string, migration: Migration): Promise<void> {
    try {
      await this.#engine.exclusively(async (database) => {
        const rows = await rowsOf(database)
        // Another instance on the same PostgreSQL may have been first.
        if (rows.some((row) => row.room === room && row.name === migration.name)) return
        await migration.up(database)
        await (database as Kysely<MigrationTables>)
          .insertInto('storage_migration')
          .values({ room, name: migration.name, at: new Date().toISOString() })
          .execute()
      })
    } catch (cause) {
      const message = `Migration ${room}/${migration.name} failed, nothing was changed: ${reason(cause)}`
      throw new IwError('IW_STORAGE_MIGRATION', message, { cause })
    }
  }
}

async function rowsOf(database: Kysely<unknown>) {
  await sql`create table if not exists storage_migration (
    room text not null, name text not null, at text not null, primary key (room, name))`.execute(database)
  return await (database as Kysely<MigrationTables>).selectFrom('storage_migration').select(['room', 'name']).execute()
}

/** Names in the source must ascend, so that the order in the list is the order of their numbers. */
function checkNames(room: string, migrations: readonly Migration[]): void {
  for (const [index, { name }] of migrations.entries())
    if (index > 0 && name <= migrations[index - 1]!.name)
      throw new IwError('IW_KERNEL_BUG', `Migration ${room}/${name} is out of order`)
}

function pendingOf(room: string, migrations: readonly Migration[], applied: readonly string[]): readonly Migration[] {
  const unknown = applied.find((name) => !migrations.some((migration) => migration.name === name))
  if (unknown !== undefined)
    throw new IwError(
      'IW_STORAGE_MIGRATION',
      `The state database has migration ${room}/${unknown}, which this version does not know: a newer version made it`,
    )
  const pending = migrations.filter(({ name }) => !applied.includes(name))
  const newest = applied.toSorted().at(-1)
  const late = pending.find(({ name }) => newest !== undefined && name < newest)
  if (late)
    throw new IwError('IW_STORAGE_MIGRATION', `Migration ${room}/${late.name} comes before ${newest}, already applied`)
  return pending
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error))
