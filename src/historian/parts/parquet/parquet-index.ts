import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib'
import { corrupt } from '../../files/corrupt.ts'
import type { FileLayer, OpenFile } from '../../files/file-layer.ts'
import { indexName } from '../../files/folders.ts'
import { decodeChecked, encodeChecked, writeNew } from '../../files/whole-file.ts'
import { Column } from './column.ts'
import { type FooterChunk, type FooterColumn, footerOf, readExactly } from './footer.ts'
import { inFile } from './in-file.ts'
import { pagesOf } from './pages.ts'
import { decodeRuns, encodeRuns } from './tag-runs.ts'

/** One column of one row group. */
export interface ChunkIndex {
  readonly offset: number
  readonly bytes: number
  readonly crc: number
  /** No row has a value: nothing need be read. */
  readonly isEmpty: boolean
}

export interface GroupIndex {
  readonly rows: number
  readonly minTime: number
  readonly maxTime: number
  readonly firstTag: number
  readonly lastTag: number
  /** By column. */
  readonly chunks: readonly ChunkIndex[]
  /** Which tags the rows belong to: see `tag-runs.ts`. */
  readonly runs: Uint8Array
}

interface ColumnIndex extends FooterColumn {
  readonly codec: number
}

/**
 * Where what is in a Parquet file of ours, and the CRC32 of each column chunk, which Parquet itself lacks. Beside the file as
 * `<file>.idx`; it can be made again from the file.
 */
export interface ParquetIndex {
  /** Size of the file it belongs to. */
  readonly fileBytes: number
  readonly rows: number
  readonly columns: readonly ColumnIndex[]
  readonly groups: readonly GroupIndex[]
}

const kind = 'IWPARQUET-1'

/** Makes the index of a file from its footer and pages: every byte of it is read. Throws `IW_HISTORIAN_CORRUPT`. */
export async function buildIndex(files: FileLayer, path: string): Promise<ParquetIndex> {
  if (files.size(path) === undefined) throw corrupt('is missing', path)
  const file = files.open(path, 'read')
  try {
    return await inFile(path, () => indexOfFile(file, path))
  } finally {
    file.close()
  }
}

async function indexOfFile(file: OpenFile, path: string): Promise<ParquetIndex> {
  const footer = await footerOf(file, path)
  const columns = footer.columns.map((column, at) => ({ ...column, codec: codecOf(footer.groups, at) }))
  const groups: GroupIndex[] = []
  for (const group of footer.groups) {
    const index = await indexOfGroup(file, path, group, columns)
    if (groups.length > 0 && groups.at(-1)!.lastTag > index.firstTag) throw corrupt('is not sorted by tag')
    groups.push(index)
  }
  return { fileBytes: footer.fileBytes, rows: footer.rows, columns, groups }
}

function codecOf(groups: readonly { readonly chunks: readonly FooterChunk[] }[], column: number): number {
  const codecs = new Set(groups.map(({ chunks }) => chunks[column]!.codec))
  if (codecs.size > 1) throw corrupt('a column is compressed in more ways than one')
  const [codec = 0] = codecs
  return codec
}

async function indexOfGroup(
  file: OpenFile,
  path: string,
  { rows, chunks }: { readonly rows: number; readonly chunks: readonly FooterChunk[] },
  columns: readonly ColumnIndex[],
): Promise<GroupIndex> {
  const numbers = new Map<string, Float64Array>()
  const indexed: ChunkIndex[] = []
  for (const [at, { offset, bytes, nulls }] of chunks.entries()) {
    const { name, codec, optional, type } = columns[at]!
    const content = await readExactly(file, offset, bytes, path)
    indexed.push({ offset, bytes, crc: crc32(content), isEmpty: optional && nulls === rows })
    if (name !== 'tag' && name !== 'time') continue
    const column = new Column(pagesOf(content, codec, optional, rows), type)
    const decoded = new Float64Array(rows)
    numbers.set(name, decoded)
    if (column.numbers(0, decoded) < rows) throw corrupt(`a row has no ${name}`)
  }
  const tags = numbers.get('tag')
  const times = numbers.get('time')
  const runs = tags && encodeRuns(tags)
  if (!tags || !times || !runs || rows === 0) throw corrupt('is not sorted by tag')
  const [minTime, maxTime] = boundsOf(times, runs)
  return { rows, minTime, maxTime, firstTag: tags[0]!, lastTag: tags[rows - 1]!, chunks: indexed, runs }
}

