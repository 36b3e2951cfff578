import { join } from 'node:path'
import type { FileLayer } from '../files/file-layer.ts'
import { type ArrivedPage, decodeRuns, type GroupIndex, ParquetReader } from '../parts/parquet/index.ts'
import { fileNameOf } from '../parts/part-files.ts'
import { lowerBound } from '../query/source.ts'
import type { PartEntry } from '../seal/manifest.ts'
import type { MergeSource } from './source.ts'
import { plainRowBytes, type TagRows } from './tag-rows.ts'

/** Texts shrink to about a tenth. */
const usualCompression = 10

/** Rows of one tag in one group. */
interface Run {
  readonly tag: number
  readonly group: GroupIndex
  readonly begin: number
  readonly end: number
}

/** The rows of a merged part, tag after tag: one row group in memory. */
export class RawSource implements MergeSource {
  readonly part: PartEntry
  readonly #reader: ParquetReader
  readonly #runs: readonly Run[]
  readonly #textColumn: number
  #next = 0
  #group: GroupIndex | undefined
  #page: ArrivedPage | undefined

  private constructor(part: PartEntry, reader: ParquetReader) {
    this.part = part
    this.#reader = reader
    this.#textColumn = reader.index.columns.findIndex(({ name }) => name === 'text')
    this.#runs = reader.index.groups.flatMap((group) =>
      [...decodeRuns(group.runs)].map(({ tag, begin, end }) => ({ tag, group, begin, end })),
    )
  }

  static async open(files: FileLayer, folder: string, part: PartEntry): Promise<RawSource> {
    return new RawSource(part, await ParquetReader.open(files, join(folder, fileNameOf(part))))
  }

  /** Whether it has rows of any of these tags. */
  hasAny(tags: ReadonlySet<number>): boolean {
    return this.#runs.some(({ tag }) => tags.has(tag))
  }

  begin(): void {
    this.#next = 0
  }

  nextTag(after: number, from: number, to: number): number {
    for (; this.#next < this.#runs.length; this.#next++) {
      const { tag, group } = this.#runs[this.#next]!
      if (tag > after && overlaps(group, from, to)) return tag
    }
    return Number.POSITIVE_INFINITY
  }

  sizeAtMost(tag: number, from: number, to: number): { rows: number; bytes: number } {
    let rows = 0
    let bytes = 0
    for (const { group, begin, end } of this.#runsOf(tag, from, to)) {
      rows += end - begin
      bytes += (end - begin) * (plainRowBytes + this.#textBytesOf(group))
    }
    return { rows, bytes }
  }

  async gather(tag: number, from: number, to: number, into: TagRows): Promise<void> {
    for (const { group, begin, end } of this.#runsOf(tag, from, to)) {
      const page = await this.#pageOf(group)
      const low = lowerBound(page.time, begin, end, from)
      const high = lowerBound(page.time, low, end, to)
      into.add(withoutEmptySides(page, low, high), low, high)
    }
  }

  close(): void {
    this.#reader.close()
  }

  *#runsOf(tag: number, from: number, to: number): Generator<Run> {
    for (let i = this.#next; this.#runs[i]?.tag === tag; i++)
      if (overlaps(this.#runs[i]!.group, from, to)) yield this.#runs[i]!
  }

  /** What a row of a group with texts may take, as far as its compressed size tells. */
  #textBytesOf({ chunks, rows }: GroupIndex): number {
    const text = chunks[this.#textColumn]
    return text && !text.isEmpty ? Math.ceil((text.bytes * usualCompression) / rows) : 0
  }

  async #pageOf(group: GroupIndex): Promise<ArrivedPage> {
    if (this.#group !== group || !this.#page) {
      this.#page = await this.#reader.wholeGroup(group)
      this.#group = group
    }
    return this.#page
  }
}

const overlaps = ({ minTime, maxTime }: GroupIndex, from: number, to: number): boolean =>
  maxTime >= from && minTime < to

/** The same page without side columns that have nothing in these rows. */
function withoutEmptySides(page: ArrivedPage, begin: number, end: number): ArrivedPage {
  if (!page.text && !page.integer) return page
  const { count, time, value, quality, arrivedAt, text, integer } = page
  return {
    ...{ count, time, value, quality, arrivedAt },
    ...(hasAny(text, begin, end) && { text }),
    ...(hasAny(integer, begin, end) && { integer }),
  }
}

function hasAny<T>(
  column: readonly (T | null)[] | undefined,
  begin: number,
  end: number,
): column is readonly (T | null)[] {
  for (let row = begin; column && row < end; row++) if (column[row] !== null) return true
  return false
}
