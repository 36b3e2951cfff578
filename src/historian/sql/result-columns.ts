import type {
  DuckDBDataChunk,
  DuckDBDecimalValue,
  DuckDBResult,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
} from '@duckdb/node-api'
import type duckdb from '@duckdb/node-bindings'
import type { SqlBatch, SqlColumn } from '#ports'

type Binding = typeof duckdb
type Cells = ArrayLike<unknown> & Iterable<unknown>
type Reader = (chunk: DuckDBDataChunk, column: number, count: number) => Cells

const largestSafe = BigInt(Number.MAX_SAFE_INTEGER)
const rowsABatch = 16_384

/** Takes the rows of an answer in batches, in the form that `SqlBatch` promises. */
export class ResultBatches {
  readonly columns: readonly SqlColumn[]
  readonly #result: DuckDBResult
  readonly #readers: readonly Reader[]

  constructor(binding: Binding, result: DuckDBResult) {
    this.#result = result
    const names = result.columnNames()
    this.columns = names.map((name, i) => ({ name, type: String(result.columnType(i)) }))
    this.#readers = names.map((_, i) => readerOf(binding, result, i))
  }

  /** The next rows, at most `room`; none at the end. `more` tells whether there were more than there was room for. */
  async next(room: number): Promise<SqlBatch & { readonly more: boolean; readonly ended: boolean }> {
    const slices: Cells[][] = this.#readers.map(() => [])
    let count = 0
    let more = false
    let ended = false
    while (count < rowsABatch && !more) {
      const chunk = await this.#result.fetchChunk()
      if (!chunk || chunk.rowCount === 0) {
        ended = true
        break
      }
      const taken = Math.min(chunk.rowCount, room - count)
      more = taken < chunk.rowCount
      if (taken > 0) this.#readers.forEach((read, i) => void slices[i]!.push(read(chunk, i, taken)))
      count += taken
    }
    return { count, columns: slices.map(joined), more, ended }
  }
}

function readerOf(binding: Binding, result: DuckDBResult, column: number): Reader {
  const { Type } = binding
  switch (result.columnTypeId(column) as unknown as duckdb.Type) {
    case Type.DOUBLE:
      return fixedWidth(binding, (buffer, at, count) => new Float64Array(buffer, at, count))
    case Type.FLOAT:
      return fixedWidth(binding, (buffer, at, count) => new Float32Array(buffer, at, count))
    case Type.INTEGER:
      return fixedWidth(binding, (buffer, at, count) => new Int32Array(buffer, at, count))
    case Type.UINTEGER:
      return fixedWidth(binding, (buffer, at, count) => new Uint32Array(buffer, at, count))
    case Type.SMALLINT:
      return fixedWidth(binding, (buffer, at, count) => new Int16Array(buffer, at, count))
    case Type.USMALLINT:
      return fixedWidth(binding, (buffer, at, count) => new Uint16Array(buffer, at, count))
    case Type.TINYINT:
      return fixedWidth(binding, (buffer, at, count) => new Int8Array(buffer, at, count))
    case Type.UTINYINT:
      return fixedWidth(binding, (buffer, at, count) => new Uint8Array(buffer, at, count))
    case Type.BIGINT:
    case Type.TIMESTAMP:
    case Type.TIMESTAMP_TZ:
      return wide(fixedWidth(binding, (buffer, at, count) => new BigInt64Array(buffer, at, count)))
    case Type.TIMESTAMP_S:
      return converted((value: DuckDBTimestampSecondsValue) => whole(value.seconds * 1_000_000n))
    case Type.TIMESTAMP_MS:
      return converted((value: DuckDBTimestampMillisecondsValue) => whole(value.millis * 1000n))
    case Type.TIMESTAMP_NS:
      return converted((value: DuckDBTimestampNanosecondsValue) => Number(value.nanos) / 1000)
    case Type.UBIGINT:
    case Type.HUGEINT:
    case Type.UHUGEINT:
      return converted(whole)
    case Type.DECIMAL:
      return converted((value: DuckDBDecimalValue) => value.toDouble())
    case Type.BOOLEAN:
    case Type.VARCHAR:
      return converted((value: unknown) => value)
    default:
      return converted(asJson)
  }
}

/** A value as JSON would have it: lists, structs and maps by their parts, dates, intervals and the like as text. */
function asJson(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (typeof value !== 'object' || value === null) return value
  if ('items' in value && Array.isArray(value.items)) return value.items.map(asJson)
  if ('entries' in value && Array.isArray(value.entries))
    return value.entries.map((entry: { key: unknown; value: unknown }) => ({
      key: asJson(entry.key),
      value: asJson(entry.value),
    }))
  if ('entries' in value && typeof value.entries === 'object' && value.entries !== null)
    return Object.fromEntries(Object.entries(value.entries).map(([name, one]) => [name, asJson(one)]))
  if ('toDouble' in value && typeof value.toDouble === 'function') return value.toDouble()
  return String(value)
}

const whole = (value: bigint): number | bigint =>
  value <= largestSafe && value >= -largestSafe ? Number(value) : value

const converted =
  <T>(convert: (value: T) => unknown): Reader =>
  (chunk, column, count) =>
    chunk
      .getColumnValues(column)
      .slice(0, count)
      .map((value) => (value === null ? null : convert(value as T)))

type Numbers =
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | BigInt64Array

/** Numbers as they lie in memory: a typed array, or a list where there are nulls among them. */
function fixedWidth(binding: Binding, view: (buffer: ArrayBuffer, at: number, count: number) => Numbers): Reader {
  const width = view(new ArrayBuffer(8), 0, 1).BYTES_PER_ELEMENT
  return ({ chunk }, column, count) => {
    const vector = binding.data_chunk_get_vector(chunk, column)
    // A copy: the memory is DuckDB's.
    const bytes = Uint8Array.from(binding.vector_get_data(vector, count * width))
    const values = view(bytes.buffer, 0, count)
    const validity = binding.vector_get_validity(vector, Math.ceil(count / 64) * 8)
    return validity ? nulled(values, validity, count) : values
  }
}

function nulled(values: Numbers, validity: Uint8Array, count: number): Cells {
  let list: unknown[] | undefined
  for (let i = 0; i < count; i++) {
    if (validity[i >> 3]! & (1 << (i & 7))) continue
    list ??= [...values]
    list[i] = null
  }
  return list ?? values
}

/** 64-bit integers as numbers where they are exact, as bigints where one is not. */
const wide =
  (read: Reader): Reader =>
  (chunk, column, count) => {
    const values = read(chunk, column, count) as ArrayLike<bigint | null>
    if (!(values instanceof BigInt64Array)) return Array.from(values, (value) => (value === null ? null : whole(value)))
    const numbers = new Float64Array(count)
    for (let i = 0; i < count; i++) {
      numbers[i] = Number(values[i])
      if (!Number.isSafeInteger(numbers[i])) return Array.from(values, whole)
    }
    return numbers
  }

function joined(slices: readonly Cells[]): Cells {
  const [first] = slices
  if (!first) return []
  if (slices.length === 1) return first
  if (slices.every((slice) => ArrayBuffer.isView(slice) && slice.constructor === first.constructor)) {
    const typed = slices as readonly Numbers[]
    const length = typed.reduce((sum, slice) => sum + slice.length, 0)
    const all = new (first.constructor as new (length: number) => Float64Array)(length)
    let at = 0
    for (const slice of typed) {
      all.set(slice as Float64Array, at)
      at += slice.length
    }
    return all
  }
  return slices.flatMap((slice) => Array.from(slice))
}
