import { IwError } from '#kernel'

/**
 * ClickHouse's `Native` format as its HTTP interface speaks it: blocks of columns, little-endian, no compression.
 * `varuint columns, varuint rows, then for each column: string name, string type, its values`. A string is a varuint of
 * its bytes and the bytes; a `Nullable` column begins with a byte for each row, 1 where it is null. Typed arrays are copied
 * as they are, so that a million rows are no million objects.
 */
type ColumnValues =
  | Float64Array
  | Int32Array
  | Uint32Array
  | Uint8Array
  | BigInt64Array
  | BigUint64Array
  | readonly (string | null)[]
  | readonly (bigint | null)[]
  | readonly (number | null)[]

/** A block of an answer: columns in the order of the SELECT. */
export interface Block {
  readonly rows: number
  readonly columns: readonly ColumnValues[]
}

/** A column to send: its name and type in ClickHouse's words, and its bytes. */
export interface EncodedColumn {
  readonly name: string
  readonly type: string
  readonly parts: readonly Uint8Array[]
}

const utf8 = new TextDecoder()
const longestName = 1000
const mostColumns = 100
const mostRows = 2 ** 27

/** How a column of a type without `Nullable` is read. Widths in bytes. */
const fixed: Readonly<Record<string, { width: number; make: (bytes: ArrayBuffer) => ColumnValues }>> = {
  Float64: { width: 8, make: (bytes) => new Float64Array(bytes) },
  Int64: { width: 8, make: (bytes) => new BigInt64Array(bytes) },
  UInt64: { width: 8, make: (bytes) => new BigUint64Array(bytes) },
  Int32: { width: 4, make: (bytes) => new Int32Array(bytes) },
  UInt32: { width: 4, make: (bytes) => new Uint32Array(bytes) },
  UInt8: { width: 1, make: (bytes) => new Uint8Array(bytes) },
}

/** More bytes are needed: so many from the beginning of the block. */
class Short {
  readonly bytes: number
  constructor(bytes: number) {
    this.bytes = bytes
  }
}

