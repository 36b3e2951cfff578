import { IwError } from '#kernel'
import type { ThingDefinition } from '#model'
import type { Database } from '#ports'
import type { ConnectTables } from '../tables.ts'

/** A row of `connect_thing`: the definition as it was given, before a driver filled in its defaults. */
export interface StoredThing {
  readonly id: string
  readonly origin: 'database' | 'ingest'
  readonly version: number
  readonly createdAt: number
  readonly definition: ThingDefinition
}

const rowsPerStatement = 100

/** Things in the state database. */
export class ThingStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async all(): Promise<StoredThing[]> {
    const rows = await this.#table.selectFrom('connect_thing').selectAll().orderBy('id').execute()
    return rows.map(fromRow)
  }

  async insert(thing: StoredThing): Promise<void> {
    await this.#table.insertInto('connect_thing').values(toRow(thing)).execute()
  }

  /** Replaces the row if it still has the version before. Throws `IW_CONNECT_VERSION`. */
  async update(thing: StoredThing): Promise<void> {
    const { numUpdatedRows } = await this.#table
      .updateTable('connect_thing')
      .set(toRow(thing))
      .where('id', '=', thing.id)
      .where('version', '=', thing.version - 1)
      .executeTakeFirst()
    if (numUpdatedRows !== 1n)
      throw new IwError('IW_CONNECT_VERSION', `${thing.id} is not at version ${thing.version - 1}`)
  }

  /** Inserts or replaces many in one transaction: the things made by what arrived. */
  async put(things: readonly StoredThing[]): Promise<void> {
    await this.#database.transaction<ConnectTables, void>(async (transaction) => {
      for (let i = 0; i < things.length; i += rowsPerStatement) {
        const rows = things.slice(i, i + rowsPerStatement).map(toRow)
        await transaction
          .insertInto('connect_thing')
          .values(rows)
          .onConflict((conflict) =>
            conflict.column('id').doUpdateSet((row) => ({
              version: row.ref('excluded.version'),
              definition: row.ref('excluded.definition'),
            })),
          )
          .execute()
      }
    })
  }

  async remove(id: string): Promise<void> {
    await this.#table.deleteFrom('connect_thing').where('id', '=', id).execute()
  }

  get #table() {
    return this.#database.tables<ConnectTables>()
  }
}

const toRow = ({ id, origin, version, createdAt, definition }: StoredThing): ConnectTables['connect_thing'] => ({
  id,
  origin,
  version,
  created_at: String(createdAt),
  definition: JSON.stringify(definition),
})

const fromRow = (row: ConnectTables['connect_thing']): StoredThing => ({
  id: row.id,
  origin: row.origin,
  version: row.version,
  createdAt: Number(row.created_at),
  definition: JSON.parse(row.definition) as ThingDefinition,
})
