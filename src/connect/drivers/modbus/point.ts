import {
  compileInteger,
  compileNumber,
  compileText,
  type IntegerDecoder,
  type NumberDecoder,
  registersOf,
  type TextDecoderOf,
} from '#modbus'
import type { PropertyDefinition, TagId } from '#model'
import { isRegisterAddress, type ModbusAddress, type RegisterAddress } from './address.ts'
import type { ModbusConnection } from './connection.ts'
import { encodingOf, isWide } from './encoding.ts'

export type Table = 'holding' | 'input' | 'coil' | 'discrete'

/** How the bytes of a point become its value; the numeric ones on the hot path, the others beside it. */
type PointDecoder =
  | { readonly kind: 'number'; readonly read: NumberDecoder }
  | { readonly kind: 'integer'; readonly read: IntegerDecoder }
  | { readonly kind: 'text'; readonly read: TextDecoderOf }
  | { readonly kind: 'state'; readonly read: NumberDecoder; readonly texts: ReadonlyMap<number, string> }

/** A property that is polled: where it is and how it is decoded, compiled once. */
export interface Point {
  readonly property: PropertyDefinition
  readonly tag: TagId
  readonly table: Table
  readonly at: number
  /** Registers or bits. */
  readonly size: number
  readonly everyMs: number
  readonly decoder: PointDecoder
  /** What the sensor can measure; -Infinity and Infinity where nothing is said. */
  readonly min: number
  readonly max: number
  /** Register with the power of ten. */
  readonly scaleAt?: number
}

/** The point of a checked property in one of the four tables; `undefined` for what is asked otherwise. */
export function pointOf(
  property: PropertyDefinition,
  tag: TagId,
  address: ModbusAddress,
  connection: ModbusConnection,
): Point | undefined {
  if (address.table === 'identification' || address.table === 'server-id') return undefined
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = property.range ?? {}
  const place = { property, tag, table: address.table, at: address.at, min, max }
  const everyMs = property.everyMs ?? connection.everyMs
  if (!isRegisterAddress(address)) return { ...place, everyMs, size: 1, decoder: numberOrState(readBit, address.enum) }
  const { scaleAt } = address
  const { kind, encoding } = encodingOf(address, connection.order)
  return {
    ...place,
    everyMs,
    size: registersOf(encoding),
    decoder: kind === 'text' ? { kind, read: compileText(encoding) } : numeric(property, address, encoding),
    ...(scaleAt !== undefined && { scaleAt }),
  }
}

/** Bits are handed to decoders spread out, one byte each. */
const readBit: NumberDecoder = (view, at) => view.getUint8(at)

function numeric(
  property: PropertyDefinition,
  address: RegisterAddress,
  encoding: Parameters<typeof compileNumber>[0],
): PointDecoder {
  const isExact = property.type === 'integer' && isWide(address.as) && !address.scale && !address.offset
  if (isExact) return { kind: 'integer', read: compileInteger(encoding) }
  const read = compileNumber(encoding)
  if (property.type === 'boolean' && address.bit === undefined) return { kind: 'number', read: asBoolean(read) }
  return numberOrState(read, address.enum)
}

/** Any value but 0 is true. */
const asBoolean =
  (read: NumberDecoder): NumberDecoder =>
  (view, at) => {
    const raw = read(view, at)
    return Number.isNaN(raw) ? raw : Number(raw !== 0)
  }

function numberOrState(read: NumberDecoder, texts: Readonly<Record<string, string>> | undefined): PointDecoder {
  if (!texts) return { kind: 'number', read }
  return { kind: 'state', read, texts: new Map(Object.entries(texts).map(([code, text]) => [Number(code), text])) }
}
