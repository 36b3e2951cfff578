import type { z } from 'zod'
import { failure, type Result, success } from '#kernel'
import { registersOf } from '#modbus'
import type { PropertyDefinition, ThingDefinition } from '#model'
import {
  type BitAddress,
  isRegisterAddress,
  type ModbusAddress,
  modbusAddress,
  type RegisterAddress,
} from './address.ts'
import { type ModbusConnection, modbusConnection } from './connection.ts'
import { defaultAs, encodingOf, isWhole, isWide } from './encoding.ts'
import { nameplateEveryMs } from './nameplate.ts'

/** Checks `connection` and all addresses and fills in defaults. Fails with `IW_CONNECT_INVALID_THING` naming the path. */
export function checkModbusThing(definition: ThingDefinition): Result<ThingDefinition> {
  const connection = modbusConnection.safeParse(definition.connection)
  if (!connection.success) return invalid('connection', connection.error)
  const properties: PropertyDefinition[] = []
  for (const [index, property] of definition.properties.entries()) {
    const path = `properties.${index}.address`
    const parsed = modbusAddress.safeParse(property.address)
    if (!parsed.success) return invalid(path, parsed.error)
    const address = withDefaults(property, parsed.data)
    const problem = problemOf(property, address, connection.data)
    if (problem) return refuse(path, property.name, problem)
    const rhythm = isNameplate(address) ? { everyMs: nameplateEveryMs } : {}
    properties.push({ ...property, ...rhythm, address })
  }
  return success({ ...definition, connection: connection.data, properties })
}

/** The connection and addresses of a definition that `checkModbusThing` passed. */
export const checkedConnection = (definition: ThingDefinition): ModbusConnection =>
  definition.connection as ModbusConnection
export const checkedAddress = (property: PropertyDefinition): ModbusAddress => property.address as ModbusAddress

/** What a device is called is asked in a rhythm of its own: readers must not take it for stale before. */
const isNameplate = ({ table }: ModbusAddress): boolean => table === 'identification' || table === 'server-id'

function withDefaults(property: PropertyDefinition, address: ModbusAddress): ModbusAddress {
  return isRegisterAddress(address) ? { ...address, as: address.as ?? defaultAs(property.type, address) } : address
}

/** What is wrong with a property's address, in words, or nothing. */
function problemOf(
  property: PropertyDefinition,
  address: ModbusAddress,
  connection: ModbusConnection,
): string | undefined {
  if (property.write && address.table !== 'holding' && address.table !== 'coil')
    return `table ${address.table} cannot be written, only holding and coil`
  if (isRegisterAddress(address)) return registerProblem(property, address, connection)
  if (address.table === 'coil' || address.table === 'discrete') return bitProblem(property, address)
  if (address.table === 'identification' && property.type !== 'string')
    return `an identification is a string, not ${property.type}`
  if (address.table === 'server-id' && property.type !== 'string' && property.type !== 'boolean')
    return 'a server id is a string; as a boolean it says whether the device runs'
  return undefined
}

const bitProblem = ({ type }: PropertyDefinition, address: BitAddress): string | undefined =>
  type === 'string' && !address.enum ? 'a bit as a string needs `enum`' : undefined

function registerProblem(
  { type, write }: PropertyDefinition,
  address: RegisterAddress,
  connection: ModbusConnection,
): string | undefined {
  const { encoding } = encodingOf(address, connection.order)
  const size = registersOf(encoding)
  if (address.at + size > 0x10000) return `${size} registers from ${address.at} end beyond 65535`
  if (size > connection.maxRegisters) return `${size} registers, the device gives at most ${connection.maxRegisters}`
  return address.as === 'string'
    ? textProblem(type, address)
    : (numberProblem(type, address, size) ?? (write && writeProblem(address, size)))
}

function textProblem(type: PropertyDefinition['type'], address: RegisterAddress): string | undefined {
  if (type !== 'string') return `as string is no ${type}`
  if (address.registers === undefined) return 'a string needs `registers`, its length; or `enum`, what its codes mean'
  for (const name of ['bit', 'bits', 'scale', 'offset', 'scaleAt', 'nulls', 'enum'] as const)
    if (address[name] !== undefined) return `\`${name}\` is not for strings`
  return undefined
}

function numberProblem(type: PropertyDefinition['type'], address: RegisterAddress, size: number): string | undefined {
  const { as, bit, bits, scale, offset, scaleAt, registers } = address
  const isScaled = scale !== undefined || offset !== undefined || scaleAt !== undefined
  if (registers !== undefined) return '`registers` is only for strings'
  if (bit !== undefined && bits) return '`bit` and `bits` exclude each other'
  const lowest = bits?.from ?? bit
  if (lowest !== undefined) {
    if (!isWhole(as) || isWide(as)) return `bits of ${as} cannot be taken`
    if (lowest + (bits?.count ?? 1) > size * 16) return `bit ${lowest + (bits?.count ?? 1) - 1} of ${size * 16}`
  }
  if (type === 'string' && !address.enum) return 'a number as a string needs `enum`, what its codes mean'
  if (address.enum && type !== 'string') return `\`enum\` makes strings, not ${type}`
  if (address.enum && (isScaled || !isWhole(as))) return '`enum` goes with unscaled whole numbers'
  if (type === 'integer' && !isWhole(as)) return `${as} is no integer`
  if (type === 'integer' && scaleAt !== undefined) return 'a scale register makes numbers, not integers'
  if (type === 'integer' && !(Number.isInteger(scale ?? 1) && Number.isInteger(offset ?? 0)))
    return 'this scale or offset makes numbers, not integers'
  if (type === 'boolean' && isScaled) return 'a boolean has no scale'
  return undefined
}

function writeProblem({ bit, bits, function: code }: RegisterAddress, size: number): string | undefined {
  const hasBits = bit !== undefined || bits !== undefined
  if (hasBits && size > 1) return 'bits of more than one register cannot be written'
  if (hasBits && code !== undefined && code !== 22) return 'bits are written with function 22'
  if (!hasBits && code === 22) return 'function 22 writes bits: name `bit` or `bits`'
  if (code === 6 && size > 1) return 'function 6 writes one register'
  return undefined
}

function invalid(path: string, error: z.ZodError): Result<never> {
  const issue = error.issues[0]!
  const where = [path, ...issue.path.map(String)].join('.')
  return failure('IW_CONNECT_INVALID_THING', `${where}: ${issue.message}`, { path: where })
}

const refuse = (path: string, name: string, problem: string): Result<never> =>
  failure('IW_CONNECT_INVALID_THING', `${path} (${name}): ${problem}`, { path, property: name })
