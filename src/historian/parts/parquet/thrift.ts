import { corrupt } from '../../files/corrupt.ts'

/** A value of the Thrift compact protocol. 64-bit integers beyond 2^53 lose their last bits: nothing read here has such. */
export type ThriftValue = number | boolean | Uint8Array | readonly ThriftValue[] | ThriftStruct
/** Fields by their id. */
export type ThriftStruct = ReadonlyMap<number, ThriftValue>

const Type = {
  stop: 0,
  true: 1,
  false: 2,
  byte: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
} as const
const structType = 12
/** Parquet nests seven deep; damage could nest without end. */
const maxDepth = 16

/** Reads structs of the Thrift compact protocol (thrift-compact-protocol.md). Throws `IW_HISTORIAN_CORRUPT`. */
export class ThriftReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  at: number

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.at = at
  }

  struct(depth = 0): ThriftStruct {
    if (depth > maxDepth) throw corrupt('its metadata nests too deep')
    const fields = new Map<number, ThriftValue>()
    for (let id = 0; ; ) {
      const head = this.#byte()
      const type = head & 15
      if (type === Type.stop) return fields
      id = head >> 4 ? id + (head >> 4) : this.#zigZag()
      // In a struct the type of a boolean is its value.
      fields.set(id, type === Type.true || type === Type.false ? type === Type.true : this.#value(type, depth))
    }
  }

  #value(type: number, depth: number): ThriftValue {
    switch (type) {
      case Type.true:
      case Type.false:
        return this.#byte() === Type.true
      case Type.byte:
        return (this.#byte() << 24) >> 24
      case Type.i16:
      case Type.i32:
      case Type.i64:
        return this.#zigZag()
      case Type.double:
        return this.#view.getFloat64(this.#skip(8), true)
      case Type.binary: {
        const length = this.#varint()
        const from = this.#skip(length)
        return this.#bytes.subarray(from, from + length)
      }
      case Type.list:
      case Type.set:
        return this.#list(depth + 1)
      case structType:
        return this.struct(depth + 1)
      default:
        throw corrupt(`its metadata has a field of type ${type}`)
    }
  }

  #list(depth: number): readonly ThriftValue[] {
    const head = this.#byte()
    const size = head >> 4 === 15 ? this.#varint() : head >> 4
    // An element takes at least one byte, so a damaged size cannot ask for more memory than there are bytes.
    if (size > this.#bytes.length - this.at || depth > maxDepth) throw corrupt(`its metadata has a list of ${size}`)
    const values: ThriftValue[] = []
    for (let i = 0; i < size; i++) values.push(this.#value(head & 15, depth))
    return values
  }

  #zigZag(): number {
    const n = this.#varint()
    return n % 2 === 0 ? n / 2 : -(n + 1) / 2
  }

  #varint(): number {
    let value = 0
    for (let scale = 1, bytes = 0; bytes < 10; scale *= 128, bytes++) {
      const byte = this.#byte()
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
    throw corrupt('its metadata has a number without an end')
  }

  #byte(): number {
    return this.#bytes[this.#skip(1)]!
  }

  #skip(length: number): number {
    const { at } = this
    if (length > this.#bytes.length - at) throw corrupt('its metadata ends too early')
    this.at = at + length
    return at
  }
}

/** The integer in a field, at least 0. Throws `IW_HISTORIAN_CORRUPT` where there is none. */
export function countIn(struct: ThriftStruct, id: number): number {
  const value = struct.get(id)
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw corrupt(`its metadata has ${String(value)} for a number`)
  return value
}

/** The struct in a field. Throws `IW_HISTORIAN_CORRUPT` where there is none. */
export function structIn(struct: ThriftStruct, id: number): ThriftStruct {
  return asStruct(struct.get(id))
}

/** The structs of a list. Throws `IW_HISTORIAN_CORRUPT` where there is none. */
export function structsIn(struct: ThriftStruct, id: number): readonly ThriftStruct[] {
  const value = struct.get(id)
  if (!Array.isArray(value)) throw corrupt('its metadata lacks a list')
  return value.map(asStruct)
}

function asStruct(value: unknown): ThriftStruct {
  if (!(value instanceof Map)) throw corrupt('its metadata lacks a part')
  return value
}

/** The bytes of a field, undefined where there is none. */
export function bytesIn(struct: ThriftStruct, id: number): Uint8Array | undefined {
  const value = struct.get(id)
  return value instanceof Uint8Array ? value : undefined
}

const decoder = new TextDecoder()

/** The text of a field, empty where there is none. */
export const textIn = (struct: ThriftStruct, id: number): string =>
  decoder.decode(bytesIn(struct, id) ?? new Uint8Array())