/** Reads through the bytes of one block. */
class Cursor {
  at = 0
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  take(count: number): Uint8Array {
    const end = this.at + count
    if (end > this.#bytes.length) throw new Short(end)
    const taken = this.#bytes.subarray(this.at, end)
    this.at = end
    return taken
  }

  varuint(most: number): number {
    let value = 0
    for (let scale = 1; scale <= 2 ** 28; scale *= 128) {
      const byte = this.take(1)[0]!
      value += (byte & 127) * scale
      if (byte < 128) {
        if (value > most) break
        return value
      }
    }
    throw unreadable(this.#bytes)
  }

  string(most: number): string {
    return utf8.decode(this.take(this.varuint(most)))
  }
}

/** Blocks out of bytes as they come. Throws `IW_HISTORIAN_CORRUPT` where they are no blocks: a message of the server, mostly. */
export async function* readBlocks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Block, void, undefined> {
  let held: Uint8Array = new Uint8Array(0)
  let needed = 1
  const waiting: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    waiting.push(chunk)
    bytes += chunk.length
    if (bytes < needed) continue
    held = waiting.length === 1 ? chunk : Buffer.concat(waiting, bytes)
    waiting.length = 0
    for (;;) {
      const found = tryBlock(held)
      if (!('block' in found)) {
        needed = found.needs
        break
      }
      held = held.subarray(found.bytes)
      if (found.block.rows > 0) yield found.block
    }
    if (held.length > 0) waiting.push(held)
    bytes = held.length
  }
  if (bytes > 0) throw unreadable(Buffer.concat(waiting))
}

type Found = { readonly block: Block; readonly bytes: number } | { readonly needs: number }

/** The block that the bytes begin with, or how many bytes it takes to see further. */
function tryBlock(bytes: Uint8Array): Found {
  try {
    const cursor = new Cursor(bytes)
    const block = readBlock(cursor)
    return { block, bytes: cursor.at }
  } catch (error) {
    if (error instanceof Short) return { needs: error.bytes }
    throw error
  }
}

function readBlock(cursor: Cursor): Block {
  const count = cursor.varuint(mostColumns)
  const rows = cursor.varuint(mostRows)
  const columns: ColumnValues[] = []
  for (let i = 0; i < count; i++) {
    cursor.string(longestName)
    const type = cursor.string(longestName)
    columns.push(rows === 0 ? [] : readColumn(cursor, type, rows))
  }
  return { rows, columns }
}

function readColumn(cursor: Cursor, type: string, rows: number): ColumnValues {
  const nullable = /^Nullable\((.*)\)$/.exec(type)?.[1]
  if (nullable !== undefined) {
    const nulls = cursor.take(rows)
    const values = readColumn(cursor, nullable, rows)
    return Array.from(nulls, (isNull, row) => (isNull ? null : values[row])) as (bigint | null)[]
  }
  if (type === 'String') return Array.from({ length: rows }, () => cursor.string(2 ** 28))
  const known = fixed[type]
  if (!known)
    throw new IwError('IW_HISTORIAN_CORRUPT', `ClickHouse answered with a column of type ${type.slice(0, 100)}`)
  const bytes = cursor.take(rows * known.width)
  // A copy: it begins where a typed array may begin, and does not hold the whole chunk.
  return known.make(new Uint8Array(bytes).buffer)
}

/** Where the server fails in the middle of an answer, its message stands in place of the next block. */
function unreadable(bytes: Uint8Array): IwError {
  const text = utf8.decode(bytes.subarray(0, 2000))
  const message = /Code: \d+\. DB::Exception: [^\n]*/.exec(text)?.[0]
  return new IwError('IW_HISTORIAN_CORRUPT', `ClickHouse broke off its answer${message ? `: ${message}` : ''}`)
}

/** One block of the columns given, each of `rows` values. */
export function encodeBlock(rows: number, columns: readonly EncodedColumn[]): Buffer {
  const parts: Uint8Array[] = [varuint(columns.length), varuint(rows)]
  for (const { name, type, parts: values } of columns) parts.push(encodeString(name), encodeString(type), ...values)
  return Buffer.concat(parts)
}

/** The bytes of a typed array as they lie; the machine is little-endian as the format is. */
export const bytesOf = (
  values: Float64Array | Int32Array | Uint32Array | Uint8Array | BigInt64Array | BigUint64Array,
) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

/** Whole numbers from 0 to 2^53 as Int64, without a bigint for each. */
export function int64s(values: ArrayLike<number>): Uint8Array {
  const halves = new Uint32Array(values.length * 2)
  for (let i = 0; i < values.length; i++) {
    const value = Math.floor(values[i]!)
    halves[2 * i] = value >>> 0
    halves[2 * i + 1] = Math.floor(value / 2 ** 32)
  }
  return bytesOf(halves)
}

/** A column of strings. */
export const strings = (values: readonly string[]): Uint8Array => Buffer.concat(values.map(encodeString))

/** The two parts of a `Nullable(String)` column. */
export const nullableStrings = (values: readonly (string | null)[]): readonly Uint8Array[] => [
  nullMap(values),
  strings(values.map((value) => value ?? '')),
]

/** The two parts of a `Nullable(Int64)` column. */
export const nullableInt64s = (values: readonly (bigint | null)[]): readonly Uint8Array[] => [
  nullMap(values),
  bytesOf(BigInt64Array.from(values, (value) => value ?? 0n)),
]

/** The two parts of a `Nullable(Float64)` column. */
export const nullableFloat64s = (values: readonly (number | null)[]): readonly Uint8Array[] => [
  nullMap(values),
  bytesOf(Float64Array.from(values, (value) => value ?? 0)),
]

const nullMap = (values: readonly unknown[]): Uint8Array => Uint8Array.from(values, (value) => (value === null ? 1 : 0))

function encodeString(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'utf8')
  return Buffer.concat([varuint(bytes.length), bytes])
}

function varuint(value: number): Uint8Array {
  const bytes: number[] = []
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value & 127) | 128)
  bytes.push(value)
  return Uint8Array.from(bytes)
}
