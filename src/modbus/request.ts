/** Codes of the functions we speak (Application Protocol V1.1b3 §6). */
export const Fn = {
  readCoils: 1,
  readDiscreteInputs: 2,
  readHoldingRegisters: 3,
  readInputRegisters: 4,
  writeSingleCoil: 5,
  writeSingleRegister: 6,
  writeMultipleCoils: 15,
  writeMultipleRegisters: 16,
  reportServerId: 17,
  maskWriteRegister: 22,
  readWriteMultipleRegisters: 23,
  encapsulatedInterface: 43,
} as const

/** MEI type "Read Device Identification" of function 43 (§6.21). */
export const readDeviceIdentification = 14

/** Most that one request may carry (§6.1–6.17). */
export const limits = {
  readBits: 2000,
  readRegisters: 125,
  writeBits: 1968,
  writeRegisters: 123,
  readWriteWrites: 121,
} as const

/** The largest PDU: 256 bytes of an RTU frame less address and CRC (§4.1). */
export const maxPduBytes = 253

/** One request, by function code. Addresses are those on the wire: 0-based. */
export type ModbusRequest =
  | { readonly function: 1 | 2; readonly address: number; readonly count: number }
  | { readonly function: 3 | 4; readonly address: number; readonly count: number }
  | { readonly function: 5; readonly address: number; readonly value: boolean }
  | { readonly function: 6; readonly address: number; readonly value: number }
  | { readonly function: 15; readonly address: number; readonly values: readonly boolean[] }
  | { readonly function: 16; readonly address: number; readonly values: Uint16Array }
  | { readonly function: 17 }
  | { readonly function: 22; readonly address: number; readonly andMask: number; readonly orMask: number }
  | {
      readonly function: 23
      readonly readAddress: number
      readonly readCount: number
      readonly writeAddress: number
      readonly values: Uint16Array
    }
  /** `category`: 1 basic, 2 regular, 3 extended, 4 one object. */
  | { readonly function: 43; readonly category: 1 | 2 | 3 | 4; readonly object: number }

/** The request as a PDU. Throws `RangeError` for what no device could be asked. */
export function encodeRequest(request: ModbusRequest): Uint8Array {
  checkRequest(request)
  switch (request.function) {
    case 1:
    case 2:
    case 3:
    case 4:
      return words(request.function, [request.address, request.count])
    case 5:
      return words(5, [request.address, request.value ? 0xff00 : 0])
    case 6:
      return words(6, [request.address, request.value])
    case 15:
      return withBytes(words(15, [request.address, request.values.length]), packBits(request.values))
    case 16:
      return withBytes(words(16, [request.address, request.values.length]), packRegisters(request.values))
    case 17:
      return Uint8Array.of(17)
    case 22:
      return words(22, [request.address, request.andMask, request.orMask])
    case 23: {
      const { readAddress, readCount, writeAddress, values } = request
      return withBytes(words(23, [readAddress, readCount, writeAddress, values.length]), packRegisters(values))
    }
    case 43:
      return Uint8Array.of(43, readDeviceIdentification, request.category, request.object)
  }
}

/** Coils as they travel: eight a byte, the first in the lowest bit (§6.1). */
export function packBits(values: readonly boolean[]): Uint8Array {
  const bytes = new Uint8Array((values.length + 7) >> 3)
  for (let i = 0; i < values.length; i++) if (values[i]) bytes[i >> 3]! |= 1 << (i & 7)
  return bytes
}

export function unpackBits(bytes: Uint8Array, at: number, count: number): boolean[] {
  const values = new Array<boolean>(count)
  for (let i = 0; i < count; i++) values[i] = (bytes[at + (i >> 3)]! & (1 << (i & 7))) !== 0
  return values
}

/** Registers as they travel: the high byte first (§4.2). */
export function packRegisters(values: Uint16Array): Uint8Array {
  const bytes = new Uint8Array(values.length * 2)
  for (let i = 0; i < values.length; i++) {
    bytes[2 * i] = values[i]! >> 8
    bytes[2 * i + 1] = values[i]! & 0xff
  }
  return bytes
}

export function unpackRegisters(bytes: Uint8Array, at: number, count: number): Uint16Array {
  const values = new Uint16Array(count)
  for (let i = 0; i < count; i++) values[i] = (bytes[at + 2 * i]! << 8) | bytes[at + 2 * i + 1]!
  return values
}

function words(code: number, values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(1 + 2 * values.length)
  bytes[0] = code
  bytes.set(packRegisters(Uint16Array.from(values)), 1)
  return bytes
}

function withBytes(head: Uint8Array, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head.length + 1 + body.length)
  bytes.set(head)
  bytes[head.length] = body.length
  bytes.set(body, head.length + 1)
  return bytes
}

function checkRequest(request: ModbusRequest): void {
  switch (request.function) {
    case 1:
    case 2:
      checkSpan(request.address, request.count, limits.readBits)
      break
    case 3:
    case 4:
      checkSpan(request.address, request.count, limits.readRegisters)
      break
    case 5:
    case 6:
      checkSpan(request.address, 1, 1)
      checkWord('value', Number(request.value))
      break
    case 15:
      checkSpan(request.address, request.values.length, limits.writeBits)
      break
    case 16:
      checkSpan(request.address, request.values.length, limits.writeRegisters)
      break
    case 22:
      checkSpan(request.address, 1, 1)
      checkWord('andMask', request.andMask)
      checkWord('orMask', request.orMask)
      break
    case 23:
      checkSpan(request.readAddress, request.readCount, limits.readRegisters)
      checkSpan(request.writeAddress, request.values.length, limits.readWriteWrites)
      break
    case 43:
      if (!(Number.isInteger(request.object) && request.object >= 0 && request.object <= 255))
        throw new RangeError(`object ${request.object} is not 0..255`)
  }
}

function checkSpan(address: number, count: number, most: number): void {
  if (!Number.isInteger(address) || address < 0 || address > 0xffff)
    throw new RangeError(`address ${address} is not 0..65535`)
  if (!Number.isInteger(count) || count < 1 || count > most) throw new RangeError(`count ${count} is not 1..${most}`)
  if (address + count > 0x10000) throw new RangeError(`${count} from address ${address} end beyond 65535`)
}

function checkWord(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff) throw new RangeError(`${name} ${value} is not 0..65535`)
}
