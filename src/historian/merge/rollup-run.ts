import type { TagId } from '#model'
import type { RollupRows } from '../parts/parquet/index.ts'
import type { FileMaker, FinishedFile } from './file-maker.ts'
import type { Column, ParquetTable } from './parquet-writer.ts'
import type { RollupLevel } from './rollup.ts'

/** All columns of rollups, as in the file. */
const rollupColumns: readonly Column[] = [
  { name: 'tag', type: 'INTEGER' },
  { name: 'time', type: 'TIMESTAMP' },
  { name: 'min', type: 'DOUBLE' },
  { name: 'max', type: 'DOUBLE' },
  { name: 'sum', type: 'DOUBLE' },
  { name: 'first', type: 'DOUBLE' },
  { name: 'last', type: 'DOUBLE' },
  { name: 'count', type: 'UINTEGER' },
  { name: 'rows', type: 'UINTEGER' },
  { name: 'worst', type: 'UTINYINT' },
  { name: 'first_time', type: 'TIMESTAMP' },
  { name: 'last_time', type: 'TIMESTAMP' },
  { name: 'area', type: 'DOUBLE' },
  { name: 'covered', type: 'DOUBLE' },
]
const rollupGroupRows = 16_384
/** Rows of one file; they lie in DuckDB's memory until it is written, 100 bytes each. */
const fileRows = 1_000_000

/** The rollups of one level over a day or a month, written as they come by (tag, time). Files have the same rank. */
export class RollupRun {
  readonly #maker: FileMaker
  readonly #level: RollupLevel
  readonly #period: string
  #table: ParquetTable | undefined
  #tags = new Set<TagId>()
  #rows = 0
  #minTime = Number.POSITIVE_INFINITY
  #maxTime = Number.NEGATIVE_INFINITY
  readonly #finished: FinishedFile[] = []

  /** `period`: `2026-01-31` or `2026-01`. */
  constructor(maker: FileMaker, level: RollupLevel, period: string) {
    this.#maker = maker
    this.#level = level
    this.#period = period
  }

  async add(tag: TagId, buckets: RollupRows): Promise<void> {
    const { count } = buckets
    if (count === 0) return
    this.#table ??= await this.#maker.table(rollupColumns)
    this.#tags.add(tag)
    this.#table.append([new Int32Array(count).fill(tag), ...columnsOf(buckets)], count)
    this.#rows += count
    if (buckets.time[0]! < this.#minTime) this.#minTime = buckets.time[0]!
    if (buckets.time[count - 1]! > this.#maxTime) this.#maxTime = buckets.time[count - 1]!
    if (this.#rows >= fileRows) await this.#finish()
  }

  async end(): Promise<readonly FinishedFile[]> {
    await this.#finish()
    return this.#finished
  }

  async #finish(): Promise<void> {
    const table = this.#table
    if (!table) return
    const times = { minTime: this.#minTime, maxTime: this.#maxTime }
    const part = { kind: this.#level, day: this.#period, rows: this.#rows, ...times }
    this.#finished.push(await this.#maker.file(table, rollupColumns, rollupGroupRows, part, this.#tags))
    this.#table = undefined
    this.#tags = new Set()
    this.#rows = 0
    this.#minTime = Number.POSITIVE_INFINITY
    this.#maxTime = Number.NEGATIVE_INFINITY
  }
}

/** In the order of `rollupColumns`, without the tag. */
const columnsOf = (rollups: RollupRows) => [
  rollups.time,
  rollups.min,
  rollups.max,
  rollups.sum,
  rollups.first,
  rollups.last,
  rollups.count32,
  rollups.rows,
  rollups.worst,
  rollups.firstTime,
  rollups.lastTime,
  rollups.area,
  rollups.covered,
]
