import { join } from 'node:path'
import type { FileLayer } from '../files/file-layer.ts'
import { ColumnCache, decodeRuns, ParquetReader, type RollupColumn, type RollupRows } from '../parts/parquet/index.ts'
import { fileNameOf } from '../parts/part-files.ts'
import type { PartEntry } from '../seal/manifest.ts'
import { Damaged } from './damaged.ts'
import { spanOfName } from './utc-day.ts'

const columns: readonly RollupColumn[] = [
  'min',
  'max',
  'sum',
  'first',
  'last',
  'count32',
  'rows',
  'worst',
  'firstTime',
  'lastTime',
  'area',
  'covered',
]
/** Neighbouring tags lie in the same group. */
const cacheBytes = 8 << 20

/** The rollups of a part, tag after tag. */
export class RollupSource {
  readonly part: PartEntry
  readonly #reader: ParquetReader
  readonly #tags: readonly number[]
  #next = 0

  private constructor(part: PartEntry, reader: ParquetReader) {
    this.part = part
    this.#reader = reader
    this.#tags = [...new Set(reader.index.groups.flatMap(({ runs }) => [...decodeRuns(runs)].map(({ tag }) => tag)))]
  }

  static async open(files: FileLayer, folder: string, part: PartEntry): Promise<RollupSource> {
    const options = { cache: new ColumnCache(cacheBytes) }
    return new RollupSource(part, await ParquetReader.open(files, join(folder, fileNameOf(part)), options))
  }

  /** The tag that comes next; Infinity at the end. */
  get tag(): number {
    return this.#tags[this.#next] ?? Number.POSITIVE_INFINITY
  }

  skip(): void {
    this.#next++
  }

  /** Its buckets in a period; goes on to the next tag. */
  async take(period: string): Promise<RollupRows> {
    const tag = this.#tags[this.#next++]!
    const [from, to] = spanOfName(period)
    return Damaged.namedLater(this.part, this.#reader.rollupRows(tag, from, to, columns))
  }

  close(): void {
    this.#reader.close()
  }
}
