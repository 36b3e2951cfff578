/** What stands in a register: a number, a large integer, a text, or nothing (the device's sentinel). */
export type Cell = number | bigint | string | null

/**
 * The device's side of a value: how its electronics put it into 16-bit registers. Written apart from the decoders of the
 * Modbus library on purpose: the demo checks them.
 */
export interface Field {
  readonly words: number
  encode(value: Cell): readonly number[]
  decode(words: readonly number[]): Cell
}

/** A is the most significant byte: `ABCD` big-endian, `CDAB` words swapped, `BADC` bytes swapped, `DCBA` little-endian. */
export type ByteOrder = 'ABCD' | 'CDAB' | 'BADC' | 'DCBA'

interface IntegerOptions {
  /** Units of one count: 0.1 puts 23.4 into the register as 234. */
  readonly scale?: number
  readonly order?: ByteOrder
  /** Raw value that says "no value". */
  readonly none?: number
}

export const u16 = (options: IntegerOptions = {}): Field => integer(1, 'Uint16', options)
export const i16 = (options: IntegerOptions = {}): Field => integer(1, 'Int16', options)
export const u32 = (options: IntegerOptions = {}): Field => integer(2, 'Uint32', options)
export const i32 = (options: IntegerOptions = {}): Field => integer(2, 'Int32', options)

const limits = {
  Uint16: [0, 0xffff],
  Int16: [-0x8000, 0x7fff],
  Uint32: [0, 0xffff_ffff],
  Int32: [-0x8000_0000, 0x7fff_ffff],
} as const

function integer(words: number, kind: keyof typeof limits, { scale = 1, order = 'ABCD', none }: IntegerOptions): Field {
  const [min, max] = limits[kind]
  return inBytes(words, order, {
    put(view, value) {
      const raw = value === null ? (none ?? 0) : Math.round(Number(value) / scale)
      view[`set${kind}`](0, value === null ? raw : Math.min(max, Math.max(min, raw)))
    },
    get(view) {
      const raw = view[`get${kind}`](0)
      return raw === none ? null : raw * scale
    },
  })
}

/** A 64-bit counter, exact. */
export const i64 = (order: ByteOrder = 'ABCD'): Field =>
  inBytes(4, order, {
    put: (view, value) => view.setBigInt64(0, typeof value === 'bigint' ? value : BigInt(Math.floor(Number(value)))),
    get: (view) => view.getBigInt64(0),
  })

/** IEEE 754; nothing is NaN. */
export const f32 = (order: ByteOrder = 'ABCD'): Field =>
  inBytes(2, order, {
    put: (view, value) => view.setFloat32(0, value === null ? Number.NaN : Number(value)),
    get: (view) => view.getFloat32(0),
  })

export const f64 = (order: ByteOrder = 'ABCD'): Field =>
  inBytes(4, order, {
    put: (view, value) => view.setFloat64(0, value === null ? Number.NaN : Number(value)),
    get: (view) => view.getFloat64(0),
  })

/** Binary coded decimal: four digits in a register. */
export function bcd(words: 1 | 2, options: { scale?: number; order?: ByteOrder } = {}): Field {
  const { scale = 1, order = 'ABCD' } = options
  const digits = words * 4
  return inBytes(words, order, {
    put(view, value) {
      const text = String(Math.round(Number(value) / scale) % 10 ** digits).padStart(digits, '0')
      for (let i = 0; i < words * 2; i++) view.setUint8(i, Number.parseInt(text.slice(2 * i, 2 * i + 2), 16))
    },
    get(view) {
      let text = ''
      for (let i = 0; i < words * 2; i++) text += view.getUint8(i).toString(16).padStart(2, '0')
      return Number(text) * scale
    },
  })
}

/** ASCII, two characters in a register, filled up with `fill`; `BADC` has the second character in the upper byte. */
export const text = (words: number, fill: 'nul' | 'space' = 'nul', order: 'ABCD' | 'BADC' = 'ABCD'): Field =>
  inBytes(words, order, {
    put(view, value) {
      const filled = String(value).padEnd(words * 2, fill === 'nul' ? '\0' : ' ')
      for (let i = 0; i < words * 2; i++) view.setUint8(i, filled.charCodeAt(i) & 0x7f)
    },
    get(view) {
      let found = ''
      for (let i = 0; i < words * 2; i++) found += String.fromCharCode(view.getUint8(i))
      return found.replace(/[\0 ]+$/, '')
    },
  })

interface BytesAccess {
  put(view: DataView, value: Cell): void
  get(view: DataView): Cell
}

/** A field given by its big-endian bytes, put into registers in the byte order of the device. */
function inBytes(words: number, order: ByteOrder, { put, get }: BytesAccess): Field {
  const view = new DataView(new ArrayBuffer(words * 2))
  return {
    words,
    encode(value) {
      put(view, value)
      return permute(
        Array.from({ length: words }, (_, index) => view.getUint16(index * 2)),
        order,
      )
    },
    decode(given) {
      for (const [index, word] of permute(given, order).entries()) view.setUint16(index * 2, word)
      return get(view)
    },
  }
}

/** Its own inverse for all four orders. */
function permute(words: readonly number[], order: ByteOrder): readonly number[] {
  const ordered = order === 'CDAB' || order === 'DCBA' ? words.toReversed() : words
  return order === 'BADC' || order === 'DCBA' ? ordered.map((word) => ((word & 0xff) << 8) | (word >> 8)) : ordered
}
