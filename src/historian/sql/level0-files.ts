import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { IwError, isIwError } from '#kernel'
import type { ColumnType, DuckDb } from '#sandbox'
import { realFiles } from '../files/real-files.ts'
import { entryBytes, readEntry } from '../parts/part-format.ts'
import { PartReader, readPartIndex } from '../parts/part-reader.ts'
import { daysOf } from './days.ts'
import type { SqlPart } from './messages.ts'
import { type Bounds, type DayRanges, literal, type StoredPart } from './views.ts'

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
 * Level-0 parts, written over as Parquet in a folder of their own as questions need them: 0.25 µs a row, once in the life of a
 * part. They stay when the process ends for want of questions.
 */
export class Level0Files {
  readonly #duckdb: DuckDb
  readonly #folder: string
  readonly #days = new Map<number, DayRanges>()
  /** Files that are there, also of the process before this one. */
  readonly #files: Set<number>

  constructor(duckdb: DuckDb, folder: string) {
    this.#duckdb = duckdb
    this.#folder = folder
    mkdirSync(folder, { recursive: true })
    this.#files = new Set(readdirSync(folder).map((name) => Number.parseInt(name, 10)))
  }

  /** The parts within the bounds, level 0 as the files made of them. Throws `IW_HISTORIAN_CORRUPT` with the number in `detail.part`. */
  async stored(parts: readonly SqlPart[], bounds: Bounds, isWanted: () => boolean): Promise<readonly StoredPart[]> {
    const found: StoredPart[] = []
    for (const part of parts) {
      if (part.minTime > bounds.to || part.maxTime < bounds.from) continue
      if (part.kind !== 'level0') {
        found.push(part)
        continue
      }
      if (!isWanted()) throw new IwError('IW_SQL_CANCELLED', 'The query ended while it took up new readings')
      found.push({ ...part, kind: 'raw', path: this.#path(part.number), days: await this.#daysOf(part) })
    }
    return found
  }

  /** Lets go the files of parts that nobody needs any more. */
  drop(needed: ReadonlySet<number>): void {
    for (const number of this.#files) {
      if (needed.has(number)) continue
      this.#files.delete(number)
      this.#days.delete(number)
      rmSync(this.#path(number), { force: true })
    }
  }

  #path(number: number): string {
    return join(this.#folder, `${number}.parquet`)
  }

  async #daysOf(part: SqlPart): Promise<DayRanges> {
    const known = this.#days.get(part.number)
    if (known) return known
    const path = this.#path(part.number)
    if (!existsSync(path)) await this.#write(part, path)
    this.#files.add(part.number)
    const days = await daysOf(this.#duckdb.connection, `read_parquet(${literal(path)})`)
    this.#days.set(part.number, days)
    return days
  }

  /** Beside first, so that half a file is never taken for a whole one. */
  async #write(part: SqlPart, path: string): Promise<void> {
    const { connection } = this.#duckdb
    await connection.run(`CREATE OR REPLACE TABLE arriving (${rowColumns})`)
    try {
      await this.#append(part)
      await connection.run(`COPY arriving TO ${literal(`${path}.part`)} (FORMAT parquet, COMPRESSION snappy)`)
      renameSync(`${path}.part`, path)
    } catch (error) {
      if (!isIwError(error, 'IW_HISTORIAN_CORRUPT')) throw error
      throw new IwError(error.code, error.message, { cause: error, detail: { ...error.detail, part: part.number } })
    } finally {
      await connection.run('DROP TABLE arriving')
    }
  }

  async #append({ path }: SqlPart): Promise<void> {
    const reader = (await PartReader.open(realFiles, path)).use()
    const file = realFiles.open(path, 'read')
    const appender = this.#duckdb.columnAppender('arriving', rowTypes)
    try {
      const index = readPartIndex(file, path)
      for (let at = 0; at < index.byteLength; at += entryBytes) {
        const entry = readEntry(index, at)
        const { count, time, value, quality, arrivedAt, text, integer } = await reader.chunk(entry)
        const tag = new Int32Array(count).fill(entry.tag)
        appender.append([tag, time, value, quality, arrivedAt, text, integer], count)
      }
    } finally {
      appender.close()
      file.close()
      reader.release()
      reader.close()
    }
  }
}
