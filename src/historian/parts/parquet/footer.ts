import { corrupt } from '../../files/corrupt.ts'
import type { FileLayer, OpenFile } from '../../files/file-layer.ts'
import { inFile } from './in-file.ts'
import { bytesIn, countIn, structIn, structsIn, ThriftReader, type ThriftStruct, textIn } from './thrift.ts'

/** Physical types that our files have (parquet.thrift, Type). */
export const PhysicalType = { int32: 1, int64: 2, double: 5, bytes: 6 } as const
/** Compression that our files have (parquet.thrift, CompressionCodec). */
export const Codec = { none: 0, zstd: 6 } as const

export interface FooterColumn {
  readonly name: string
  /** One of `PhysicalType`. */
  readonly type: number
  /** Whether a value may be null: then pages carry definition levels. */
  readonly optional: boolean
}

/** One column of one row group: its pages, one after another. */
export interface FooterChunk {
  readonly offset: number
  readonly bytes: number
  readonly codec: number
  /** Undefined where the file does not say. */
  readonly nulls: number | undefined
  /** Smallest and largest value, plainly encoded; absent where the file does not say. */
  readonly min: Uint8Array | undefined
  readonly max: Uint8Array | undefined
}

interface FooterGroup {
  readonly rows: number
  /** By column. */
  readonly chunks: readonly FooterChunk[]
}

/** What a Parquet file says of itself, as far as it concerns us: flat columns, no encryption. */
export interface ParquetFooter {
  readonly fileBytes: number
  readonly rows: number
  readonly columns: readonly FooterColumn[]
  readonly groups: readonly FooterGroup[]
  /** `interwork.kind`, `interwork.tags`… */
  readonly metadata: ReadonlyMap<string, string>
}

const magic = 0x31524150
const tailBytes = 8
const maxFooterBytes = 64 << 20
/** Ours have 122,880; what is read is held in memory by group. */
const maxGroupRows = 1 << 24

/** Reads the footer of a Parquet file. Throws `IW_HISTORIAN_CORRUPT`. */
export async function readFooter(files: FileLayer, path: string): Promise<ParquetFooter> {
  if (files.size(path) === undefined) throw corrupt('is missing', path)
  const file = files.open(path, 'read')
  try {
    return await inFile(path, () => footerOf(file, path))
  } finally {
    file.close()
  }
}

/** The footer of an open file. Throws `IW_HISTORIAN_CORRUPT`. */
export async function footerOf(file: OpenFile, path: string): Promise<ParquetFooter> {
  const size = file.size()
  if (size < 4 + tailBytes) throw corrupt(`has only ${size} bytes`, path)
  const tail = await readExactly(file, size - tailBytes, tailBytes, path)
  const view = new DataView(tail.buffer)
  const length = view.getUint32(0, true)
  if (view.getUint32(4, true) !== magic) throw corrupt('does not end as Parquet does', path)
  if (length > size - 4 - tailBytes || length > maxFooterBytes) throw corrupt(`has a footer of ${length} bytes`, path)
  return decodeFooter(await readExactly(file, size - tailBytes - length, length, path), size)
}

/** `FileMetaData` of parquet.thrift. Throws `IW_HISTORIAN_CORRUPT`. */
function decodeFooter(bytes: Uint8Array, fileBytes: number): ParquetFooter {
  const footer = new ThriftReader(bytes).struct()
  const [root, ...leaves] = structsIn(footer, 2)
  if (!root || countIn(root, 5) !== leaves.length) throw corrupt('its columns are nested')
  const columns = leaves.map(columnOf)
  const groups = structsIn(footer, 4).map((group) => groupOf(group, columns.length, fileBytes))
  const rows = countIn(footer, 3)
  if (groups.reduce((sum, group) => sum + group.rows, 0) !== rows) throw corrupt(`its groups do not have ${rows} rows`)
  const pairs = footer.has(5) ? structsIn(footer, 5).map((pair) => [textIn(pair, 1), textIn(pair, 2)] as const) : []
  return { fileBytes, rows, columns, groups, metadata: new Map(pairs) }
}

function columnOf(element: ThriftStruct): FooterColumn {
  const repetition = countIn(element, 3)
  const name = textIn(element, 4)
  if (element.has(5) && countIn(element, 5) > 0) throw corrupt(`column ${name} is nested`)
  if (repetition > 1) throw corrupt(`column ${name} is repeated`)
  return { name, type: countIn(element, 1), optional: repetition === 1 }
}

function groupOf(group: ThriftStruct, columns: number, fileBytes: number): FooterGroup {
  const chunks = structsIn(group, 1).map((chunk) => chunkOf(structIn(chunk, 3), fileBytes))
  if (chunks.length !== columns) throw corrupt(`a row group has ${chunks.length} of ${columns} columns`)
  const rows = countIn(group, 3)
  if (rows > maxGroupRows) throw corrupt(`a row group has ${rows} rows`)
  return { rows, chunks }
}

function chunkOf(data: ThriftStruct, fileBytes: number): FooterChunk {
  const pages = countIn(data, 9)
  const dictionary = data.has(11) ? countIn(data, 11) : 0
  const offset = dictionary > 0 ? Math.min(dictionary, pages) : pages
  const bytes = countIn(data, 7)
  if (offset + bytes > fileBytes) throw corrupt('a column goes beyond the file')
  const statistics = data.has(12) ? structIn(data, 12) : new Map()
  return {
    offset,
    bytes,
    codec: countIn(data, 4),
    nulls: statistics.has(3) ? countIn(statistics, 3) : undefined,
    min: bytesIn(statistics, 6),
    max: bytesIn(statistics, 5),
  }
}

/** Exactly these bytes of a file. Throws `IW_HISTORIAN_CORRUPT` where it ends before. */
export async function readExactly(
  file: OpenFile,
  position: number,
  length: number,
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  // Not cleared: every byte is read, or it is damage.
  const bytes = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer)
  if ((await file.readLater(bytes, position)) !== length) throw corrupt(`ends before ${position + length}`, path)
  return bytes
}
