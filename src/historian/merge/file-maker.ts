import { join } from 'node:path'
import type { Tag, TagId } from '#model'
import { buildIndex, writeIndex } from '../parts/parquet/index.ts'
import { fileNameOf } from '../parts/part-files.ts'
import type { PartEntry } from '../seal/manifest.ts'
import { type Column, metadataOf, ParquetTable, tagsOf, type Workshop } from './parquet-writer.ts'

/** A file that is on disk, with its index, and not live yet. */
export type FinishedFile = PartEntry

/** What a run knows of the file it has gathered. */
export type RunPart = Pick<PartEntry, 'kind' | 'day' | 'rows' | 'minTime' | 'maxTime'>

/** Makes the files of one job: gives numbers, tables, names, indexes. */
export class FileMaker {
  readonly #shop: Workshop
  readonly #tags: ReadonlyMap<TagId, Tag>
  readonly #rank: number
  #next: number
  #tables = 0
  readonly #open = new Set<ParquetTable>()
  /** Names given to files so far; where a job fails they go. */
  readonly written: string[] = []

  constructor(shop: Workshop, tags: ReadonlyMap<TagId, Tag>, rank: number, firstNumber: number) {
    this.#shop = shop
    this.#tags = tags
    this.#rank = rank
    this.#next = firstNumber
  }

  async table(columns: readonly Column[]): Promise<ParquetTable> {
    const table = await ParquetTable.create(this.#shop, `file_${++this.#tables}`, columns)
    this.#open.add(table)
    return table
  }

  /** Writes a table as a file with all `columns`, and its index. Names are durable after `sync`. */
  async file(
    table: ParquetTable,
    columns: readonly Column[],
    groupRows: number,
    part: RunPart,
    ids: ReadonlySet<TagId>,
  ): Promise<FinishedFile> {
    const { files, parts } = this.#shop
    const sorted = [...ids].toSorted((a, b) => a - b)
    const number = this.#next++
    const entry = { ...part, number, rank: this.#rank, minTag: sorted[0]!, maxTag: sorted.at(-1)!, bytes: 0 }
    const name = fileNameOf(entry)
    this.written.push(name)
    await table.copy(name, columns, groupRows, metadataOf(part.kind, this.#rank, tagsOf(sorted, this.#tags)))
    this.#open.delete(table)
    const path = join(parts, name)
    files.rename(`${path}.tmp`, path)
    writeIndex(files, path, await buildIndex(files, path))
    return { ...entry, bytes: files.size(path)! }
  }

  /** Makes the names durable. */
  sync(): void {
    if (this.written.length > 0) this.#shop.files.syncFolder(this.#shop.parts)
  }

  /** Removes what was written: the job came to nothing. */
  async abandon(): Promise<void> {
    for (const table of this.#open) await table.drop().catch(() => {})
    const { files, parts } = this.#shop
    for (const name of this.written)
      for (const ending of ['.tmp', '', '.idx', '.idx.tmp']) {
        const path = join(parts, `${name}${ending}`)
        if (files.size(path) !== undefined) files.unlink(path)
      }
  }
}
