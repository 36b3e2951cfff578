import { corrupt } from '../../files/corrupt.ts'
import type { Span } from './span.ts'

/*
 * DELTA_BINARY_PACKED (Encodings.md): varints block size, miniblocks in a block, count and zigzag first value; then blocks: the
 * least delta (zigzag), a bit width for each miniblock, and the deltas less the least one, bit-packed.
 */

/** Widths and least deltas up to this stay exact in doubles, for values within 2^53: times and all counts do. */
const exactWidth = 51
const exactDelta = 2 ** 51
/** Sums of a miniblock up to this stay exact when they are added on their own. */
const exactSum = 2 ** 52
const maxBlock = 1 << 16

interface Head {
  readonly block: number
  readonly mini: number
  readonly count: number
}

/** Reads numbers of up to 64 bits, seven in a byte. */
class Cursor {
  readonly span: Span
  at: number

  constructor(span: Span, at: number) {
    this.span = span
    this.at = at
  }

  byte(): number {
    if (this.at >= this.span.end) throw corrupt('deltas end too early')
    return this.span.bytes[this.at++]!
  }

  count(): number {
    const n = this.#varint()
    if (n > 0x7fffffff) throw corrupt(`a count of ${n}`)
    return Number(n)
  }

  /** A zigzag number; NaN where it is beyond 2^52 and `big` must be used. Goes on behind it either way. */
  small(): number {
    let value = 0
    for (let scale = 1, bytes = 0; bytes < 10; scale *= 128, bytes++) {
      const byte = this.byte()
      value += (byte & 127) * scale
      if (byte < 128) return value > 2 ** 53 ? Number.NaN : value % 2 === 0 ? value / 2 : -(value + 1) / 2
    }
    throw corrupt('a delta has no end')
  }

  big(): bigint {
    const n = this.#varint()
    return n & 1n ? -(n >> 1n) - 1n : n >> 1n
  }

  #varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte()
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return BigInt.asUintN(64, value)
    }
    throw corrupt('a delta has no end')
  }
}

function headOf(cursor: Cursor): Head {
  const block = cursor.count()
  const minis = cursor.count()
  const count = cursor.count()
  const mini = block / minis
  if (block > maxBlock || minis === 0 || mini < 8 || mini % 8 !== 0)
    throw corrupt(`deltas in blocks of ${block}, ${minis} in each`)
  return { block, mini, count }
}

/**
 * Values `skip` to `skip + count` of a page, put into `out` from `at` on. Exact for values within 2^53. Returns false where
 * a block has deltas too large for that: then `readDeltasBig` must do it. Throws `IW_HISTORIAN_CORRUPT`.
 */
export function readDeltas(
  span: Span,
  from: number,
  skip: number,
  count: number,
  out: Float64Array,
  at: number,
): boolean {
  const cursor = new Cursor(span, from)
  const { block, mini, count: values } = headOf(cursor)
  if (skip + count > values) throw corrupt(`${values} deltas where ${skip + count} are wanted`)
  let value = cursor.small()
  if (Number.isNaN(value)) return false
  const end = skip + count
  if (skip === 0 && count > 0) out[at] = value
  for (let index = 1; index < end; ) {
    const least = cursor.small()
    if (!(Math.abs(least) <= exactDelta)) return false
    let widths = cursor.at
    let packed = widths + block / mini
    if (packed > span.end) throw corrupt('deltas end too early')
    for (const blockEnd = index + block; index < Math.min(blockEnd, end); ) {
      const width = span.bytes[widths++]!
      const length = Math.min(mini, end - index)
      if (width > exactWidth) return false
      if (packed + ((length * width + 7) >> 3) > span.end) throw corrupt('deltas end too early')
      const passed = Math.max(0, Math.min(length, skip - index))
      if (passed > 0) value = sum(span.view, packed, width, least, passed, value)
      if (length > passed)
        value = unpack(span.view, packed, width, least, passed, length, value, out, at + index + passed - skip)
      index += length
      packed += (mini * width) >> 3
    }
    cursor.at = packed
  }
  return true
}

/** Adds up the first deltas of a miniblock. */
function sum(view: DataView, base: number, width: number, least: number, count: number, value: number): number {
  if (Math.abs(least) * count > exactSum || 2 ** width * count > exactSum)
    return unpack(view, base, width, least, 0, count, value, new Float64Array(count), 0)
  value += least * count
  if (width === 0) return value
  if (width <= 25) {
    const mask = 0xffffffff >>> (32 - width)
    let total = 0
    for (let i = 0, bit = 0; i < count; i++, bit += width)
      total += (view.getUint32(base + (bit >>> 3), true) >>> (bit & 7)) & mask
    return value + total
  }
  let low = 0
  let high = 0
  for (let i = 0, bit = 0; i < count; i++, bit += width) {
    const position = base + (bit >>> 3)
    low += lowOf(view, position, bit & 7, width)
    high += highOf(view, position, bit & 7, width)
  }
  return value + low + high * 0x100000000
}

