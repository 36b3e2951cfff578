import { corrupt } from '../files/corrupt.ts'
import type { ByteSink } from './byte-sink.ts'

/*
 * A chunk holds up to 4,096 rows of one tag, each time once, in order. Little-endian; every section begins on 8 bytes:
 * u32 rows · u32 flags · f64 base time · f64 base arrival · u32 integers · u32 texts · u32 text bytes · u32 0
 * time (u32 from base in µs, in ms, or f64) · value (f64, f32 where exact, or none where all are NaN) · arrival (none where
 * it is the time, the base for all, u32 µs after the time, or f64) · integers (u32 rows, then i64) · text codes (u32 by row, 0 is null;
 * then u32 lengths of the texts) · quality (u8, or one for all in the flags) · texts (UTF-8).
 */
export const chunkRows = 4096
const fixedBytes = 40

const Flag = { text: 64, sameQuality: 32, milliseconds: 128, wideTime: 1 } as const
const ValueMode = { f64: 0, f32: 1, none: 2 } as const
const ArrivalMode = { time: 0, same: 1, after: 2, f64: 3 } as const
const valueShift = 1
const arrivalShift = 3
const qualityShift = 8

/** Rows as they go into a chunk; columns may be longer than `count`. */
export interface ChunkInput {
  count: number
  readonly time: Float64Array
  readonly value: Float64Array
  readonly quality: Uint8Array
  readonly arrivedAt: Float64Array
  /** By row, for string tags. */
  text?: (string | null)[] | undefined
  integerRow: number[]
  integer: bigint[]
}

/** Rows as they come out. Each time once, ascending. */
export interface RowPage {
  readonly count: number
  readonly time: Float64Array
  readonly value: Float64Array
  readonly quality: Uint8Array
  readonly text?: readonly (string | null)[]
  readonly integer?: readonly (bigint | null)[]
}

export interface Chunk extends RowPage {
  readonly arrivedAt: Float64Array
}

const round8 = (bytes: number): number => Math.ceil(bytes / 8) * 8

/** Writes a chunk. Returns its bytes in the sink's buffer, good until the next call. */
export function encodeChunk(rows: ChunkInput, sink: ByteSink): Uint8Array {
  const { count, time, value, quality, arrivedAt, integerRow, integer } = rows
  const texts = rows.text && textTable(rows.text, count)
  const baseTime = time[0]!
  const timeUnit = timeUnitOf(time, baseTime, count)
  const timeBytes = timeUnit === 0 ? 8 : 4
  const valueMode = valueModeOf(value, count)
  const valueBytes = valueMode === ValueMode.f64 ? 8 : valueMode === ValueMode.f32 ? 4 : 0
  const baseArrival = arrivedAt[0]!
  const arrivalMode = arrivalModeOf(time, arrivedAt, baseArrival, count)
  const arrivalBytes = arrivalMode === ArrivalMode.f64 ? 8 : arrivalMode === ArrivalMode.after ? 4 : 0
  const sameQuality = isSame(quality, count)
  const integers = integerRow.length
  const length =
    fixedBytes +
    round8(count * timeBytes) +
    round8(count * valueBytes) +
    round8(count * arrivalBytes) +
    round8(integers * 4) +
    integers * 8 +
    (texts ? round8(count * 4) + round8(texts.lengths.length * 4) + round8(texts.bytes.length) : 0) +
    (sameQuality ? 0 : round8(count))
  let at = sink.reserve(length)
  const chunk = sink.bytes.subarray(at, at + length)
  chunk.fill(0)
  const { u32, f64, f32, i64, bytes } = sink
  u32[at >> 2] = count
  u32[(at >> 2) + 1] =
    (timeUnit === 0 ? Flag.wideTime : timeUnit === 1 ? 0 : Flag.milliseconds) |
    (valueMode << valueShift) |
    (arrivalMode << arrivalShift) |
    (sameQuality ? Flag.sameQuality | (quality[0]! << qualityShift) : 0) |
    (texts ? Flag.text : 0)
  f64[(at >> 3) + 1] = baseTime
  f64[(at >> 3) + 2] = baseArrival
  u32[(at >> 2) + 6] = integers
  u32[(at >> 2) + 7] = texts?.lengths.length ?? 0
  u32[(at >> 2) + 8] = texts?.bytes.length ?? 0
  at += fixedBytes
  if (timeBytes === 4) for (let i = 0, to = at >> 2; i < count; i++) u32[to + i] = (time[i]! - baseTime) / timeUnit
  else f64.set(time.subarray(0, count), at >> 3)
  at += round8(count * timeBytes)
  if (valueMode === ValueMode.f64) for (let i = 0, to = at >> 3; i < count; i++) f64[to + i] = value[i]!
  else if (valueMode === ValueMode.f32) for (let i = 0, to = at >> 2; i < count; i++) f32[to + i] = value[i]!
  at += round8(count * valueBytes)
  if (arrivalMode === ArrivalMode.after)
    for (let i = 0, to = at >> 2; i < count; i++) u32[to + i] = arrivedAt[i]! - time[i]!
  else if (arrivalMode === ArrivalMode.f64) f64.set(arrivedAt.subarray(0, count), at >> 3)
  at += round8(count * arrivalBytes)
  if (integers > 0) {
    u32.set(integerRow, at >> 2)
    at += round8(integers * 4)
    i64.set(integer, at >> 3)
    at += integers * 8
  }
  if (texts) {
    u32.set(texts.codes, at >> 2)
    at += round8(count * 4)
    u32.set(texts.lengths, at >> 2)
    at += round8(texts.lengths.length * 4)
  }
  if (!sameQuality) {
    bytes.set(quality.subarray(0, count), at)
    at += round8(count)
  }
  if (texts) bytes.set(texts.bytes, at)
  return chunk
}

