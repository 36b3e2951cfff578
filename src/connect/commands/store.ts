import type { ErrorCode } from '#kernel'
import type { CommandRecord, Value } from '#model'
import type { Database } from '#ports'
import { decodeValue, encodeValue } from '../stored-value.ts'
import type { ConnectTables } from '../tables.ts'

type Row = ConnectTables['connect_command']

/** The audit records of writes in the state database. */
export class CommandStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async insert(record: CommandRecord): Promise<void> {
    await this.#table.insertInto('connect_command').values(toRow(record)).execute()
  }

  /** Completes a record that is still pending; one that is finished is never changed. */
  async update(record: CommandRecord): Promise<void> {
    const { id, ...columns } = toRow(record)
    await this.#table
      .updateTable('connect_command')
      .set(columns)
      .where('id', '=', id)
      .where('outcome', '=', 'pending')
      .execute()
  }

  async pending(): Promise<CommandRecord[]> {
    const rows = await this.#table.selectFrom('connect_command').selectAll().where('outcome', '=', 'pending').execute()
    return rows.map(fromRow)
  }

  async get(id: string): Promise<CommandRecord | undefined> {
    const row = await this.#table.selectFrom('connect_command').selectAll().where('id', '=', id).executeTakeFirst()
    return row && fromRow(row)
  }

  /** Newest first. */
  async list({ thing, limit, before }: { thing?: string; limit: number; before?: string }): Promise<CommandRecord[]> {
    let query = this.#table.selectFrom('connect_command').selectAll().orderBy('id', 'desc').limit(limit)
    if (thing !== undefined) query = query.where('thing', '=', thing)
    if (before !== undefined) query = query.where('id', '<', before)
    return (await query.execute()).map(fromRow)
  }

  /** Keeps the newest refusals; what was sent to a machine is kept for ever. */
  async pruneRefused(keep: number): Promise<void> {
    const refused = this.#table.selectFrom('connect_command').select('id').where('outcome', '=', 'refused')
    const newestToGo = await refused.orderBy('id', 'desc').offset(keep).limit(1).executeTakeFirst()
    if (!newestToGo) return
    await this.#table
      .deleteFrom('connect_command')
      .where('outcome', '=', 'refused')
      .where('id', '<=', newestToGo.id)
      .execute()
  }

  get #table() {
    return this.#database.tables<ConnectTables>()
  }
}

const encoded = (value: Value | undefined): string | null => (value === undefined ? null : encodeValue(value))

const toRow = (record: CommandRecord): Row => ({
  id: record.id,
  thing: record.thing,
  property: record.property,
  value: encodeValue(record.value),
  principal: record.principal,
  reason: record.reason ?? null,
  requested_at: String(record.requestedAt),
  outcome: record.outcome,
  code: record.code ?? null,
  message: record.message ?? null,
  previous: encoded(record.previous),
  read_back: encoded(record.readBack),
  finished_at: record.finishedAt === undefined ? null : String(record.finishedAt),
})

const fromRow = (row: Row): CommandRecord => ({
  id: row.id,
  thing: row.thing,
  property: row.property,
  value: decodeValue(row.value),
  principal: row.principal,
  requestedAt: Number(row.requested_at),
  outcome: row.outcome,
  ...(row.reason !== null && { reason: row.reason }),
  ...(row.code !== null && { code: row.code as ErrorCode }),
  ...(row.message !== null && { message: row.message }),
  ...(row.previous !== null && { previous: decodeValue(row.previous) }),
  ...(row.read_back !== null && { readBack: decodeValue(row.read_back) }),
  ...(row.finished_at !== null && { finishedAt: Number(row.finished_at) }),
})
