import { copyBytes } from './bytes.ts'
import type { ModbusDevice } from './device.ts'
import { ModbusException, NoAnswer } from './exception.ts'
import { identificationReply } from './identification.ts'
import { type ModbusRequest, packBits, packRegisters } from './request.ts'
import { decodeRequest } from './request-decoder.ts'

/** A refusal as a PDU (Application Protocol V1.1b3 §7). */
export const exceptionPdu = (code: number, exception: number): Uint8Array => Uint8Array.of(code | 0x80, exception)

/**
 * The reply PDU to a request PDU; `undefined` where the device gives none. Never throws: what the device refuses becomes
 * its exception, what it did not expect becomes exception 4 and is told to `failed`.
 */
export function serve(device: ModbusDevice, pdu: Uint8Array, failed: (error: unknown) => void): Uint8Array | undefined {
  try {
    return reply(device, decodeRequest(pdu), pdu)
  } catch (error) {
    if (error instanceof ModbusException) return exceptionPdu(pdu[0]!, error.code)
    if (error instanceof NoAnswer) return undefined
    failed(error)
    return exceptionPdu(pdu[0]!, 4)
  }
}

function reply(device: ModbusDevice, request: ModbusRequest, pdu: Uint8Array): Uint8Array {
  switch (request.function) {
    case 1:
    case 2:
      return bitsReply(device, request)
    case 3:
    case 4:
      return registersReply(request.function, readRegisters(device, request))
    case 5:
      required(device.writeCoils).call(device, request.address, [request.value])
      return pdu
    case 6:
      required(device.writeRegisters).call(device, request.address, Uint16Array.of(request.value))
      return pdu
    case 15:
      required(device.writeCoils).call(device, request.address, request.values)
      return copyBytes(pdu, 0, 5)
    case 16:
      required(device.writeRegisters).call(device, request.address, request.values)
      return copyBytes(pdu, 0, 5)
    case 17:
      return serverIdReply(device)
    case 22:
      maskWrite(device, request)
      return pdu
    case 23:
      // "The write operation is performed before the read" (§6.17).
      required(device.writeRegisters).call(device, request.writeAddress, request.values)
      return registersReply(23, device.readRegisters('holding', request.readAddress, request.readCount))
    case 43:
      return identificationReply(device.identification, request)
  }
}

function bitsReply(device: ModbusDevice, request: { function: 1 | 2; address: number; count: number }): Uint8Array {
  const bits = device.read(request.function === 1 ? 'coil' : 'discrete', request.address, request.count)
  const bytes = packBits(bits)
  return join(Uint8Array.of(request.function, bytes.length), bytes)
}

const readRegisters = (device: ModbusDevice, request: { function: 3 | 4; address: number; count: number }) =>
  device.readRegisters(request.function === 3 ? 'holding' : 'input', request.address, request.count)

const registersReply = (code: number, registers: Uint16Array): Uint8Array =>
  join(Uint8Array.of(code, registers.length * 2), packRegisters(registers))

function serverIdReply({ serverId }: ModbusDevice): Uint8Array {
  if (!serverId) throw new ModbusException(1)
  const { id, running } = serverId
  return join(Uint8Array.of(17, id.length + 1), id, Uint8Array.of(running ? 0xff : 0))
}

/** Result = (current AND andMask) OR (orMask AND NOT andMask) (§6.16). */
function maskWrite(device: ModbusDevice, request: { address: number; andMask: number; orMask: number }): void {
  const write = required(device.writeRegisters)
  const current = device.readRegisters('holding', request.address, 1)[0]!
  write.call(
    device,
    request.address,
    Uint16Array.of((current & request.andMask) | (request.orMask & ~request.andMask & 0xffff)),
  )
}

function required<T>(method: T | undefined): T {
  if (method === undefined) throw new ModbusException(1)
  return method
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