/** 1 or 1000 where every time is so many units of so many µs from the base, 0 where neither fits 32 bits. */
function timeUnitOf(time: Float64Array, base: number, count: number): 0 | 1 | 1000 {
  return fitsU32(time, base, 1, count) ? 1 : fitsU32(time, base, 1000, count) ? 1000 : 0
}

function fitsU32(column: Float64Array, base: number, unit: number, count: number): boolean {
  for (let i = 0; i < count; i++) {
    const delta = (column[i]! - base) / unit
    if (delta !== delta >>> 0 || base + delta * unit !== column[i]) return false
  }
  return true
}

function isAfter(time: Float64Array, arrivedAt: Float64Array, count: number): boolean {
  for (let i = 0; i < count; i++) {
    const delta = arrivedAt[i]! - time[i]!
    if (delta !== delta >>> 0 || time[i]! + delta !== arrivedAt[i]) return false
  }
  return true
}

function valueModeOf(value: Float64Array, count: number): 0 | 1 | 2 {
  let any = false
  for (let i = 0; i < count; i++) {
    const v = value[i]!
    if (Number.isNaN(v)) continue
    any = true
    if (Math.fround(v) !== v) return ValueMode.f64
  }
  return any ? ValueMode.f32 : ValueMode.none
}

function arrivalModeOf(time: Float64Array, arrivedAt: Float64Array, base: number, count: number): 0 | 1 | 2 | 3 {
  let asTime = true
  let same = true
  for (let i = 0; i < count && (asTime || same); i++) {
    if (arrivedAt[i] !== time[i]) asTime = false
    if (arrivedAt[i] !== base) same = false
  }
  if (asTime) return ArrivalMode.time
  if (same) return ArrivalMode.same
  return isAfter(time, arrivedAt, count) ? ArrivalMode.after : ArrivalMode.f64
}

function isSame(quality: Uint8Array, count: number): boolean {
  for (let i = 1; i < count; i++) if (quality[i] !== quality[0]) return false
  return true
}

interface TextTable {
  readonly codes: Uint32Array
  readonly lengths: Uint32Array
  readonly bytes: Buffer
}

function textTable(text: readonly (string | null)[], count: number): TextTable {
  const codeOf = new Map<string, number>()
  const encoded: Buffer[] = []
  const codes = new Uint32Array(count)
  for (let i = 0; i < count; i++) {
    const one = text[i] ?? null
    if (one === null) continue
    let code = codeOf.get(one)
    if (code === undefined) {
      code = encoded.push(Buffer.from(one))
      codeOf.set(one, code)
    }
    codes[i] = code
  }
  return { codes, lengths: Uint32Array.from(encoded, (one) => one.length), bytes: Buffer.concat(encoded) }
}

