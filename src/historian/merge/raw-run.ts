import type { TagId } from '#model'
import type { FileMaker, FinishedFile } from './file-maker.ts'
import type { Column, ParquetTable } from './parquet-writer.ts'
import type { TagRows } from './tag-rows.ts'

/** All columns of merged readings, as in the file. */
const rawColumns: readonly Column[] = [
  { name: 'tag', type: 'INTEGER' },
  { name: 'time', type: 'TIMESTAMP' },
  { name: 'value', type: 'DOUBLE' },
  { name: 'quality', type: 'UTINYINT' },
  { name: 'arrived', type: 'TIMESTAMP' },
  { name: 'text', type: 'VARCHAR' },
  { name: 'integer', type: 'BIGINT' },
]
const plainColumns = rawColumns.slice(0, 5)
export const rawGroupRows = 122_880
const blockRows = 16_384
/** What a row takes in DuckDB's table, bytes. */
const plainRowBytes = 29
const sideRowBytes = 24
/** A text lies in the table, in the dictionary while the file is written, and in its pages. */
const textWeight = 4

/** Bounds of one file: its rows lie in DuckDB's memory until it is written. */
export interface FileBounds {
  readonly rows: number
  readonly bytes: number
}

/** Rows as they wait to be appended. */
class RowBlock {
  count = 0
  readonly tag = new Int32Array(blockRows)
  readonly time = new Float64Array(blockRows)
  readonly value = new Float64Array(blockRows)
  readonly quality = new Uint8Array(blockRows)
  /** NaN, which is null in the file, where it is the time. */
  readonly arrived = new Float64Array(blockRows)
  text: (string | null)[] | undefined
  integer: (bigint | null)[] | undefined

  /** Takes rows from `from` on, `most` of them at most. Returns where it ended. */
  take(tag: TagId, rows: TagRows, from: number, most: number): number {
    const count = Math.min(rows.count - from, blockRows - this.count, most)
    const at = this.count
    const end = from + count
    this.tag.fill(tag, at, at + count)
    this.time.set(rows.time.subarray(from, end), at)
    this.value.set(rows.value.subarray(from, end), at)
    this.quality.set(rows.quality.subarray(from, end), at)
    for (let i = 0; i < count; i++) {
      const arrivedAt = rows.arrivedAt[from + i]!
      this.arrived[at + i] = arrivedAt === rows.time[from + i]! ? Number.NaN : arrivedAt
    }
    if (rows.text) this.text = filled(this.text, at, rows.text, from, end)
    if (rows.integer) this.integer = filled(this.integer, at, rows.integer, from, end)
    this.count = at + count
    return end
  }

  reset(): void {
    this.count = 0
    this.text = undefined
    this.integer = undefined
  }
}

function filled<T>(
  present: (T | null)[] | undefined,
  at: number,
  from: readonly (T | null)[],
  begin: number,
  end: number,
) {
  const column = present ?? []
  // Rows of other tags before them have none.
  while (column.length < at) column.push(null)
  for (let row = begin; row < end; row++) column.push(from[row] ?? null)
  return column
}

/**
 * The merged readings of one day, written as they come by (tag, time): one file, or several one after another where there are
 * more than fit its bounds. They have the same rank, and no row twice.
 */
export class RawRun {
  readonly #maker: FileMaker
  readonly #day: string
  readonly #bounds: FileBounds
  readonly #withSides: boolean
  readonly #block = new RowBlock()
  #table: ParquetTable | undefined
  #tags = new Set<TagId>()
  #rows = 0
  #bytes = 0
  #minTime = Number.POSITIVE_INFINITY
  #maxTime = Number.NEGATIVE_INFINITY
  readonly #finished: FinishedFile[] = []

  /** `withSides`: whether any tag may have texts or large integers; without, tables are half as wide. */
  constructor(maker: FileMaker, day: string, bounds: FileBounds, withSides: boolean) {
    this.#maker = maker
    this.#day = day
    this.#bounds = bounds
    this.#withSides = withSides
  }

  /** The rows of a tag, or of a part of its day; in order. */
  async add(tag: TagId, rows: TagRows): Promise<void> {
    for (let from = 0; from < rows.count; ) {
      this.#table ??= await this.#open()
      const end = this.#block.take(tag, rows, from, this.#bounds.rows - this.#rows)
      this.#note(tag, rows, from, end)
      if (this.#block.count === blockRows) this.#append()
      if (this.#rows >= this.#bounds.rows || this.#bytes >= this.#bounds.bytes) await this.#finish()
      from = end
    }
  }

  /** Ends the last file. Returns all. */
  async end(): Promise<readonly FinishedFile[]> {
    await this.#finish()
    return this.#finished
  }

  #note(tag: TagId, rows: TagRows, from: number, end: number): void {
    this.#tags.add(tag)
    this.#rows += end - from
    this.#bytes += (end - from) * (this.#withSides ? plainRowBytes + sideRowBytes : plainRowBytes)
    if (rows.text) for (let row = from; row < end; row++) this.#bytes += textWeight * (rows.text[row]?.length ?? 0)
    if (rows.time[from]! < this.#minTime) this.#minTime = rows.time[from]!
    if (rows.time[end - 1]! > this.#maxTime) this.#maxTime = rows.time[end - 1]!
  }

  #open(): Promise<ParquetTable> {
    return this.#maker.table(this.#withSides ? rawColumns : plainColumns)
  }

  #append(): void {
    const { tag, time, value, quality, arrived, text, integer, count } = this.#block
    // A dictionary of DuckDB's holds one zero, with the sign of the first: a `false` would come back as -0.
    for (let row = 0; row < count; row++) value[row]! += 0
    const columns = [tag, time, value, quality, arrived]
    this.#table!.append(this.#withSides ? [...columns, padded(text, count), padded(integer, count)] : columns, count)
    this.#block.reset()
  }

  async #finish(): Promise<void> {
    const table = this.#table
    if (!table) return
    this.#append()
    const rows = this.#rows
    const times = { minTime: this.#minTime, maxTime: this.#maxTime }
    const part = { kind: 'raw' as const, day: this.#day, rows, ...times }
    this.#finished.push(await this.#maker.file(table, rawColumns, rawGroupRows, part, this.#tags))
    this.#table = undefined
    this.#tags = new Set()
    this.#rows = 0
    this.#bytes = 0
    this.#minTime = Number.POSITIVE_INFINITY
    this.#maxTime = Number.NEGATIVE_INFINITY
  }
}

/** A side column that ends before the block does has no more values. */
function padded<T>(column: (T | null)[] | undefined, count: number): (T | null)[] | undefined {
  if (column) while (column.length < count) column.push(null)
  return column
}
