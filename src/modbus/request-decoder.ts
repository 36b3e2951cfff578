import { ModbusException } from './exception.ts'
import { limits, type ModbusRequest, readDeviceIdentification, unpackBits, unpackRegisters } from './request.ts'

/**
 * A request as a server understands it. Throws `ModbusException`: 1 for a function we do not have, 3 for a quantity,
 * value or length that cannot be, 2 for a span that ends beyond address 65535 (the state diagrams of §6).
 */
export function decodeRequest(pdu: Uint8Array): ModbusRequest {
  const code = pdu[0]
  switch (code) {
    case 1:
    case 2:
      return { function: code, ...span(pdu, 1, limits.readBits, 5) }
    case 3:
    case 4:
      return { function: code, ...span(pdu, 1, limits.readRegisters, 5) }
    case 5:
      return writeCoil(pdu)
    case 6:
      need(pdu.length === 5)
      return { function: 6, address: word(pdu, 1), value: word(pdu, 3) }
    case 15:
      return writeCoils(pdu)
    case 16:
      return writeRegisters(pdu)
    case 17:
      need(pdu.length === 1)
      return { function: 17 }
    case 22:
      need(pdu.length === 7)
      return { function: 22, address: word(pdu, 1), andMask: word(pdu, 3), orMask: word(pdu, 5) }
    case 23:
      return readWrite(pdu)
    case 43:
      return identification(pdu)
    default:
      throw new ModbusException(1)
  }
}

function writeCoil(pdu: Uint8Array): ModbusRequest {
  const value = pdu.length === 5 ? word(pdu, 3) : -1
  need(value === 0 || value === 0xff00)
  return { function: 5, address: word(pdu, 1), value: value !== 0 }
}

function writeCoils(pdu: Uint8Array): ModbusRequest {
  need(pdu.length >= 7)
  const bytes = (word(pdu, 3) + 7) >> 3
  need(pdu[5] === bytes && pdu.length === 6 + bytes)
  const { address, count } = span(pdu, 1, limits.writeBits, 6 + bytes)
  return { function: 15, address, values: unpackBits(pdu, 6, count) }
}

function writeRegisters(pdu: Uint8Array): ModbusRequest {
  need(pdu.length >= 8)
  const bytes = 2 * word(pdu, 3)
  need(pdu[5] === bytes)
  const { address, count } = span(pdu, 1, limits.writeRegisters, 6 + bytes)
  return { function: 16, address, values: unpackRegisters(pdu, 6, count) }
}

function readWrite(pdu: Uint8Array): ModbusRequest {
  need(pdu.length >= 12)
  const bytes = 2 * word(pdu, 7)
  need(pdu[9] === bytes)
  const read = span(pdu, 1, limits.readRegisters, 10 + bytes)
  const write = span(pdu, 5, limits.readWriteWrites, 10 + bytes)
  const values = unpackRegisters(pdu, 10, write.count)
  return { function: 23, readAddress: read.address, readCount: read.count, writeAddress: write.address, values }
}

function identification(pdu: Uint8Array): ModbusRequest {
  if (pdu[1] !== readDeviceIdentification) throw new ModbusException(1)
  const category = pdu[2]
  need(pdu.length === 4)
  need(category === 1 || category === 2 || category === 3 || category === 4)
  return { function: 43, category, object: pdu[3]! }
}

function span(pdu: Uint8Array, at: number, most: number, length: number): { address: number; count: number } {
  need(pdu.length === length)
  const address = word(pdu, at)
  const count = word(pdu, at + 2)
  need(count >= 1 && count <= most)
  if (address + count > 0x10000) throw new ModbusException(2)
  return { address, count }
}

const word = (pdu: Uint8Array, at: number): number => (pdu[at]! << 8) | pdu[at + 1]!

function need(condition: boolean): asserts condition {
  if (!condition) throw new ModbusException(3)
}

/**
 * Bytes of the request PDU that begins at `at`, as far as they can be told: `undefined` while more bytes are needed to
 * know, -1 for a function of unknown length. RTU has no length field, so a server must know it.
 */
export function requestPduLength(bytes: Uint8Array, at: number, end: number): number | undefined {
  if (at >= end) return undefined
  switch (bytes[at]) {
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
    case 6:
      return 5
    case 15:
    case 16:
      return at + 5 < end ? 6 + bytes[at + 5]! : undefined
    case 17:
      return 1
    case 22:
      return 7
    case 23:
      return at + 9 < end ? 10 + bytes[at + 9]! : undefined
    case 43:
      return 4
    default:
      return -1
  }
}
