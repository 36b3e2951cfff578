import type { NumberEncoding, NumberType, TextEncoding } from '#modbus'
import type { PropertyDefinition } from '#model'
import type { RegisterAddress } from './address.ts'

/** What a property in registers is, with every default filled in. */
export type RegisterEncoding =
  | { readonly kind: 'number'; readonly encoding: NumberEncoding }
  | {
      readonly kind: 'text'
      readonly encoding: TextEncoding
    }

/** The encoding of a checked address. `order` is the connection's default. */
export function encodingOf(address: RegisterAddress, order: NumberEncoding['order']): RegisterEncoding {
  const own = address.order ?? order
  if (address.as === 'string')
    return {
      kind: 'text',
      encoding: { as: 'string', order: own, registers: address.registers ?? 1, text: address.text ?? 'ascii' },
    }
  const { bits: some, bit, scale, offset, nulls } = address
  const bits = bit === undefined ? some : { from: bit, count: 1 }
  return {
    kind: 'number',
    encoding: {
      as: numberTypeOf(address),
      order: own,
      ...(bits && { bits }),
      ...(scale !== undefined && { scale }),
      ...(offset !== undefined && { offset }),
      ...(nulls && nulls.length > 0 && { nulls: nulls.map((raw) => (typeof raw === 'string' ? BigInt(raw) : raw)) }),
    },
  }
}

const numberTypeOf = ({ as }: RegisterAddress): NumberType =>
  as === undefined || as === 'bool' || as === 'string' ? 'uint16' : as

/** The type of value a property needs when none is named: texts need `registers`, all else is one register. */
export const defaultAs = (type: PropertyDefinition['type'], address: RegisterAddress): RegisterAddress['as'] => {
  if (address.registers !== undefined || (type === 'string' && !address.enum)) return 'string'
  if (type === 'boolean' && address.bit === undefined) return 'bool'
  return 'uint16'
}

export const isWhole = (as: RegisterAddress['as']): boolean => as !== 'float32' && as !== 'float64' && as !== 'string'
export const isWide = (as: RegisterAddress['as']): boolean => as === 'uint64' || as === 'int64'
