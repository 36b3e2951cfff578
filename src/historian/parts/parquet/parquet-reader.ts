import { crc32 } from 'node:zlib'
import { type IwError, isIwError } from '#kernel'
import { corrupt } from '../../files/corrupt.ts'
import type { FileLayer, OpenFile } from '../../files/file-layer.ts'
import { breathe, lowerBound, type Slice } from '../../query/source.ts'
import type { RowPage } from '../chunk.ts'
import { Column } from './column.ts'
import { ColumnCache } from './column-cache.ts'
import { readExactly } from './footer.ts'
import { inFile } from './in-file.ts'
import { pagesOf } from './pages.ts'
import {
  buildIndex,
  type ChunkIndex,
  type GroupIndex,
  type ParquetIndex,
  readIndex,
  writeIndex,
} from './parquet-index.ts'
import { type RollupColumn, type RollupRows, RollupRowsBuilder } from './rollup-rows.ts'
import { findRun } from './tag-runs.ts'

export interface ParquetReaderOptions {
  /** Shared by all readers; without it nothing is kept. */
  readonly cache?: ColumnCache
  /** Told when the index beside the file was lost or damaged and had to be made again from the file, and why. */
  readonly onRebuilt?: (path: string, why: IwError) => void
}

/** A page with the time each row arrived. */
export interface ArrivedPage extends RowPage {
  readonly arrivedAt: Float64Array
}

/** The columns of a page besides its times. */
const pageColumns = ['value', 'quality', 'text', 'integer']
/** Columns of a group in the order they were asked for; undefined for one without any value. */
type Columns = readonly (Column | undefined)[]

/** Rows decoded at once. */
const pageRows = 16_384
/** Chunks closer than this are read in one piece. */
const nearBytes = 64 << 10
let readers = 0

/**
 * An open Parquet file of ours. Its index is in memory; of the rest only the columns and groups that are asked for are read,
 * each checked against its CRC. Every method throws `IW_HISTORIAN_CORRUPT` where the bytes are not what was written.
 */
export class ParquetReader {
  readonly index: ParquetIndex
  readonly #file: OpenFile
  readonly #path: string
  readonly #cache: ColumnCache
  readonly #columns: ReadonlyMap<string, number>
  readonly #key = `${++readers}/`
  #users = 0
  #closing = false

  private constructor(file: OpenFile, path: string, index: ParquetIndex, cache: ColumnCache) {
    this.#file = file
    this.#path = path
    this.index = index
    this.#cache = cache
    this.#columns = new Map(index.columns.map(({ name }, at) => [name, at]))
  }

  static async open(files: FileLayer, path: string, options: ParquetReaderOptions = {}): Promise<ParquetReader> {
    if (files.size(path) === undefined) throw corrupt('is missing', path)
    const index = await indexOf(files, path, options)
    return new ParquetReader(files.open(path, 'read'), path, index, options.cache ?? new ColumnCache(0))
  }

  /** How many rows of a tag there are; from the index alone. */
  rowsOf(tag: number): number {
    let rows = 0
    for (const group of this.#groupsOf(tag)) {
      const run = findRun(group.runs, tag)
      if (run) rows += run.end - run.begin
    }
    return rows
  }

  /** Rows of a tag in [from, to), in pages that come in the direction asked for; rows in a page ascend. */
  async *rawSlices(tag: number, from: number, to: number, descending: boolean): AsyncGenerator<Slice> {
    const groups = this.#groupsOf(tag).filter(({ minTime, maxTime }) => maxTime >= from && minTime < to)
    if (descending) groups.reverse()
    for (const group of groups) {
      const run = findRun(group.runs, tag)
      if (!run) continue
      // A group takes up to some milliseconds.
      if (group !== groups[0]) await breathe()
      const { columns, times } = await inFile(this.#path, () => this.#timesOf(group, run.begin, run.end))
      const low = lowerBound(times, 0, times.length, from)
      const high = lowerBound(times, low, times.length, to)
      for (let done = 0; done < high - low; done += pageRows) {
        const begin = descending ? Math.max(low, high - done - pageRows) : low + done
        const end = descending ? high - done : Math.min(high, begin + pageRows)
        // Who wants one row of many is not made to wait for the others.
        const page = await inFile(this.#path, async () =>
          pageOf(columns, run.begin + begin, times.subarray(begin, end)),
        )
        yield { page, begin: 0, end: page.count }
      }
    }
  }

  /** All rows of one group with their arrival, for merges: the tags of the rows are in its `runs`. */
  wholeGroup(group: GroupIndex): Promise<ArrivedPage> {
    return inFile(this.#path, async () => {
      const [arrived, time, ...columns] = await this.#open(group, ['arrived', 'time', ...pageColumns])
      const page = pageOf(columns, 0, numbersOf(time, 0, group.rows, 'time'))
      return { ...page, arrivedAt: arrivals(arrived, page.time) }
    })
  }

