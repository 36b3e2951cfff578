import { IwError } from '#kernel'
import type { Tag } from '#model'
import type { SqlTable } from '#ports'
import type { ColumnType, DuckDb } from '#sandbox'
import { realFiles } from '../files/real-files.ts'
import { entryBytes, readEntry } from '../parts/part-format.ts'
import { PartReader, readPartIndex } from '../parts/part-reader.ts'
import type { HeadExtent, HeadRows, SqlPart } from './messages.ts'
import { type Bounds, type DayRanges, type HeadTable, headTable, recentTable, tagTable } from './views.ts'

const rowTypes = [
  'INTEGER',
  'TIMESTAMP',
  'DOUBLE',
  'UTINYINT',
  'TIMESTAMP',
  'VARCHAR',
  'BIGINT',
] as const satisfies ColumnType[]
const rowColumns =
  'tag INTEGER, time TIMESTAMP, value DOUBLE, quality UTINYINT, arrived TIMESTAMP, text VARCHAR, integer BIGINT'

/**
 * The rows that are in no Parquet file yet, as tables of DuckDB: level-0 parts in one table, in which each (tag, time) is
 * once, and a table for each head segment. They grow with what is new and shrink with what was merged.
 */
export class MemoryTables {
  readonly #duckdb: DuckDb
  /** Level-0 parts in the table, with their days. */
  readonly #recent = new Map<number, DayRanges>()
  readonly #head = new Map<number, { rows: number; days: DayRanges; repeats: boolean }>()
  #tags = 0

  private constructor(duckdb: DuckDb) {
    this.#duckdb = duckdb
  }

  static async create(duckdb: DuckDb): Promise<MemoryTables> {
    const tables = new MemoryTables(duckdb)
    await duckdb.connection.run(`
      CREATE TABLE ${recentTable} (part INTEGER, ${rowColumns});
      CREATE TABLE arriving (part INTEGER, ${rowColumns});
      CREATE TABLE ${tagTable} (tag INTEGER, thing VARCHAR, property VARCHAR, type VARCHAR, unit VARCHAR)`)
    return tables
  }

  /** The version of the tags held. */
  get tags(): number {
    return this.#tags
  }

