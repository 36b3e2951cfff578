import type { ReadingBatch } from '#model'
import { bytesOf, type EncodedColumn, encodeBlock, int64s, nullableInt64s, nullableStrings } from './native.ts'

const timeType = "DateTime64(6, 'UTC')"

/** Batches as one block of the table `readings`, in the order in which they came, as insert `seq`. */
export function encodeReadings(batches: readonly ReadingBatch[], seq: bigint): Buffer {
  const rows = batches.reduce((sum, { count }) => sum + count, 0)
  const part = (of: (batch: ReadingBatch) => Uint8Array) => batches.map(of)
  const columns: EncodedColumn[] = [
    { name: 'tag', type: 'Int32', parts: part(({ tag, count }) => bytesOf(tag.subarray(0, count))) },
    { name: 'time', type: timeType, parts: part(({ time, count }) => int64s(time.subarray(0, count))) },
    { name: 'value', type: 'Float64', parts: part(({ value, count }) => bytesOf(value.subarray(0, count))) },
    { name: 'quality', type: 'UInt8', parts: part(({ quality, count }) => quality.subarray(0, count)) },
    {
      name: 'arrived',
      type: timeType,
      parts: part(({ arrivedAt, count }) => int64s(new Float64Array(count).fill(arrivedAt))),
    },
    { name: 'seq', type: 'UInt64', parts: [bytesOf(new BigUint64Array(rows).fill(seq))] },
  ]
  if (batches.some(({ texts }) => texts))
    columns.push({ name: 'text', type: 'Nullable(String)', parts: nullableStrings(spread(batches, rows, textsOf)) })
  if (batches.some(({ integers }) => integers))
    columns.push({ name: 'integer', type: 'Nullable(Int64)', parts: nullableInt64s(spread(batches, rows, integersOf)) })
  return encodeBlock(rows, columns)
}

/** The columns of a block that `encodeReadings` made, for the statement it goes with. */
export const readingsColumns = (batches: readonly ReadingBatch[]): string =>
  [
    'tag, time, value, quality, arrived, seq',
    ...(batches.some(({ texts }) => texts) ? ['text'] : []),
    ...(batches.some(({ integers }) => integers) ? ['integer'] : []),
  ].join(', ')

type Side<T> = { readonly row: Int32Array; readonly values: ArrayLike<T> } | undefined

const textsOf = ({ texts }: ReadingBatch): Side<string> => texts && { row: texts.row, values: texts.text }
const integersOf = ({ integers }: ReadingBatch): Side<bigint> =>
  integers && { row: integers.row, values: integers.integer }

/** A side column over all rows; null where a row has none. */
function spread<T>(batches: readonly ReadingBatch[], rows: number, sideOf: (batch: ReadingBatch) => Side<T>) {
  const all = new Array<T | null>(rows).fill(null)
  let at = 0
  for (const batch of batches) {
    const side = sideOf(batch)
    side?.row.forEach((row, i) => {
      all[at + row] = side.values[i]!
    })
    at += batch.count
  }
  return all
}
