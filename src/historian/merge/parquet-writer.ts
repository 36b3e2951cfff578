import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Tag, TagId } from '#model'
import type { ColumnAppender, ColumnData, ColumnType, DuckDb } from '#sandbox'
import type { FileLayer } from '../files/file-layer.ts'
import { realFiles } from '../files/real-files.ts'
import { writeNew } from '../files/whole-file.ts'
import { packTags } from '../parts/part-tags.ts'
import type { PartKind } from '../seal/manifest.ts'

export interface Column {
  readonly name: string
  readonly type: ColumnType
}

/** Where merged files are made, and by what. */
export interface Workshop {
  readonly db: DuckDb
  readonly files: FileLayer
  /** Folder of the parts. */
  readonly parts: string
  /** A folder of this machine's, for DuckDB to write into where `files` are not the machine's. */
  readonly temporary: string
}

const formatVersion = '1'
/**
 * How many different values a column of a group may have to be written with a dictionary. Values repeat and gain by one; times do
 * not: a limit above their number made a day of a 1 Hz tag 6.5 B a reading in place of 2.2. Below a fifth of a large group walks of
 * many tags lose theirs (3.2 → 4.6 B); of a small group, minimum and maximum of one tag take up to half.
 */
const dictionaryValues = (groupRows: number) => (groupRows <= 16_384 ? groupRows / 2 : groupRows / 5)

/** Measured over days of 3.33 M readings of 10,000 tags: 2.95 B a reading; groups of 30,720 rows 3.4; Bloom filters 0.15 to 0.45 more. */
const copyOptions = (groupRows: number) =>
  `format parquet, compression zstd, parquet_version v2, row_group_size ${groupRows}, dictionary_size_limit ${dictionaryValues(groupRows)}, write_bloom_filter false`

/**
 * Gathers the rows of one file, in the order they are to have, in a table of DuckDB's and copies that into a file: under
 * `<path>.tmp`, synced, so that the caller can give it its name.
 */
export class ParquetTable {
  readonly #shop: Workshop
  readonly #name: string
  readonly #columns: readonly Column[]
  readonly #appender: ColumnAppender

  private constructor(shop: Workshop, name: string, columns: readonly Column[]) {
    this.#shop = shop
    this.#name = name
    this.#columns = columns
    const types = columns.map(({ type }) => type)
    this.#appender = shop.db.columnAppender(name, types)
  }

  static async create(shop: Workshop, name: string, columns: readonly Column[]): Promise<ParquetTable> {
    await shop.db.connection.run(
      `create or replace table ${name} (${columns.map((column) => `"${column.name}" ${column.type}`).join(', ')})`,
    )
    return new ParquetTable(shop, name, columns)
  }

  append(columns: readonly ColumnData[], count: number): void {
    this.#appender.append(columns, count)
  }

  /** Copies the rows into `<file>.tmp` below the parts, synced, and lets the table go. `columns`: all of the file, in order. */
  async copy(file: string, columns: readonly Column[], groupRows: number, metadata: string): Promise<void> {
    this.#appender.close()
    const own = new Set(this.#columns.map(({ name }) => name))
    const select = columns
      .map(({ name, type }) => (own.has(name) ? `"${name}"` : `null::${type} as "${name}"`))
      .join(', ')
    const { db, files, parts, temporary } = this.#shop
    const target = join(files === realFiles ? parts : temporary, `${file}.tmp`)
    const options = `${copyOptions(groupRows)}, kv_metadata ${metadata}`
    await db.connection.run(`copy (select ${select} from ${this.#name}) to ${quoted(target)} (${options})`)
    await this.drop()
    if (files === realFiles) sync(files, target)
    else bring(target, files, join(parts, `${file}.tmp`))
  }

  async drop(): Promise<void> {
    await this.#shop.db.connection.run(`drop table if exists ${this.#name}`)
  }
}

function sync(files: FileLayer, path: string): void {
  const file = files.open(path, 'write')
  try {
    file.datasync()
  } finally {
    file.close()
  }
}

/** Copies what DuckDB wrote on this machine to the files handed in. */
function bring(from: string, files: FileLayer, to: string): void {
  const file = realFiles.open(from, 'read')
  try {
    const bytes = new Uint8Array(file.size())
    file.read(bytes, 0)
    writeNew(files, to, [bytes])
  } finally {
    file.close()
    rmSync(from)
  }
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** Metadata of a file as DuckDB takes it. `tags`: what the ids in the file mean. */
export function metadataOf(kind: PartKind, rank: number, tags: readonly Tag[]): string {
  const pairs = [
    ['interwork.version', formatVersion],
    ['interwork.kind', kind],
    ['interwork.rank', String(rank)],
    ['interwork.tags', packTags(tags)],
  ]
  return `{${pairs.map(([key, value]) => `${quoted(key!)}: ${quoted(value!)}`).join(', ')}}`
}

/** The tags with these ids, in order; one that is not known any more is left out. */
export const tagsOf = (ids: Iterable<TagId>, all: ReadonlyMap<TagId, Tag>): readonly Tag[] =>
  [...ids].map((id) => all.get(id)).filter((tag) => tag !== undefined)

/** Makes a folder for what DuckDB spills, and clears away what a kill left in it. */
export function makeTemporary(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
}