  get head(): readonly HeadExtent[] {
    return [...this.#head].map(([segment, { rows }]) => ({ segment, rows }))
  }

  async setTags(tags: readonly Tag[], version: number): Promise<void> {
    await this.#transaction(async () => {
      await this.#run(`DELETE FROM ${tagTable}`)
      const appender = this.#duckdb.columnAppender(tagTable, ['INTEGER', 'VARCHAR', 'VARCHAR', 'VARCHAR', 'VARCHAR'])
      appender.append(
        [
          Int32Array.from(tags, ({ id }) => id),
          tags.map(({ thing }) => thing),
          tags.map(({ property }) => property),
          tags.map(({ type }) => type),
          tags.map(({ unit }) => unit ?? null),
        ],
        tags.length,
      )
      appender.close()
    })
    this.#tags = version
  }

  async addHead(segment: number, rows: HeadRows): Promise<void> {
    const table = headTable(segment)
    const before = this.#head.get(segment)?.rows ?? 0
    if (before === 0) await this.#run(`CREATE OR REPLACE TABLE ${table} (seq INTEGER, ${rowColumns})`)
    const appender = this.#duckdb.columnAppender(table, ['INTEGER', ...rowTypes])
    const seq = Int32Array.from({ length: rows.count }, (_, i) => before + i)
    const { tag, time, value, quality, text, integer } = rows
    appender.append([seq, tag, time, value, quality, undefined, text, integer], rows.count)
    appender.close()
    const days = await this.#daysOf(table)
    const [distinct] = await this.#rows(`SELECT count(*) = count(DISTINCT (tag, time)) FROM ${table}`)
    this.#head.set(segment, { rows: before + rows.count, days, repeats: distinct![0] !== true })
  }

  /** Brings the level-0 parts up to date with those that are live: takes up those within the bounds, lets the others go. */
  async update(live: readonly SqlPart[], bounds: Bounds, isWanted: () => boolean): Promise<void> {
    const level0 = live.filter(({ kind }) => kind === 'level0')
    const merged = live.reduce((most, { kind, rank }) => (kind === 'raw' ? Math.max(most, rank) : most), 0)
    const gone = [...this.#recent.keys()].filter((number) => !level0.some((part) => part.number === number))
    // A part that left without being merged was damaged: the rows that it had replaced are valid again.
    if (gone.some((number) => number > merged)) await this.#forgetRecent()
    else await this.#drop(gone)
    for (const part of level0) {
      if (this.#recent.has(part.number) || part.minTime > bounds.to || part.maxTime < bounds.from) continue
      if (!isWanted()) throw new IwError('IW_SQL_CANCELLED', 'The query was cancelled while it loaded new readings')
      await this.#load(part)
    }
  }

  /** Lets go head segments that nobody needs any more. */
  async dropHead(needed: ReadonlySet<number>): Promise<void> {
    for (const segment of this.#head.keys()) {
      if (needed.has(segment)) continue
      this.#head.delete(segment)
      await this.#run(`DROP TABLE ${headTable(segment)}`)
    }
  }

  /** Days of the level-0 parts given. */
  recentDays(): DayRanges {
    const all = new Map<number, Bounds>()
    for (const days of this.#recent.values())
      for (const [day, { from, to }] of days) {
        const range = all.get(day)
        all.set(day, range ? { from: Math.min(from, range.from), to: Math.max(to, range.to) } : { from, to })
      }
    return all
  }

  /** Undefined where a segment is not there as far as that. */
  headTables(extents: readonly HeadExtent[]): readonly HeadTable[] | undefined {
    const found: HeadTable[] = []
    for (const { segment, rows } of extents) {
      const held = this.#head.get(segment)
      if (!held || held.rows < rows) return undefined
      found.push({ segment, rows, days: held.days, repeats: held.repeats })
    }
    return found
  }

  async #load(part: SqlPart): Promise<void> {
    await this.#run('DELETE FROM arriving')
    await this.#appendPart(part)
    await this.#transaction(async () => {
      await this.#run(`DELETE FROM ${recentTable} AS r USING arriving AS a
        WHERE r.tag = a.tag AND r.time = a.time AND r.part < a.part`)
      await this.#run(`INSERT INTO ${recentTable} SELECT * FROM arriving ANTI JOIN ${recentTable} USING (tag, time)`)
    })
    this.#recent.set(part.number, await this.#daysOf('arriving'))
    await this.#run('DELETE FROM arriving')
  }

  async #appendPart({ number, path }: SqlPart): Promise<void> {
    const reader = (await PartReader.open(realFiles, path)).use()
    const file = realFiles.open(path, 'read')
    const appender = this.#duckdb.columnAppender('arriving', ['INTEGER', ...rowTypes])
    try {
      const index = readPartIndex(file, path)
      for (let at = 0; at < index.byteLength; at += entryBytes) {
        const entry = readEntry(index, at)
        const { count, time, value, quality, arrivedAt, text, integer } = await reader.chunk(entry)
        const tag = new Int32Array(count).fill(index.getInt32(at, true))
        const part = new Int32Array(count).fill(number)
        appender.append([part, tag, time, value, quality, arrivedAt, text, integer], count)
      }
    } finally {
      appender.close()
      file.close()
      reader.release()
      reader.close()
    }
  }

  async #drop(gone: readonly number[]): Promise<void> {
    if (gone.length === 0) return
    await this.#run(`DELETE FROM ${recentTable} WHERE part IN (${gone.join(', ')})`)
    for (const number of gone) this.#recent.delete(number)
  }

  async #forgetRecent(): Promise<void> {
    await this.#run(`DELETE FROM ${recentTable}`)
    this.#recent.clear()
  }

  async #daysOf(table: string): Promise<DayRanges> {
    const rows = await this.#rows(
      `SELECT epoch_us(time) // 86400000000 AS day, epoch_us(min(time)), epoch_us(max(time)) FROM ${table} GROUP BY day`,
    )
    return new Map(rows.map(([day, from, to]) => [Number(day), { from: Number(from), to: Number(to) }]))
  }

  async #transaction(work: () => Promise<void>): Promise<void> {
    await this.#run('BEGIN')
    try {
      await work()
      await this.#run('COMMIT')
    } catch (error) {
      await this.#run('ROLLBACK')
      throw error
    }
  }

  async #run(sql: string): Promise<void> {
    await this.#duckdb.connection.run(sql)
  }

  async #rows(sql: string) {
    return (await this.#duckdb.connection.runAndReadAll(sql)).getRows()
  }
}

/** The SQL that makes a table handed in, as a temporary one, with its rows. */
export function handedInTable({ name, columns, rows }: SqlTable): string {
  if (!/^[a-z][a-z0-9_]{0,40}$/.test(name)) throw new IwError('IW_SQL_INVALID', `"${name}" is no name of a table`)
  const head = columns.map(({ name, type }) => `"${name.replaceAll('"', '""')}" ${type}`).join(', ')
  const create = `CREATE OR REPLACE TEMP TABLE ${name} (${head})`
  if (rows.length === 0) return create
  const value = (cell: string | number | null, at: number): string =>
    cell === null
      ? 'NULL'
      : typeof cell === 'string'
        ? `'${cell.replaceAll("'", "''")}'`
        : columns[at]!.type === 'TIMESTAMPTZ'
          ? `make_timestamptz(${BigInt(Math.round(cell))})`
          : Number.isFinite(cell)
            ? String(cell)
            : `'${cell}'`
  return `${create}; INSERT INTO ${name} VALUES ${rows.map((row) => `(${row.map(value).join(', ')})`).join(', ')}`
}