/** Adds up deltas `from` to `to` of a miniblock, each sum a value. */
function unpack(
  view: DataView,
  base: number,
  width: number,
  least: number,
  from: number,
  to: number,
  value: number,
  out: Float64Array,
  at: number,
): number {
  if (width === 0) {
    for (let i = from; i < to; i++) {
      value += least
      out[at++] = value
    }
    return value
  }
  if (width <= 25) {
    const mask = 0xffffffff >>> (32 - width)
    for (let i = from, bit = from * width; i < to; i++, bit += width) {
      value += least + ((view.getUint32(base + (bit >>> 3), true) >>> (bit & 7)) & mask)
      out[at++] = value
    }
    return value
  }
  for (let i = from, bit = from * width; i < to; i++, bit += width) {
    const position = base + (bit >>> 3)
    // The delta first: it is exact, and so is the value, while their sum in another order might not be.
    value += least + (lowOf(view, position, bit & 7, width) + highOf(view, position, bit & 7, width) * 0x100000000)
    out[at++] = value
  }
  return value
}

/** The lower 32 bits of a number of `width` bits, 26 or more, that begins `shift` bits into a byte. */
function lowOf(view: DataView, at: number, shift: number, width: number): number {
  const first = view.getUint32(at, true)
  const bits = shift === 0 ? first : (first >>> shift) | (view.getUint32(at + 4, true) << (32 - shift))
  return width >= 32 ? bits >>> 0 : (bits & (0xffffffff >>> (32 - width))) >>> 0
}

/** The bits above the lower 32. */
function highOf(view: DataView, at: number, shift: number, width: number): number {
  if (width <= 32) return 0
  const second = view.getUint32(at + 4, true)
  const bits = shift === 0 ? second : (second >>> shift) | (view.getUint32(at + 8, true) << (32 - shift))
  return (bits & (0xffffffff >>> (64 - width))) >>> 0
}

/** As `readDeltas`, for any 64-bit integers; sums wrap around as they did when they were written. */
export function readDeltasBig(span: Span, from: number, skip: number, count: number): BigInt64Array {
  const cursor = new Cursor(span, from)
  const { block, mini, count: values } = headOf(cursor)
  if (skip + count > values) throw corrupt(`${values} deltas where ${skip + count} are wanted`)
  const out = new BigInt64Array(count)
  const end = skip + count
  let value = cursor.big()
  if (skip === 0 && count > 0) out[0] = value
  for (let index = 1; index < end; ) {
    const least = cursor.big()
    let widths = cursor.at
    let packed = widths + block / mini
    if (packed > span.end) throw corrupt('deltas end too early')
    for (const blockEnd = index + block; index < Math.min(blockEnd, end); ) {
      const width = span.bytes[widths++]!
      const length = Math.min(mini, end - index)
      if (width > 64 || packed + ((length * width + 7) >> 3) > span.end) throw corrupt('deltas end too early')
      for (let i = 0; i < length; i++, index++) {
        value = BigInt.asIntN(64, value + least + bitsOf(span.view, packed, i * width, width))
        if (index >= skip) out[index - skip] = value
      }
      packed += (mini * width) >> 3
    }
    cursor.at = packed
  }
  return out
}

function bitsOf(view: DataView, base: number, bit: number, width: number): bigint {
  if (width === 0) return 0n
  const at = base + (bit >>> 3)
  const low = view.getBigUint64(at, true) | (view.getBigUint64(at + 8, true) << 64n)
  return BigInt.asUintN(width, low >> BigInt(bit & 7))
}

/** Where the deltas of a page end: behind the last block. What follows are the bytes of texts. */
export function endOfDeltas(span: Span, from: number): number {
  const cursor = new Cursor(span, from)
  const { block, mini, count } = headOf(cursor)
  cursor.big()
  for (let index = 1; index < count; ) {
    cursor.big()
    let widths = cursor.at
    let packed = widths + block / mini
    for (const blockEnd = index + block; index < Math.min(blockEnd, count); index += mini)
      packed += (mini * (span.bytes[widths++] ?? 0)) >> 3
    if (packed > span.end) throw corrupt('deltas end too early')
    cursor.at = packed
  }
  return cursor.at
}
