import type * as Arrow from 'apache-arrow'
import type { Column, Values } from './columns.ts'

type Library = typeof Arrow

/** A column of an Arrow schema, and how a batch of it is made. */
export interface ArrowColumn {
  readonly field: Arrow.Field
  data(values: Values, count: number): Arrow.Data
}

/** The Arrow column of ours; `index` tells dictionaries apart. */
export function arrowColumn(arrow: Library, column: Column, index: number): ArrowColumn {
  const field = (type: Arrow.DataType) => new arrow.Field(column.name, type, true)
  switch (column.kind) {
    case 'time': {
      const type = new arrow.TimestampMicrosecond('UTC')
      return { field: field(type), data: (values, count) => arrow.makeData({ type, ...longs(values, count) }) }
    }
    case 'integer': {
      const type = new arrow.Int64()
      return { field: field(type), data: (values, count) => arrow.makeData({ type, ...longs(values, count) }) }
    }
    case 'number': {
      const type = new arrow.Float64()
      return { field: field(type), data: (values, count) => arrow.makeData({ type, ...doubles(values, count) }) }
    }
    case 'boolean': {
      const type = new arrow.Bool()
      return { field: field(type), data: (values, count) => arrow.makeData({ type, ...bits(values, count) }) }
    }
    case 'text': {
      const type = new arrow.Utf8()
      const data = ({ texts = [] }: Values, count: number) => arrow.makeData({ type, ...utf8(texts, count) })
      return { field: field(type), data }
    }
    case 'word':
      return wordColumn(arrow, column, index)
  }
}

/** Texts out of a few: indexes into a dictionary that is sent once. */
function wordColumn(arrow: Library, { name, words = [] }: Column, index: number): ArrowColumn {
  const type = new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32(), index)
  const dictionary = new arrow.Vector([arrow.makeData({ type: new arrow.Utf8(), ...utf8(words, words.length) })])
  return {
    field: new arrow.Field(name, type, true),
    data({ numbers = [] }, count) {
      const data = Int32Array.from(numbers)
      const validity = validityOf(count, (row) => data[row]! >= 0)
      if (validity.nullCount > 0) for (let row = 0; row < count; row++) data[row] = Math.max(0, data[row]!)
      return arrow.makeData({ type, length: count, data, dictionary, ...validity })
    },
  }
}

interface Validity {
  readonly nullCount: number
  readonly nullBitmap?: Uint8Array
}

/** One bit a row, where a value is missing at all (Arrow columnar format, validity bitmaps). */
function validityOf(count: number, isThere: (row: number) => boolean): Validity {
  const nullBitmap = new Uint8Array((count + 7) >> 3)
  let nullCount = 0
  for (let row = 0; row < count; row++) {
    if (isThere(row)) nullBitmap[row >> 3]! |= 1 << (row & 7)
    else nullCount++
  }
  return nullCount > 0 ? { nullCount, nullBitmap } : { nullCount }
}

function doubles({ numbers = [] }: Values, count: number) {
  const data = Float64Array.from(numbers)
  return { length: count, data, ...validityOf(count, (row) => !Number.isNaN(data[row]!)) }
}

function bits({ numbers = [] }: Values, count: number) {
  const data = new Uint8Array((count + 7) >> 3)
  for (let row = 0; row < count; row++) if (numbers[row] === 1) data[row >> 3]! |= 1 << (row & 7)
  return { length: count, data, ...validityOf(count, (row) => !Number.isNaN(numbers[row])) }
}

/** The greatest whole number that the historian keeps as a double. */
const mostExact = 2 ** 53

/**
 * 64-bit integers out of whole doubles, as two halves: a BigInt for each would cost ten times as much. What is no whole
 * number within 64 bits is missing.
 */
function longs({ numbers = [], large }: Values, count: number) {
  const data = new BigInt64Array(count)
  const halves = new Int32Array(data.buffer)
  const isWhole = (row: number) => Number.isInteger(numbers[row]) && Math.abs(numbers[row]!) <= mostExact
  for (let row = 0; row < count; row++) {
    if (!isWhole(row)) continue
    const high = Math.floor(numbers[row]! / 4_294_967_296)
    halves[2 * row] = numbers[row]! - high * 4_294_967_296
    halves[2 * row + 1] = high
  }
  if (!large) return { length: count, data, ...validityOf(count, isWhole) }
  for (let row = 0; row < count; row++) data[row] = large[row] ?? data[row]!
  return { length: count, data, ...validityOf(count, (row) => isWhole(row) || (large[row] ?? null) !== null) }
}

const encoder = new TextEncoder()

function utf8(texts: readonly (string | null)[], count: number) {
  const valueOffsets = new Int32Array(count + 1)
  const encoded: Uint8Array[] = []
  let bytes = 0
  for (let row = 0; row < count; row++) {
    const text = texts[row] ?? ''
    if (text !== '') {
      const one = encoder.encode(text)
      encoded.push(one)
      bytes += one.length
    }
    valueOffsets[row + 1] = bytes
  }
  const data = Buffer.concat(encoded, bytes)
  return { length: count, data, valueOffsets, ...validityOf(count, (row) => (texts[row] ?? null) !== null) }
}
