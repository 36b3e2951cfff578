import { failure, type Result, success } from '#kernel'
import {
  applyExponent,
  call,
  describeFailure,
  type ExchangeFailure,
  encodeBits,
  encodeNumber,
  encodeText,
  type ModbusClient,
  type ModbusRequest,
  readExponent,
} from '#modbus'
import type { PropertyDefinition, Value } from '#model'
import type { WriteResult } from '#ports'
import { type BitAddress, isRegisterAddress, type RegisterAddress } from './address.ts'
import { readRequest } from './block.ts'
import { checkedAddress } from './check.ts'
import type { ModbusConnection } from './connection.ts'
import { encodingOf } from './encoding.ts'
import { isBitTable } from './plan.ts'
import type { Point } from './point.ts'

/** The way to one device. */
export interface Access {
  readonly client: ModbusClient
  readonly connection: ModbusConnection
}

/** What a failed request means to whoever asked. */
export function refusalOf(failed: ExchangeFailure, what: string): Result<never> {
  const code =
    failed.kind === 'exception' || failed.kind === 'malformed' ? 'IW_CONNECT_DEVICE_ERROR' : 'IW_CONNECT_NO_ANSWER'
  return failure(code, `${what}: ${describeFailure(failed)}`)
}

/** Reads one point now, before what waits. */
export async function readPoint(access: Access, point: Point): Promise<Result<Value>> {
  const raw = await readNow(access, point, decodeValue)
  if (!raw.ok || point.scaleAt === undefined || typeof raw.value !== 'number') return raw
  const scale = { ...point, at: point.scaleAt, size: 1 }
  const exponent = await readNow(access, scale, (_, view) => readExponent(view, 0))
  if (!exponent.ok) return exponent
  return success(finiteOrNull(applyExponent(raw.value, exponent.value)))
}

async function readNow<T>(
  { client, connection }: Access,
  point: Point,
  decode: (point: Point, view: DataView) => T,
): Promise<Result<T>> {
  const { table, at, size } = point
  const { unit, timeoutMs } = connection
  const outcome = await call(client, unit, readRequest(table, at, size), { timeoutMs, urgent: true })
  if ('failure' in outcome) return refusalOf(outcome.failure, `${table} ${at}`)
  const bytes = isBitTable(table) ? Uint8Array.of(outcome.pdu[2]! & 1) : outcome.pdu.slice(2)
  return success(decode(point, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)))
}

function decodeValue({ decoder, property }: Point, view: DataView): Value {
  switch (decoder.kind) {
    case 'number': {
      const value = finiteOrNull(decoder.read(view, 0))
      return property.type === 'boolean' && value !== null ? value !== 0 : value
    }
    case 'integer': {
      const value = decoder.read(view, 0)
      return typeof value === 'number' ? finiteOrNull(value) : value
    }
    case 'text':
      return decoder.read(view, 0) ?? null
    case 'state':
      return decoder.texts.get(decoder.read(view, 0)) ?? null
  }
}

const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null)

/**
 * Writes one property with exactly one request, which is never repeated. `exponent`: of its scale register, where it has
 * one and that has been read.
 */
export async function writeProperty(
  { client, connection }: Access,
  property: PropertyDefinition,
  value: Value,
  exponent: number | undefined,
): Promise<WriteResult> {
  let request: ModbusRequest
  try {
    request = writeRequest(property, value, connection, exponent)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return { outcome: 'failed', message: error.message }
  }
  const outcome = await call(client, connection.unit, request, { timeoutMs: connection.timeoutMs, urgent: true })
  if ('pdu' in outcome) return { outcome: 'written' }
  const message = describeFailure(outcome.failure)
  // An exception says that nothing was done; so does never having been sent. All else leaves it open.
  const surelyNot = outcome.failure.kind === 'exception' ? !inProgress(outcome.failure.code) : !outcome.failure.sent
  return { outcome: surelyNot ? 'failed' : 'unknown', message }
}

/** "Acknowledge: a long duration of time is required" (§7), and a gateway whose device was silent: it may have happened. */
const inProgress = (code: number): boolean => code === 5 || code === 11

/** The one request that writes `value`. Throws `RangeError` for what cannot be written. */
function writeRequest(
  property: PropertyDefinition,
  value: Value,
  connection: ModbusConnection,
  exponent?: number,
): ModbusRequest {
  const address = checkedAddress(property)
  if (isRegisterAddress(address)) return writeRegister(property, address, value, connection, exponent)
  if (address.table === 'coil') return writeCoil(address, value, connection)
  throw new RangeError(`table ${address.table} cannot be written`)
}

function writeCoil(address: BitAddress, value: Value, { writeFunction }: ModbusConnection): ModbusRequest {
  const on = numberOf(value, address.enum) !== 0
  const multiple = address.function === undefined ? writeFunction === 'multiple' : address.function === 15
  if (multiple) return { function: 15, address: address.at, values: [on] }
  return { function: 5, address: address.at, value: on }
}

function writeRegister(
  { type }: PropertyDefinition,
  address: RegisterAddress,
  value: Value,
  connection: ModbusConnection,
  exponent: number | undefined,
): ModbusRequest {
  if (address.table !== 'holding') throw new RangeError(`table ${address.table} cannot be written`)
  const { kind, encoding } = encodingOf(address, connection.order)
  if (kind === 'text') {
    if (typeof value !== 'string') throw new RangeError(`${value} is no text`)
    return registersRequest(address, encodeText(encoding, value), connection)
  }
  const number = numberOf(value, address.enum)
  if (encoding.bits) {
    const masks = encodeBits(encoding.bits, Number(number))
    return { function: 22, address: address.at, ...(swapped(encoding.order) ? swapMasks(masks) : masks) }
  }
  if (address.scaleAt !== undefined && (exponent === undefined || !Number.isFinite(exponent)))
    throw new RangeError(`the scale in register ${address.scaleAt} is not known`)
  const whole = address.scaleAt === undefined ? number : applyExponent(Number(number), -exponent!)
  if (type === 'boolean' && typeof value !== 'boolean') throw new RangeError(`${value} is neither true nor false`)
  return registersRequest(address, encodeNumber(encoding, whole), connection)
}

function registersRequest(address: RegisterAddress, values: Uint16Array, connection: ModbusConnection): ModbusRequest {
  const { at } = address
  if (address.function === 23)
    return { function: 23, readAddress: at, readCount: values.length, writeAddress: at, values }
  const single = address.function === undefined ? connection.writeFunction !== 'multiple' : address.function === 6
  if (single && values.length === 1) return { function: 6, address: at, value: values[0]! }
  return { function: 16, address: at, values }
}

/** The number a value stands for: itself, 0 or 1, or the code of a state. */
function numberOf(value: Value, texts: Readonly<Record<string, string>> | undefined): number | bigint {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'number' || typeof value === 'bigint') return value
  const code = texts && Object.entries(texts).find(([, text]) => text === value)?.[0]
  if (code === undefined) throw new RangeError(`${value === null ? 'nothing' : `"${value}"`} cannot be written here`)
  return Number(code)
}

const swapped = (order: string): boolean => order === 'BADC' || order === 'DCBA'

const swapMasks = ({ andMask, orMask }: { andMask: number; orMask: number }) => ({
  andMask: swap(andMask),
  orMask: swap(orMask),
})

const swap = (word: number): number => ((word & 0xff) << 8) | (word >> 8)
