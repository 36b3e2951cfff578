import type duckdb from '@duckdb/node-bindings'

/** The types of columns that can be appended. */
export type ColumnType =
  | 'INTEGER'
  | 'UTINYINT'
  | 'UINTEGER'
  | 'DOUBLE'
  | 'BIGINT'
  | 'TIMESTAMP'
  | 'TIMESTAMPTZ'
  | 'VARCHAR'

/**
 * A column to append: INTEGER Int32Array · UTINYINT Uint8Array · UINTEGER Uint32Array · DOUBLE Float64Array (NaN is null) ·
 * TIMESTAMP, TIMESTAMPTZ Float64Array of µs (NaN is null) or BigInt64Array · BIGINT BigInt64Array or a list with nulls · VARCHAR a list
 * with nulls. Absent: every row is null. Columns may be longer than the rows they are appended with.
 */
export type ColumnData =
  | Int32Array
  | Uint8Array
  | Uint32Array
  | Float64Array
  | BigInt64Array
  | readonly (string | null)[]
  | readonly (bigint | null)[]
  | undefined

/** Appends rows in columns to a table, 0.1 µs a row where they are typed arrays. */
export interface ColumnAppender {
  append(columns: readonly ColumnData[], count: number): void
  /** Makes the rows visible to queries. Blocks this thread while it writes. */
  flush(): void
  /** As `flush`, and lets the appender go. */
  close(): void
}

const rowsAtOnce = 2048
const bytesOf: Readonly<Record<Exclude<ColumnType, 'VARCHAR'>, number>> = {
  INTEGER: 4,
  UTINYINT: 1,
  UINTEGER: 4,
  DOUBLE: 8,
  BIGINT: 8,
  TIMESTAMP: 8,
  TIMESTAMPTZ: 8,
}

type Binding = typeof duckdb

/** Appends to `table`, whose columns have these types in this order. */
export function columnAppender(
  binding: Binding,
  connection: duckdb.Connection,
  table: string,
  types: readonly ColumnType[],
): ColumnAppender {
  const appender = binding.appender_create(connection, null, table)
  const chunk = binding.create_data_chunk(types.map((type) => binding.create_logical_type(binding.Type[nameOf(type)])))
  const scratch = new Scratch()

  function appendSlice(columns: readonly ColumnData[], from: number, count: number): void {
    binding.data_chunk_reset(chunk)
    for (let i = 0; i < types.length; i++)
      fill(binding, binding.data_chunk_get_vector(chunk, i), types[i]!, columns[i], from, count, scratch)
    binding.data_chunk_set_size(chunk, count)
    binding.append_data_chunk(appender, chunk)
  }

  return {
    append(columns, count) {
      for (let from = 0; from < count; from += rowsAtOnce)
        appendSlice(columns, from, Math.min(rowsAtOnce, count - from))
    },
    flush: () => binding.appender_flush_sync(appender),
    close: () => binding.appender_close_sync(appender),
  }
}

const nameOf = (type: ColumnType) => (type === 'TIMESTAMPTZ' ? 'TIMESTAMP_TZ' : type)

/** Room for what has to be turned round before it is copied. */
class Scratch {
  readonly validity = new Uint8Array(rowsAtOnce / 8)
  readonly words = new Uint32Array(rowsAtOnce * 2)
  readonly i64 = new BigInt64Array(this.words.buffer)

  allValid(): void {
    this.validity.fill(0xff)
  }
  setNull(row: number): void {
    this.validity[row >> 3]! &= ~(1 << (row & 7))
  }
}

function fill(
  binding: Binding,
  vector: duckdb.Vector,
  type: ColumnType,
  column: ColumnData,
  from: number,
  count: number,
  scratch: Scratch,
): void {
  if (column === undefined) {
    scratch.validity.fill(0)
    setValidity(binding, vector, scratch)
  } else if (Array.isArray(column)) fillList(binding, vector, type, column, from, count, scratch)
  else fillTyped(binding, vector, type, column as Exclude<ColumnData, readonly unknown[]>, from, count, scratch)
}

function fillTyped(
  binding: Binding,
  vector: duckdb.Vector,
  type: ColumnType,
  column: Int32Array | Uint8Array | Uint32Array | Float64Array | BigInt64Array | undefined,
  from: number,
  count: number,
  scratch: Scratch,
): void {
  const width = type === 'VARCHAR' ? 0 : bytesOf[type]
  if (!column || column.BYTES_PER_ELEMENT !== width || column.length < from + count)
    throw new RangeError(`a column of ${type} needs ${from + count} values of ${width} bytes`)
  const isFloat = column instanceof Float64Array
  if (isFloat && nullsWhereNaN(column, from, count, scratch)) setValidity(binding, vector, scratch)
  if (type.startsWith('TIMESTAMP') && isFloat) {
    wholeNumbers(column, from, count, scratch.words)
    binding.copy_data_to_vector(vector, 0, scratch.words.buffer, 0, count * width)
  } else
    binding.copy_data_to_vector(
      vector,
      0,
      column.buffer as ArrayBuffer,
      column.byteOffset + from * width,
      count * width,
    )
}

function fillList(
  binding: Binding,
  vector: duckdb.Vector,
  type: ColumnType,
  column: readonly (string | bigint | null)[],
  from: number,
  count: number,
  scratch: Scratch,
): void {
  scratch.allValid()
  let nulls = false
  for (let i = 0; i < count; i++) {
    const value = column[from + i] ?? null
    if (value === null) {
      nulls = true
      scratch.setNull(i)
    } else if (typeof value === 'string') binding.vector_assign_string_element(vector, i, value)
    else scratch.i64[i] = value
  }
  if (type === 'BIGINT') binding.copy_data_to_vector(vector, 0, scratch.words.buffer, 0, count * 8)
  if (nulls) setValidity(binding, vector, scratch)
}

function nullsWhereNaN(column: Float64Array, from: number, count: number, scratch: Scratch): boolean {
  let found = false
  for (let i = 0; i < count; i++) {
    if (!Number.isNaN(column[from + i])) continue
    if (!found) scratch.allValid()
    found = true
    scratch.setNull(i)
  }
  return found
}

/** As 64-bit integers, little-endian, without a bigint for each. */
function wholeNumbers(column: Float64Array, from: number, count: number, words: Uint32Array): void {
  for (let i = 0; i < count; i++) {
    const value = column[from + i]!
    const high = Math.floor(value / 2 ** 32)
    words[2 * i] = value - high * 2 ** 32
    words[2 * i + 1] = high
  }
}

function setValidity(binding: Binding, vector: duckdb.Vector, { validity }: Scratch): void {
  binding.vector_ensure_validity_writable(vector)
  binding.copy_data_to_vector_validity(vector, 0, validity.buffer, 0, validity.byteLength)
}
