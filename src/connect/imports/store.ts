import type { Database } from '#ports'
import type { ConnectTables } from '../tables.ts'
import type { ImportRecord } from './record.ts'
import type { RejectedRow } from './rejected.ts'

/** Rejected rows kept of one import. */
export const keptRejected = 10_000
/** Imports remembered, the newest. */
const keptImports = 1_000
const rowsPerInsert = 200

/** Imports in the state database: where each stands, and the rows it could not take. */
export class ImportStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async insert(record: ImportRecord): Promise<void> {
    await this.#database.transaction<ConnectTables, void>(async (transaction) => {
      await transaction.insertInto('connect_import').values(toRow(record)).execute()
      const oldest = await transaction
        .selectFrom('connect_import')
        .select('id')
        .where('state', '!=', 'running')
        .orderBy('id', 'desc')
        .offset(keptImports)
        .limit(1)
        .executeTakeFirst()
      if (!oldest) return
      const old = transaction.selectFrom('connect_import').select('id').where('state', '!=', 'running')
      const ids = (await old.where('id', '<=', oldest.id).execute()).map(({ id }) => id)
      await transaction.deleteFrom('connect_import_rejected').where('import', 'in', ids).execute()
      await transaction.deleteFrom('connect_import').where('id', 'in', ids).execute()
    })
  }

  /** Where it stands now, with the rows rejected since; both or neither are on disk. */
  async save(record: ImportRecord, rejected: readonly RejectedRow[] = []): Promise<void> {
    const { id, ...columns } = toRow(record)
    await this.#database.transaction<ConnectTables, void>(async (transaction) => {
      await transaction.updateTable('connect_import').set(columns).where('id', '=', id).execute()
      for (let from = 0; from < rejected.length; from += rowsPerInsert) {
        const rows = rejected.slice(from, from + rowsPerInsert).map((row) => ({
          import: id,
          line: row.line,
          body: JSON.stringify(row),
        }))
        await transaction
          .insertInto('connect_import_rejected')
          .values(rows)
          .onConflict((conflict) => conflict.columns(['import', 'line']).doNothing())
          .execute()
      }
    })
  }

  async get(id: string): Promise<ImportRecord | undefined> {
    const row = await this.#table.selectFrom('connect_import').selectAll().where('id', '=', id).executeTakeFirst()
    return row && fromRow(row)
  }

  /** The newest of this fingerprint. */
  async find(fingerprint: string): Promise<ImportRecord | undefined> {
    const row = await this.#table
      .selectFrom('connect_import')
      .selectAll()
      .where('fingerprint', '=', fingerprint)
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst()
    return row && fromRow(row)
  }

  /** Newest first. */
  async list(limit: number): Promise<ImportRecord[]> {
    const rows = await this.#table.selectFrom('connect_import').selectAll().orderBy('id', 'desc').limit(limit).execute()
    return rows.map(fromRow)
  }

  /** Those that go on, or may. */
  async unfinished(): Promise<ImportRecord[]> {
    const states = ['running', 'paused']
    const rows = await this.#table.selectFrom('connect_import').selectAll().where('state', 'in', states).execute()
    return rows.map(fromRow)
  }

  /** By line; a page of them after `line`. */
  async rejected(id: string, line: number, limit: number): Promise<RejectedRow[]> {
    const rows = await this.#table
      .selectFrom('connect_import_rejected')
      .select('body')
      .where('import', '=', id)
      .where('line', '>', line)
      .orderBy('line')
      .limit(limit)
      .execute()
    return rows.map(({ body }) => JSON.parse(body) as RejectedRow)
  }

  /** Forgets rejected rows from a line on: they are read again. */
  async forgetRejected(id: string, line: number): Promise<void> {
    await this.#table.deleteFrom('connect_import_rejected').where('import', '=', id).where('line', '>=', line).execute()
  }

  get #table() {
    return this.#database.tables<ConnectTables>()
  }
}

const toRow = (record: ImportRecord): ConnectTables['connect_import'] => ({
  id: record.id,
  fingerprint: record.fingerprint,
  state: record.state,
  body: JSON.stringify(record),
})

const fromRow = ({ body }: ConnectTables['connect_import']): ImportRecord => JSON.parse(body) as ImportRecord
