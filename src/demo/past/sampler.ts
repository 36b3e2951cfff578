import {
  applyExponent,
  type ByteOrder,
  compileInteger,
  compileNumber,
  compileText,
  type NumberEncoding,
  readExponent,
  registersOf,
} from '#modbus'
import { type PropertyDefinition, Quality, type TagId, type Value } from '#model'
import type { Machine, RegisterRow } from '../devices/machine.ts'
import type { Cell } from '../devices/words.ts'
import type { Plant } from '../plant/plant.ts'

/** A property as a driver has checked it: its address is complete but for the byte order of the connection. */
export interface AskedProperty {
  readonly tag: TagId
  readonly property: PropertyDefinition
}

/** What a machine would have answered for one property. */
export interface Sampler {
  readonly tag: TagId
  readonly property: PropertyDefinition
  /** What stands behind the value: while it is the same, so is the answer. */
  readonly cell: (plant: Plant) => unknown
  readonly read: (plant: Plant) => Value
  /** Of what was read. */
  readonly quality: (value: Value) => number
}

interface Address extends Partial<Omit<NumberEncoding, 'as' | 'nulls'>> {
  readonly table: 'holding' | 'input' | 'coil' | 'discrete' | 'identification' | 'server-id'
  readonly at: number
  readonly as?: NumberEncoding['as'] | 'bool' | 'string'
  readonly nulls?: readonly (number | string)[]
  readonly bit?: number
  readonly registers?: number
  readonly text?: 'ascii' | 'utf8'
  readonly enum?: Readonly<Record<string, string>>
  readonly scaleAt?: number
  readonly object?: number
}

/**
 * Reads a property of a machine without a wire: the machine's electronics put it into registers and the decoders of the
 * product take it out again, so that what is told of the past has the steps and the gaps of what is read today.
 */
export function samplerOf(machine: Machine, { tag, property }: AskedProperty, order: ByteOrder): Sampler {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = property.range ?? {}
  return {
    tag,
    property,
    ...sourceOf(machine, property, property.address as Address, order),
    quality(value) {
      if (value === null) return Quality.nullValue
      return typeof value === 'number' && !(value >= min && value <= max) ? Quality.outOfRange : Quality.good
    },
  }
}

type Source = Pick<Sampler, 'cell' | 'read'>

const constant = (value: Value): Source => ({ cell: () => value, read: () => value })

function sourceOf(machine: Machine, property: PropertyDefinition, address: Address, order: ByteOrder): Source {
  switch (address.table) {
    case 'identification':
      return constant(machine.identification?.[address.object ?? 0] ?? null)
    case 'server-id':
      return constant(machine.serverId ?? null)
    case 'coil':
    case 'discrete': {
      const rows = (address.table === 'coil' ? machine.coils : machine.discrete) ?? []
      const row = at(rows, address.at, machine)
      return { cell: row.get, read: row.get }
    }
    case 'holding':
    case 'input':
      return ofRegisters(machine, property, { ...address, order: address.order ?? order })
  }
}

type RegisterAddress = Address & { readonly order: ByteOrder }

function ofRegisters(machine: Machine, property: PropertyDefinition, address: RegisterAddress): Source {
  const rows = machine[address.table as 'holding' | 'input'] ?? []
  const row = at(rows, address.at, machine)
  const view = viewOf(row)
  if (address.as === 'string') {
    const { registers = 1, text = 'ascii' } = address
    const read = compileText({ as: 'string', order: address.order, registers, text })
    return { cell: row.get, read: (plant) => read(view(row.get(plant)), 0) ?? null }
  }
  const encoding = encodingOf(address)
  if (registersOf(encoding) !== row.field.words) throw new Error(`${machine.id}/${property.name} is cut in two`)
  if (address.scaleAt !== undefined) return scaled(row, at(rows, address.scaleAt, machine), encoding)
  const isWide = encoding.as === 'int64' || encoding.as === 'uint64'
  if (property.type === 'integer' && isWide && !address.scale) {
    const read = compileInteger(encoding)
    return { cell: row.get, read: (plant) => valueOfNumber(read(view(row.get(plant)), 0)) }
  }
  const read = compileNumber(encoding)
  const meaning = meaningOf(property, address)
  return { cell: row.get, read: (plant) => meaning(read(view(row.get(plant)), 0)) }
}

/** A number in one register whose power of ten stands in another. */
function scaled(row: RegisterRow, exponentRow: RegisterRow, encoding: NumberEncoding): Source {
  const [view, exponents, read] = [viewOf(row), viewOf(exponentRow), compileNumber(encoding)]
  return {
    // Two registers: never the same.
    cell: () => Number.NaN,
    read: (plant) =>
      valueOfNumber(applyExponent(read(view(row.get(plant)), 0), readExponent(exponents(exponentRow.get(plant)), 0))),
  }
}

function meaningOf({ type }: PropertyDefinition, address: Address): (number: number) => Value {
  const { enum: texts } = address
  if (texts) return (code) => (Number.isNaN(code) ? null : (texts[String(code)] ?? null))
  if (type === 'boolean') return (number) => (Number.isNaN(number) ? null : number !== 0)
  return valueOfNumber
}

const valueOfNumber = (number: number | bigint): Value =>
  typeof number === 'number' && !Number.isFinite(number) ? null : number

/** The registers of a row with a cell in them. Valid until the next call. */
function viewOf({ field }: RegisterRow): (cell: Cell) => DataView {
  const view = new DataView(new ArrayBuffer(field.words * 2))
  return (cell) => {
    const words = field.encode(cell)
    for (let i = 0; i < words.length; i++) view.setUint16(i * 2, words[i]!)
    return view
  }
}

function encodingOf({ as = 'uint16', order, bit, bits, scale, offset, nulls }: RegisterAddress): NumberEncoding {
  const some = bit === undefined ? bits : { from: bit, count: 1 }
  return {
    as: as === 'bool' || as === 'string' ? 'uint16' : as,
    order,
    ...(some && { bits: some }),
    ...(scale !== undefined && { scale }),
    ...(offset !== undefined && { offset }),
    ...(nulls && nulls.length > 0 && { nulls: nulls.map((raw) => (typeof raw === 'string' ? BigInt(raw) : raw)) }),
  }
}

function at<Row extends { readonly at: number }>(rows: readonly Row[], address: number, { id }: Machine): Row {
  const row = rows.find((candidate) => candidate.at === address)
  if (!row) throw new Error(`${id} has nothing at address ${address}`)
  return row
}
