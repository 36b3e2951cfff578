/**
 * How the bytes of a value lie in its registers, named after a 32-bit value with bytes A (highest) to D. Each register
 * travels high byte first; `CDAB` has the low register first, `BADC` swaps the bytes within registers, `DCBA` both. For
 * 64 bits the same holds for four registers, for 16 bits and texts only the swap within registers counts.
 */
export type ByteOrder = 'ABCD' | 'CDAB' | 'BADC' | 'DCBA'
export const byteOrders: readonly ByteOrder[] = ['ABCD', 'CDAB', 'BADC', 'DCBA']

export type IntegerType = 'uint16' | 'int16' | 'uint32' | 'int32' | 'uint64' | 'int64'
export type NumberType = IntegerType | 'float32' | 'float64' | 'bcd16' | 'bcd32'

/** How a number lies in registers and what it means. */
export interface NumberEncoding {
  readonly as: NumberType
  readonly order: ByteOrder
  /** Some bits of the raw integer instead of all of it; bit 0 is the lowest. */
  readonly bits?: { readonly from: number; readonly count: number }
  /** value = raw × scale + offset. */
  readonly scale?: number
  readonly offset?: number
  /**
   * Raw values by which the device says that it has none, compared before bits and scale. Integers may be given as bit
   * patterns: 0x8000 means -32768 of an int16.
   */
  readonly nulls?: readonly (number | bigint)[]
}

/** A text over `registers` registers, two bytes each, ended by NUL or padded with spaces. */
export interface TextEncoding {
  readonly as: 'string'
  readonly order: ByteOrder
  readonly registers: number
  readonly text: 'ascii' | 'utf8'
}

const widths: Readonly<Record<NumberType, number>> = {
  uint16: 1,
  int16: 1,
  bcd16: 1,
  uint32: 2,
  int32: 2,
  float32: 2,
  bcd32: 2,
  uint64: 4,
  int64: 4,
  float64: 4,
}

export const numberTypes = Object.keys(widths) as readonly NumberType[]

/** Registers a value takes. */
export const registersOf = (encoding: { readonly as: NumberType } | TextEncoding): number =>
  encoding.as === 'string' ? encoding.registers : widths[encoding.as]

export const swapsBytes = (order: ByteOrder): boolean => order === 'BADC' || order === 'DCBA'
export const swapsWords = (order: ByteOrder): boolean => order === 'CDAB' || order === 'DCBA'

/** The null sentinels as the raw values they are: bit patterns of signed types become negative. */
export function sentinelsOf({ as, nulls = [] }: NumberEncoding): readonly (number | bigint)[] {
  if (as === 'float32' || as === 'float64') return nulls
  const bits = 16 * widths[as]
  const signed = as.startsWith('int')
  return nulls.map((raw) => {
    const whole = BigInt(raw)
    const wrapped = signed ? BigInt.asIntN(bits, whole) : BigInt.asUintN(bits, whole)
    return bits === 64 ? wrapped : Number(wrapped)
  })
}
