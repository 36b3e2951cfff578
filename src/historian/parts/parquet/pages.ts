import { zstdDecompressSync } from 'node:zlib'
import { corrupt } from '../../files/corrupt.ts'
import { Codec } from './footer.ts'
import { type Span, slackBytes, spanOf } from './span.ts'
import { countIn, structIn, ThriftReader, type ThriftStruct } from './thrift.ts'

/** Encodings that our files have (parquet.thrift, Encoding). */
export const Encoding = {
  plain: 0,
  plainDictionary: 2,
  delta: 5,
  deltaLength: 6,
  dictionary: 8,
  byteStreamSplit: 9,
} as const

const PageType = { data: 0, dictionary: 2, dataV2: 3 } as const

/** DuckDB ends a page at 100 MB; a larger one is damage. */
const maxPageBytes = 128 << 20
/** Up to this many bytes are asked for at once because a header says so; more only as they come. */
const trustedBytes = 4 << 20

/** A data page: rows `first` to `first + rows` of its group. */
export interface Page {
  readonly first: number
  readonly rows: number
  readonly encoding: number
  /** Decompressed when it is first asked for. Throws `IW_HISTORIAN_CORRUPT`. */
  content(): PageContent
}

/** What a page holds: levels that say which rows have a value (absent: all have), and the values. */
export interface PageContent {
  readonly span: Span
  /** Definition levels, RLE, from and to. */
  readonly levels: readonly [from: number, to: number] | undefined
  /** Where the values begin. */
  readonly values: number
}

/** The pages of one column of one row group. */
export interface ColumnPages {
  readonly rows: number
  readonly pages: readonly Page[]
  readonly dictionary: { readonly count: number; content(): Span } | undefined
  /** Memory held once every page is decompressed. */
  readonly bytes: number
}

/** Finds the pages in the bytes of a column chunk. Throws `IW_HISTORIAN_CORRUPT`. */
export function pagesOf(chunk: Uint8Array, codec: number, optional: boolean, rows: number): ColumnPages {
  const reader = new ThriftReader(chunk)
  const pages: Page[] = []
  let dictionary: ColumnPages['dictionary']
  let first = 0
  let bytes = chunk.length
  while (reader.at < chunk.length) {
    const header = reader.struct()
    const size = countIn(header, 2)
    const packed = chunk.subarray(reader.at, reader.at + countIn(header, 3))
    if (packed.length !== countIn(header, 3) || size > maxPageBytes) throw corrupt('a page goes beyond its column')
    reader.at += packed.length
    bytes += size + slackBytes
    const type = countIn(header, 1)
    if (type === PageType.dictionary) {
      const count = countIn(structIn(header, 7), 1)
      dictionary = { count, content: once(() => spanOf(unpacked(packed, codec, size))) }
    } else if (type === PageType.data || type === PageType.dataV2) {
      const page = type === PageType.data ? pageV1(header) : pageV2(header)
      pages.push({ ...page, first })
      first += page.rows
    }

    function pageV1(header: ThriftStruct): Omit<Page, 'first'> {
      const data = structIn(header, 5)
      return {
        rows: countIn(data, 1),
        encoding: countIn(data, 2),
        content: once(() => contentV1(spanOf(unpacked(packed, codec, size)), optional)),
      }
    }

    function pageV2(header: ThriftStruct): Omit<Page, 'first'> {
      const data = structIn(header, 8)
      const levels = countIn(data, 5)
      if (countIn(data, 6) > 0 || levels > size || levels > packed.length)
        throw corrupt('a page has no room for its levels')
      const isPacked = data.get(7) !== false
      return {
        rows: countIn(data, 1),
        encoding: countIn(data, 4),
        content: once(() => contentV2(packed, levels, isPacked ? codec : Codec.none, size, optional)),
      }
    }
  }
  if (first !== rows) throw corrupt(`a column has ${first} of ${rows} rows`)
  return { rows, pages, dictionary, bytes }
}

/** Levels stand in front of the values, with their length, and are compressed with them. */
function contentV1(span: Span, optional: boolean): PageContent {
  if (!optional) return { span, levels: undefined, values: 0 }
  const to = 4 + span.view.getUint32(0, true)
  if (to > span.end) throw corrupt('the levels go beyond their page')
  return { span, levels: [4, to], values: to }
}

/** Levels stand in front of the values, uncompressed. */
function contentV2(packed: Uint8Array, levels: number, codec: number, size: number, optional: boolean): PageContent {
  const values = unpacked(packed.subarray(levels), codec, size - levels)
  const bytes = new Uint8Array(size + slackBytes)
  bytes.set(packed.subarray(0, levels))
  bytes.set(values, levels)
  const span = spanOf(bytes.subarray(0, size))
  return { span, levels: optional ? [0, levels] : undefined, values: levels }
}

function unpacked(packed: Uint8Array, codec: number, size: number): Uint8Array {
  if (codec !== Codec.none && codec !== Codec.zstd)
    throw corrupt(`a column is compressed in a way (${codec}) not used here`)
  const bytes = codec === Codec.none ? packed : inflated(packed, size)
  if (bytes.length !== size) throw corrupt(`a page of ${size} bytes has ${bytes.length}`)
  return bytes
}

function inflated(packed: Uint8Array, size: number): Uint8Array {
  if (size === 0) return new Uint8Array()
  try {
    // One piece larger than the content: zlib then neither copies nor asks twice, and leaves the slack.
    const chunkSize = Math.max(64, Math.min(size, trustedBytes) + slackBytes)
    return zstdDecompressSync(packed, { chunkSize, maxOutputLength: Math.max(size, chunkSize) })
  } catch (cause) {
    throw corrupt(`a page cannot be decompressed: ${cause instanceof Error ? cause.message : cause}`)
  }
}

/** Makes something when it is first asked for, and then lets go of what it was made of. */
function once<T extends object>(make: () => T): () => T {
  let made: T | undefined
  let pending: (() => T) | undefined = make
  return () => {
    made ??= pending!()
    pending = undefined
    return made
  }
}