/** The first and the last of all times, which must ascend within each tag. */
function boundsOf(times: Float64Array, runs: Uint8Array): readonly [min: number, max: number] {
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (const { begin, end } of decodeRuns(runs)) {
    for (let row = begin + 1; row < end; row++)
      if (!(times[row]! > times[row - 1]!)) throw corrupt('its times do not ascend')
    min = Math.min(min, times[begin]!)
    max = Math.max(max, times[end - 1]!)
  }
  return [min, max]
}

/** As it stands in the file: short keys would not be, so groups are tuples. */
interface Stored {
  readonly file: number
  readonly rows: number
  /** Name, physical type, whether optional, codec. */
  readonly columns: readonly (readonly [string, number, boolean, number])[]
  /** Rows, times from and to, tags from and to, bytes of runs; then for each column offset, bytes, CRC32, whether empty. */
  readonly groups: readonly (readonly [number, number, number, number, number, number, ...number[]])[]
  /** The runs of all groups, deflated, base64. */
  readonly runs: string
}

/** The bytes of an index file. */
function encodeIndex({ fileBytes, rows, columns, groups }: ParquetIndex): Uint8Array {
  const stored: Stored = {
    file: fileBytes,
    rows,
    columns: columns.map(({ name, type, optional, codec }) => [name, type, optional, codec]),
    groups: groups.map(({ rows: count, minTime, maxTime, firstTag, lastTag, runs, chunks }) => [
      count,
      minTime,
      maxTime,
      firstTag,
      lastTag,
      runs.length,
      ...chunks.flatMap(({ offset, bytes, crc, isEmpty }) => [offset, bytes, crc, Number(isEmpty)]),
    ]),
    runs: deflateRawSync(Buffer.concat(groups.map(({ runs }) => runs))).toString('base64'),
  }
  return encodeChecked(kind, stored)
}

/** Throws `IW_HISTORIAN_CORRUPT`. */
function decodeIndex(bytes: Uint8Array, path: string): ParquetIndex {
  // Its CRC was right, so it is what was written.
  const stored = decodeChecked(kind, bytes, path) as Stored
  const runs = new Uint8Array(inflateRawSync(Buffer.from(stored.runs, 'base64')))
  let at = 0
  return {
    fileBytes: stored.file,
    rows: stored.rows,
    columns: stored.columns.map(([name, type, optional, codec]) => ({ name, type, optional, codec })),
    groups: stored.groups.map(([rows, minTime, maxTime, firstTag, lastTag, runBytes, ...chunks]) => {
      at += runBytes
      const own = runs.subarray(at - runBytes, at)
      return { rows, minTime, maxTime, firstTag, lastTag, chunks: chunksOf(chunks), runs: own }
    }),
  }
}

function chunksOf(numbers: readonly number[]): readonly ChunkIndex[] {
  const chunks: ChunkIndex[] = []
  for (let at = 0; at < numbers.length; at += 4)
    chunks.push({
      offset: numbers[at]!,
      bytes: numbers[at + 1]!,
      crc: numbers[at + 2]!,
      isEmpty: numbers[at + 3] === 1,
    })
  return chunks
}

/** Writes the index of a file beside it and syncs it. */
export function writeIndex(files: FileLayer, path: string, index: ParquetIndex): void {
  writeNew(files, indexName(path), [encodeIndex(index)])
}

/** The index that stands beside a file. Throws `IW_HISTORIAN_CORRUPT` where there is none, or it is damaged or of another file. */
export async function readIndex(files: FileLayer, path: string): Promise<ParquetIndex> {
  const name = indexName(path)
  const size = files.size(name)
  if (size === undefined) throw corrupt('is missing', name)
  const file = files.open(name, 'read')
  try {
    const index = decodeIndex(await readExactly(file, 0, size, name), name)
    if (index.fileBytes !== files.size(path)) throw corrupt('belongs to a file of another size', name)
    return index
  } finally {
    file.close()
  }
}
