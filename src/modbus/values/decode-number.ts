import { type ByteOrder, type NumberEncoding, sentinelsOf, swapsBytes, swapsWords } from './encoding.ts'

/**
 * Reads a number whose registers begin at byte `at`. NaN: the device has no value (a null sentinel, NaN). ±Infinity:
 * what stands there is no number of this encoding (an infinity, a digit above 9). Integers beyond 2^53 are rounded.
 */
export type NumberDecoder = (view: DataView, at: number) => number

/** Reads an integer exactly: a bigint where it is beyond ±2^53; NaN where the device has no value. */
export type IntegerDecoder = (view: DataView, at: number) => number | bigint

/** Compiles the decoder of a number once; what it does not need costs nothing afterwards. */
export function compileNumber(encoding: NumberEncoding): NumberDecoder {
  const { as, order, bits } = encoding
  const sentinels = sentinelsOf(encoding)
  let decode = as === 'uint64' || as === 'int64' ? number64(as, order, sentinels) : narrow(as, order, sentinels)
  if (bits) decode = withBits(decode, bits)
  return withScale(decode, encoding.scale ?? 1, encoding.offset ?? 0)
}

/** Compiles an exact decoder. `scale` and `offset` must be absent: they make numbers of integers. */
export function compileInteger(encoding: NumberEncoding): IntegerDecoder {
  const { as, order } = encoding
  if (as === 'uint64' || as === 'int64') return integer64(as, order, sentinelsOf(encoding))
  return compileNumber(encoding)
}

const scratch = new DataView(new ArrayBuffer(8))

type NarrowType = Exclude<NumberEncoding['as'], 'uint64' | 'int64'>

/** Up to 32 bits and floats: read, compare with the sentinels, and only then take decimal digits apart. */
function narrow(as: NarrowType, order: ByteOrder, sentinels: readonly (number | bigint)[]): NumberDecoder {
  if (as === 'bcd16') return withDigits(withNulls(numberReader('uint16', order), sentinels), 4)
  if (as === 'bcd32') return withDigits(withNulls(numberReader('uint32', order), sentinels), 8)
  return withNulls(numberReader(as, order), sentinels)
}

function numberReader(as: Exclude<NarrowType, 'bcd16' | 'bcd32'>, order: ByteOrder): NumberDecoder {
  const little = swapsBytes(order)
  const word32 = unsigned32(order)
  switch (as) {
    case 'uint16':
      return (view, at) => view.getUint16(at, little)
    case 'int16':
      return (view, at) => view.getInt16(at, little)
    case 'uint32':
      return word32
    case 'int32':
      return (view, at) => word32(view, at) | 0
    case 'float32':
      return float32(order, word32)
    case 'float64':
      return float64(order)
  }
}

/** 32 bits without sign, in any order. */
function unsigned32(order: ByteOrder): NumberDecoder {
  switch (order) {
    case 'ABCD':
      return (view, at) => view.getUint32(at, false)
    case 'DCBA':
      return (view, at) => view.getUint32(at, true)
    case 'CDAB':
      return (view, at) => ((view.getUint16(at + 2, false) << 16) | view.getUint16(at, false)) >>> 0
    case 'BADC':
      return (view, at) => ((view.getUint16(at, true) << 16) | view.getUint16(at + 2, true)) >>> 0
  }
}

function float32(order: ByteOrder, word32: NumberDecoder): NumberDecoder {
  if (order === 'ABCD') return (view, at) => view.getFloat32(at, false)
  if (order === 'DCBA') return (view, at) => view.getFloat32(at, true)
  return (view, at) => {
    scratch.setUint32(0, word32(view, at))
    return scratch.getFloat32(0)
  }
}

function float64(order: ByteOrder): NumberDecoder {
  if (order === 'ABCD') return (view, at) => view.getFloat64(at, false)
  if (order === 'DCBA') return (view, at) => view.getFloat64(at, true)
  const [high, low] = halves(order)
  return (view, at) => {
    scratch.setUint32(0, high(view, at))
    scratch.setUint32(4, low(view, at))
    return scratch.getFloat64(0)
  }
}

/** The upper and lower 32 bits of four registers. */
function halves(order: ByteOrder): readonly [high: NumberDecoder, low: NumberDecoder] {
  const word32 = unsigned32(order)
  const second: NumberDecoder = (view, at) => word32(view, at + 4)
  return swapsWords(order) ? [second, word32] : [word32, second]
}

function integer64(as: 'uint64' | 'int64', order: ByteOrder, sentinels: readonly (number | bigint)[]): IntegerDecoder {
  const [high, low] = halves(order)
  return (view, at) => {
    const upper = as === 'int64' ? high(view, at) | 0 : high(view, at)
    const lower = low(view, at)
    // 21 upper bits and 32 lower ones fit a number exactly; only beyond that a bigint is made.
    if (upper >= -0x20_0000 && upper < 0x20_0000 && sentinels.length === 0) return upper * 0x1_0000_0000 + lower
    const exact = (BigInt(upper) << 32n) | BigInt(lower)
    if (sentinels.includes(exact)) return Number.NaN
    return exact >= -(2n ** 53n) && exact <= 2n ** 53n ? Number(exact) : exact
  }
}

function number64(as: 'uint64' | 'int64', order: ByteOrder, sentinels: readonly (number | bigint)[]): NumberDecoder {
  const integer = integer64(as, order, sentinels)
  return (view, at) => Number(integer(view, at))
}

/** Packed decimal digits, the highest first; a nibble above 9 is no digit. */
function fromBcd(raw: number, digits: number): number {
  let value = 0
  for (let shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
    const digit = (raw >>> shift) & 0xf
    if (digit > 9) return Number.POSITIVE_INFINITY
    value = value * 10 + digit
  }
  return value
}

const withDigits =
  (decode: NumberDecoder, digits: number): NumberDecoder =>
  (view, at) => {
    const raw = decode(view, at)
    return Number.isNaN(raw) ? raw : fromBcd(raw, digits)
  }

function withNulls(decode: NumberDecoder, sentinels: readonly (number | bigint)[]): NumberDecoder {
  const nulls = sentinels.map(Number)
  if (nulls.length === 0) return decode
  if (nulls.length === 1) {
    const only = nulls[0]!
    return (view, at) => {
      const raw = decode(view, at)
      return raw === only ? Number.NaN : raw
    }
  }
  return (view, at) => {
    const raw = decode(view, at)
    return nulls.includes(raw) ? Number.NaN : raw
  }
}

/** Division and not `>>`: raw values may have more than 32 bits. */
function withBits(decode: NumberDecoder, { from, count }: { from: number; count: number }): NumberDecoder {
  const divisor = 2 ** from
  const modulus = 2 ** count
  return (view, at) => {
    const raw = decode(view, at)
    const unsigned = raw < 0 ? raw + 0x1_0000_0000 : raw
    return Math.floor(unsigned / divisor) % modulus
  }
}

/** × 0.1 is done as ÷ 10, which rounds correctly: raw 3 becomes 0.3 and not 0.30000000000000004. */
function withScale(decode: NumberDecoder, scale: number, offset: number): NumberDecoder {
  if (scale === 1 && offset === 0) return decode
  const divisor = wholeInverse(scale)
  if (divisor !== undefined) return (view, at) => decode(view, at) / divisor + offset
  return (view, at) => decode(view, at) * scale + offset
}

/** n where `scale` is 1/n for a whole n. */
export function wholeInverse(scale: number): number | undefined {
  const inverse = Math.round(1 / scale)
  return Math.abs(inverse) > 1 && 1 / inverse === scale ? inverse : undefined
}