  /** Rollups of a tag in [from, to), the columns asked for. */
  rollupRows<C extends RollupColumn>(
    tag: number,
    from: number,
    to: number,
    columns: readonly C[],
  ): Promise<Pick<RollupRows, 'count' | 'time' | C>> {
    return inFile(this.#path, async () => {
      const groups = this.#groupsOf(tag).filter(({ minTime, maxTime }) => maxTime >= from && minTime < to)
      const builder = new RollupRowsBuilder(columns, Math.min(this.rowsOf(tag), sumOfRows(groups)))
      for (const group of groups) {
        const run = findRun(group.runs, tag)
        if (!run) continue
        const [time, ...rest] = await this.#open(group, ['time', ...builder.names])
        const times = numbersOf(time, run.begin, run.end - run.begin, 'time')
        const begin = lowerBound(times, 0, times.length, from)
        const end = lowerBound(times, begin, times.length, to)
        builder.add(times.subarray(begin, end), rest, run.begin + begin)
        if (group !== groups.at(-1)) await breathe()
      }
      return builder.build()
    })
  }

  /** A user begins; the file stays open until the last has called `release`. */
  use(): this {
    this.#users++
    return this
  }

  release(): void {
    this.#users--
    if (this.#closing && this.#users === 0) this.#end()
  }

  /** Closes the file as soon as nobody uses it. */
  close(): void {
    if (this.#closing) return
    this.#closing = true
    if (this.#users === 0) this.#end()
  }

  #end(): void {
    this.#cache.drop(this.#key)
    this.#file.close()
  }

  /** Groups that can hold the tag, in order. */
  #groupsOf(tag: number): GroupIndex[] {
    return this.index.groups.filter(({ firstTag, lastTag }) => firstTag <= tag && tag <= lastTag)
  }

  /** The times of a tag's rows in a group, which ascend, and the other columns. */
  async #timesOf(group: GroupIndex, begin: number, end: number): Promise<{ columns: Columns; times: Float64Array }> {
    const [time, ...columns] = await this.#open(group, ['time', ...pageColumns])
    const times = numbersOf(time, begin, end - begin, 'time')
    return { columns, times }
  }

  async #open(group: GroupIndex, names: readonly string[]): Promise<Columns> {
    const at = names.map((name) => this.#columns.get(name) ?? -1)
    const missing = at.filter((column) => column >= 0 && !group.chunks[column]!.isEmpty)
    const found = new Map<number, Column>()
    const number = this.index.groups.indexOf(group)
    for (const column of missing) {
      const cached = this.#cache.get(`${this.#key}${number}/${column}`)
      if (cached) found.set(column, cached)
    }
    const wanted = missing.filter((column) => !found.has(column)).toSorted((a, b) => a - b)
    for (const piece of pieces(wanted, group.chunks)) {
      const bytes = await readExactly(this.#file, piece.offset, piece.bytes, this.#path)
      for (const column of piece.columns) {
        const opened = this.#column(bytes, piece.offset, column, group)
        this.#cache.put(`${this.#key}${number}/${column}`, opened)
        found.set(column, opened)
      }
    }
    return at.map((column) => found.get(column))
  }

  #column(bytes: Uint8Array, offset: number, column: number, { rows, chunks }: GroupIndex): Column {
    const chunk = chunks[column]!
    const { codec, optional, type, name } = this.index.columns[column]!
    const own = bytes.subarray(chunk.offset - offset, chunk.offset - offset + chunk.bytes)
    if (crc32(own) !== chunk.crc) throw corrupt(`column ${name} at ${chunk.offset} is damaged`)
    return new Column(pagesOf(own, codec, optional, rows), type)
  }
}

/** The index beside the file; where there is no sound one it is made again, and written for the next time. */
async function indexOf(files: FileLayer, path: string, { onRebuilt }: ParquetReaderOptions): Promise<ParquetIndex> {
  try {
    return await readIndex(files, path)
  } catch (error) {
    if (!isIwError(error, 'IW_HISTORIAN_CORRUPT')) throw error
    const index = await buildIndex(files, path)
    try {
      writeIndex(files, path, index)
    } catch {
      // A full disk: it is made again next time.
    }
    onRebuilt?.(path, error)
    return index
  }
}

interface Piece {
  readonly offset: number
  readonly bytes: number
  readonly columns: readonly number[]
}

/** Chunks that lie close together, to be read at once. */
function pieces(columns: readonly number[], chunks: readonly ChunkIndex[]): readonly Piece[] {
  const found: Piece[] = []
  for (const column of columns) {
    const { offset, bytes } = chunks[column]!
    const last = found.at(-1)
    const gap = last ? offset - last.offset - last.bytes : -1
    if (last && gap >= 0 && gap <= nearBytes)
      found[found.length - 1] = {
        offset: last.offset,
        bytes: offset + bytes - last.offset,
        columns: [...last.columns, column],
      }
    else found.push({ offset, bytes, columns: [column] })
  }
  return found
}

/** The rows from `row` on that have these times. */
function pageOf(
  [valueColumn, qualityColumn, textColumn, integerColumn]: Columns,
  row: number,
  time: Float64Array,
): RowPage {
  const count = time.length
  const value = new Float64Array(count)
  if (valueColumn) valueColumn.numbers(row, value)
  else value.fill(Number.NaN)
  const quality = new Uint8Array(numbersOf(qualityColumn, row, count, 'quality'))
  const text = textColumn?.texts(row, count)
  const integer = integerColumn?.integers(row, count)
  return { count, time, value, quality, ...(text && { text }), ...(integer && { integer }) }
}

/** Numbers of a column in which every row must have one. */
function numbersOf(column: Column | undefined, from: number, rows: number, name: string): Float64Array {
  const numbers = new Float64Array(rows)
  if (rows > 0 && (column?.numbers(from, numbers) ?? 0) < rows) throw corrupt(`a row has no ${name}`)
  return numbers
}

function arrivals(column: Column | undefined, time: Float64Array): Float64Array {
  if (!column) return time
  const arrivedAt = new Float64Array(time.length)
  const found = column.numbers(0, arrivedAt)
  if (found < time.length)
    for (let i = 0; i < arrivedAt.length; i++) if (Number.isNaN(arrivedAt[i])) arrivedAt[i] = time[i]!
  return arrivedAt
}

const sumOfRows = (groups: readonly GroupIndex[]): number => groups.reduce((sum, { rows }) => sum + rows, 0)
