import { compileInteger, wholeInverse } from './decode-number.ts'
import {
  type IntegerType,
  type NumberEncoding,
  registersOf,
  swapsBytes,
  swapsWords,
  type TextEncoding,
} from './encoding.ts'

/** Lowest and highest raw value. */
const ranges: Readonly<Record<IntegerType | 'bcd16' | 'bcd32', readonly [bigint, bigint]>> = {
  uint16: [0n, 0xffffn],
  int16: [-0x8000n, 0x7fffn],
  uint32: [0n, 0xffff_ffffn],
  int32: [-0x8000_0000n, 0x7fff_ffffn],
  uint64: [0n, 0xffff_ffff_ffff_ffffn],
  int64: [-0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn],
  bcd16: [0n, 9999n],
  bcd32: [0n, 99_999_999n],
}

/**
 * The registers of a number: the inverse of `compileNumber`, rounded to the nearest raw value. Throws `RangeError` for a
 * number that does not fit, and for one that would mean "no value".
 */
export function encodeNumber(encoding: NumberEncoding, value: number | bigint): Uint16Array {
  const registers = registersOf(encoding)
  const view = new DataView(new ArrayBuffer(registers * 2))
  const raw = unscale(encoding, value)
  if (encoding.as === 'float32') view.setFloat32(0, finite(raw, encoding.as))
  else if (encoding.as === 'float64') view.setFloat64(0, finite(raw, encoding.as))
  else setInteger(view, encoding.as, integerOf(encoding, raw))
  if (saysNoValue(encoding, view)) throw new RangeError(`raw value ${raw} means "no value" to the device`)
  return arrange(view, encoding.order)
}

/** A text as registers, padded with NUL. Throws `RangeError` where it does not fit or cannot be encoded. */
export function encodeText({ registers, order, text }: TextEncoding, value: string): Uint16Array {
  if (text === 'ascii' && !/^[\x20-\x7e]*$/.test(value)) throw new RangeError('the text has characters beyond ASCII')
  const bytes = Buffer.from(value, 'utf8')
  if (bytes.length > registers * 2)
    throw new RangeError(`the text has ${bytes.length} bytes, ${registers * 2} is the most`)
  const view = new DataView(new ArrayBuffer(registers * 2))
  for (let i = 0; i < bytes.length; i++) view.setUint8(i, bytes[i]!)
  return arrangeWords(view, false, swapsBytes(order))
}

/** Masks for function 22 that set some bits of a register and leave the others. Throws `RangeError`. */
export function encodeBits(
  bits: { readonly from: number; readonly count: number },
  value: number,
): { readonly andMask: number; readonly orMask: number } {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** bits.count)
    throw new RangeError(`${value} does not fit ${bits.count} bits`)
  const mask = (2 ** bits.count - 1) << bits.from
  return { andMask: ~mask & 0xffff, orMask: (value << bits.from) & 0xffff }
}

function unscale({ scale = 1, offset = 0 }: NumberEncoding, value: number | bigint): number | bigint {
  if (scale === 1 && offset === 0) return value
  const divisor = wholeInverse(scale)
  const shifted = Number(value) - offset
  return divisor === undefined ? shifted / scale : shifted * divisor
}

function finite(raw: number | bigint, as: 'float32' | 'float64'): number {
  const value = as === 'float32' ? Math.fround(Number(raw)) : Number(raw)
  if (!Number.isFinite(value)) throw new RangeError(`${raw} does not fit ${as}`)
  return value
}

function integerOf({ as }: NumberEncoding, raw: number | bigint): bigint {
  const [least, most] = ranges[as as keyof typeof ranges]
  if (typeof raw === 'number' && !Number.isFinite(raw)) throw new RangeError(`${raw} is no number`)
  const whole = typeof raw === 'bigint' ? raw : BigInt(Math.round(raw))
  if (whole < least || whole > most) throw new RangeError(`raw value ${whole} does not fit ${as} (${least} to ${most})`)
  return whole
}

function setInteger(view: DataView, as: keyof typeof ranges, value: bigint): void {
  if (as === 'bcd16') view.setUint16(0, toBcd(Number(value)))
  else if (as === 'bcd32') view.setUint32(0, toBcd(Number(value)))
  else if (view.byteLength === 2) view.setInt16(0, Number(BigInt.asIntN(16, value)))
  else if (view.byteLength === 4) view.setInt32(0, Number(BigInt.asIntN(32, value)))
  else view.setBigInt64(0, value)
}

/** Decimal digits as hexadecimal ones. */
const toBcd = (value: number): number => Number.parseInt(String(value), 16)

function saysNoValue({ as, nulls }: NumberEncoding, view: DataView): boolean {
  if (!nulls) return false
  const raw = compileInteger({ as, order: 'ABCD', nulls })(view, 0)
  return Number.isNaN(raw)
}

const arrange = (view: DataView, order: NumberEncoding['order']): Uint16Array =>
  arrangeWords(view, swapsWords(order), swapsBytes(order))

function arrangeWords(view: DataView, reverse: boolean, little: boolean): Uint16Array {
  const words = Uint16Array.from({ length: view.byteLength / 2 }, (_, i) => view.getUint16(2 * i, little))
  return reverse ? words.reverse() : words
}
