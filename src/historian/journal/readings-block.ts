import { IwError } from '#kernel'
import { maxTextBytes, type ReadingBatch } from '#model/readings'
import { corrupt } from '../files/corrupt.ts'
import { BlockKind, blockHeaderBytes, maxPayloadBytes, padded, startBlock } from './block.ts'

/*
 * Payload: f64 sequence · f64 arrivedAt · u32 rows · u32 source bytes · u32 texts · u32 text bytes · u32 integers · u32 0,
 * then the columns, widest first so that each is aligned: time f64 · value f64 · integers i64 · tag i32 · text row i32 ·
 * text length u32 · integer row i32 · quality u8 · source · texts (UTF-8) · padding.
 */
const fixedBytes = 40
const bytesPerRow = 21

/** A batch measured and ready to be written into a block. */
export interface MeasuredBatch {
  readonly batch: ReadingBatch
  readonly source: Buffer
  readonly textLengths: Uint32Array
  readonly textBytes: number
  /** Bytes of the whole block. */
  readonly bytes: number
}

const noLengths = new Uint32Array(0)

/** Measures a batch. Throws `IW_HISTORIAN_INVALID_BATCH` for a text or a batch that is too long. */
export function measureBatch(batch: ReadingBatch): MeasuredBatch {
  const source = Buffer.from(batch.source)
  const textLengths = batch.texts ? lengthsOf(batch.texts.text) : noLengths
  let textBytes = 0
  for (const length of textLengths) textBytes += length
  const payload = padded(
    fixedBytes +
      batch.count * bytesPerRow +
      textLengths.length * 8 +
      (batch.integers?.row.length ?? 0) * 12 +
      source.length +
      textBytes,
  )
  if (payload > maxPayloadBytes)
    throw new IwError(
      'IW_HISTORIAN_INVALID_BATCH',
      `Not a well-formed batch: ${payload} bytes, send fewer rows at once`,
    )
  return { batch, source, textLengths, textBytes, bytes: blockHeaderBytes + payload }
}

function lengthsOf(texts: readonly string[]): Uint32Array {
  const lengths = new Uint32Array(texts.length)
  for (const [index, text] of texts.entries()) {
    const length = Buffer.byteLength(text)
    if (length > maxTextBytes)
      throw new IwError('IW_HISTORIAN_INVALID_BATCH', `Not a well-formed batch: a text of ${length} bytes`)
    lengths[index] = length
  }
  return lengths
}

/** Writes the block at `at` (a multiple of 8) of `buffer`; `finishBlock` completes it. */
export function encodeReadings(measured: MeasuredBatch, buffer: ArrayBuffer, at: number, number: number): void {
  const { batch, source, textLengths, textBytes, bytes } = measured
  const { count } = batch
  const view = new DataView(buffer)
  startBlock(view, at, BlockKind.readings, bytes - blockHeaderBytes, number)
  const integers = batch.integers?.row.length ?? 0
  let to = at + blockHeaderBytes
  view.setFloat64(to, batch.sequence, true)
  view.setFloat64(to + 8, batch.arrivedAt, true)
  view.setUint32(to + 16, count, true)
  view.setUint32(to + 20, source.length, true)
  view.setUint32(to + 24, textLengths.length, true)
  view.setUint32(to + 28, textBytes, true)
  view.setUint32(to + 32, integers, true)
  view.setUint32(to + 36, 0, true)
  to += fixedBytes
  new Float64Array(buffer, to, count).set(exactly(batch.time, count))
  new Float64Array(buffer, to + count * 8, count).set(exactly(batch.value, count))
  to += count * 16
  if (batch.integers) new BigInt64Array(buffer, to, integers).set(batch.integers.integer)
  to += integers * 8
  new Int32Array(buffer, to, count).set(exactly(batch.tag, count))
  to += count * 4
  if (batch.texts) {
    new Int32Array(buffer, to, textLengths.length).set(batch.texts.row)
    new Uint32Array(buffer, to + textLengths.length * 4, textLengths.length).set(textLengths)
    to += textLengths.length * 8
  }
  if (batch.integers) new Int32Array(buffer, to, integers).set(batch.integers.row)
  to += integers * 4
  const rest = new Uint8Array(buffer, to, at + bytes - to)
  rest.set(exactly(batch.quality, count))
  rest.set(source, count)
  let end = count + source.length
  if (batch.texts) for (const text of batch.texts.text) end += Buffer.from(rest.buffer, to + end).write(text)
  rest.fill(0, end)
}

const exactly = <T extends Float64Array | Int32Array | Uint8Array>(column: T, count: number): T =>
  column.length === count ? column : (column.subarray(0, count) as T)

/**
 * The batch in a payload whose CRC was right. Columns are views into it. Throws `IW_HISTORIAN_CORRUPT` where counts and
 * length do not agree.
 */
export function decodeReadings(payload: Uint8Array<ArrayBuffer>): ReadingBatch {
  if (payload.length < fixedBytes) throw corrupt('a block of readings is too short')
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length)
  const count = view.getUint32(16, true)
  const sourceBytes = view.getUint32(20, true)
  const texts = view.getUint32(24, true)
  const textBytes = view.getUint32(28, true)
  const integers = view.getUint32(32, true)
  const needed = fixedBytes + count * bytesPerRow + texts * 8 + integers * 12 + sourceBytes + textBytes
  if (padded(needed) !== payload.length) throw corrupt(`a block of ${count} readings has ${payload.length} bytes`)
  const { buffer } = payload
  const time = payload.byteOffset + fixedBytes
  const wide = time + count * 16
  const tag = wide + integers * 8
  const textRow = tag + count * 4
  const integerRow = textRow + texts * 8
  const quality = integerRow + integers * 4
  const source = quality + count
  return {
    source: Buffer.from(buffer, source, sourceBytes).toString(),
    sequence: view.getFloat64(0, true),
    arrivedAt: view.getFloat64(8, true),
    count,
    tag: new Int32Array(buffer, tag, count),
    time: new Float64Array(buffer, time, count),
    value: new Float64Array(buffer, time + count * 8, count),
    quality: new Uint8Array(buffer, quality, count),
    ...(texts > 0 && {
      texts: {
        row: rowsIn(new Int32Array(buffer, textRow, texts), count),
        text: textsOf(
          Buffer.from(buffer, source + sourceBytes, textBytes),
          new Uint32Array(buffer, textRow + texts * 4, texts),
        ),
      },
    }),
    ...(integers > 0 && {
      integers: {
        row: rowsIn(new Int32Array(buffer, integerRow, integers), count),
        integer: new BigInt64Array(buffer, wide, integers),
      },
    }),
  }
}

function rowsIn(rows: Int32Array, count: number): Int32Array {
  for (const row of rows) if (row < 0 || row >= count) throw corrupt(`a side column names row ${row} of ${count}`)
  return rows
}

function textsOf(bytes: Buffer, lengths: Uint32Array): string[] {
  const texts: string[] = []
  let at = 0
  for (const length of lengths) {
    if (at + length > bytes.length) throw corrupt('a text goes beyond its block')
    texts.push(bytes.toString('utf8', at, at + length))
    at += length
  }
  return texts
}