/** The rows of a chunk whose CRC was right. `bytes` begins on 8 bytes of its buffer. Throws `IW_HISTORIAN_CORRUPT`. */
export function decodeChunk(bytes: Uint8Array<ArrayBuffer>): Chunk {
  const reader = new SectionReader(bytes)
  const [count = 0, flags = 0] = reader.u32(2)
  const [baseTime = 0, baseArrival = 0] = reader.f64(2)
  const [integers = 0, texts = 0, textBytes = 0] = reader.u32(4)
  const valueMode = (flags >> valueShift) & 3
  const arrivalMode = (flags >> arrivalShift) & 3
  if (count === 0 || count > chunkRows || integers > count) throw corrupt(`a chunk of ${count} rows`)
  const time =
    flags & Flag.wideTime
      ? reader.f64(count)
      : scaled(reader.u32(count), baseTime, flags & Flag.milliseconds ? 1000 : 1)
  const value =
    valueMode === ValueMode.f64
      ? reader.f64(count)
      : valueMode === ValueMode.f32
        ? Float64Array.from(reader.f32(count))
        : new Float64Array(count).fill(Number.NaN)
  const arrivedAt = arrivals(arrivalMode)
  const integer = integers > 0 ? sparse(count, reader.u32(integers), reader.i64(integers)) : undefined
  const codes = flags & Flag.text ? reader.u32(count) : undefined
  const lengths = flags & Flag.text ? reader.u32(texts) : undefined
  const quality =
    flags & Flag.sameQuality ? new Uint8Array(count).fill((flags >> qualityShift) & 0xff) : reader.u8(count)
  const text = codes && lengths && textsByRow(codes, lengths, reader.u8(textBytes))
  return { count, time, value, quality, arrivedAt, ...(text && { text }), ...(integer && { integer }) }

  function arrivals(mode: number): Float64Array {
    if (mode === ArrivalMode.time) return time
    if (mode === ArrivalMode.same) return new Float64Array(count).fill(baseArrival)
    return mode === ArrivalMode.after ? sum(time, reader.u32(count)) : reader.f64(count)
  }
}

/** Takes one section after another; a section that goes beyond the end is damage. */
class SectionReader {
  readonly #bytes: Uint8Array<ArrayBuffer>
  #at = 0

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes
  }

  u32(count: number): Uint32Array {
    return new Uint32Array(this.#bytes.buffer, this.#take(count * 4), count)
  }
  f32(count: number): Float32Array {
    return new Float32Array(this.#bytes.buffer, this.#take(count * 4), count)
  }
  f64(count: number): Float64Array {
    return new Float64Array(this.#bytes.buffer, this.#take(count * 8), count)
  }
  i64(count: number): BigInt64Array {
    return new BigInt64Array(this.#bytes.buffer, this.#take(count * 8), count)
  }
  u8(count: number): Uint8Array {
    return new Uint8Array(this.#bytes.buffer, this.#take(count), count)
  }

  #take(bytes: number): number {
    const at = this.#at
    this.#at += round8(bytes)
    if (this.#at > this.#bytes.length) throw corrupt(`a chunk ends after ${this.#bytes.length} bytes`)
    return this.#bytes.byteOffset + at
  }
}

function scaled(deltas: Uint32Array, base: number, unit: number): Float64Array {
  const column = new Float64Array(deltas.length)
  for (let i = 0; i < deltas.length; i++) column[i] = base + deltas[i]! * unit
  return column
}

function sum(time: Float64Array, after: Uint32Array): Float64Array {
  const column = new Float64Array(after.length)
  for (let i = 0; i < after.length; i++) column[i] = time[i]! + after[i]!
  return column
}

function sparse(count: number, rows: Uint32Array, values: BigInt64Array): (bigint | null)[] {
  const column = new Array<bigint | null>(count).fill(null)
  for (let i = 0; i < rows.length; i++) {
    if (rows[i]! >= count) throw corrupt(`a large integer in row ${rows[i]} of ${count}`)
    column[rows[i]!] = values[i]!
  }
  return column
}

function textsByRow(codes: Uint32Array, lengths: Uint32Array, bytes: Uint8Array): (string | null)[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const texts: (string | null)[] = [null]
  let at = 0
  for (const length of lengths) {
    if (at + length > buffer.length) throw corrupt('a text goes beyond its chunk')
    texts.push(buffer.toString('utf8', at, at + length))
    at += length
  }
  return Array.from(codes, (code) => {
    const text = texts[code]
    if (text === undefined) throw corrupt(`text number ${code} of ${lengths.length}`)
    return text
  })
}
