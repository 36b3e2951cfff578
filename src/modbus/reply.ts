import { copyBytes } from './bytes.ts'
import { encodeRequest, type ModbusRequest } from './request.ts'

/** What the answer to a request must look like; anything else is not its answer. */
export interface ReplyExpectation {
  readonly function: number
  /** The PDU's first bytes: function and byte count of a read, the echo of a write. */
  readonly prefix: Uint8Array
  /** Bytes of the PDU; 0 where the answer says itself how long it is (functions 17 and 43). */
  readonly length: number
}

/** Bytes of a PDU that is an exception: function with the high bit, code (Application Protocol V1.1b3 §7). */
export const exceptionPduBytes = 2

/** What must be answered to `request`, of which `pdu` is the encoding. */
export function expectReply(request: ModbusRequest, pdu: Uint8Array = encodeRequest(request)): ReplyExpectation {
  const code = request.function
  switch (code) {
    case 1:
    case 2:
      return read(code, (request.count + 7) >> 3)
    case 3:
    case 4:
      return read(code, 2 * request.count)
    case 23:
      return read(code, 2 * request.readCount)
    case 5:
    case 6:
    case 22:
      return { function: code, prefix: pdu, length: pdu.length }
    case 15:
    case 16:
      return { function: code, prefix: copyBytes(pdu, 0, 5), length: 5 }
    case 17:
      return { function: code, prefix: Uint8Array.of(17), length: 0 }
    case 43:
      return { function: code, prefix: copyBytes(pdu, 0, 3), length: 0 }
  }
}

const read = (code: number, byteCount: number): ReplyExpectation => ({
  function: code,
  prefix: Uint8Array.of(code, byteCount),
  length: 2 + byteCount,
})

/** `exception`: a well-formed refusal; `wrong-function`, `wrong-length`, `wrong-echo`: not the answer to this request. */
export type ReplyVerdict = 'answer' | 'exception' | 'wrong-function' | 'wrong-length' | 'wrong-echo'

/** Judges the PDU in `bytes[at, at + length)`. */
export function judgeReply(expected: ReplyExpectation, bytes: Uint8Array, at: number, length: number): ReplyVerdict {
  const code = bytes[at]
  if (code === (expected.function | 0x80)) return length === exceptionPduBytes ? 'exception' : 'wrong-length'
  if (code !== expected.function) return 'wrong-function'
  const announced = expected.length || announcedLength(bytes, at, at + length)
  if (announced !== length) return 'wrong-length'
  const { prefix } = expected
  for (let i = 1; i < prefix.length; i++) if (bytes[at + i] !== prefix[i]) return 'wrong-echo'
  return 'answer'
}

/**
 * Bytes of the answer's PDU that begins at `at`: `undefined` while more bytes are needed to know, -1 where these bytes
 * cannot be the answer. RTU has no length field: the length follows from what was asked.
 */
export function replyPduLength(
  expected: ReplyExpectation,
  bytes: Uint8Array,
  at: number,
  end: number,
): number | undefined {
  if (at >= end) return undefined
  if (bytes[at] === (expected.function | 0x80)) return exceptionPduBytes
  if (bytes[at] !== expected.function) return -1
  return expected.length || announcedLength(bytes, at, end)
}

/** Length of an answer to function 17 or 43 by its own count of bytes or objects (§6.13, §6.21). */
function announcedLength(bytes: Uint8Array, at: number, end: number): number | undefined {
  if (bytes[at] === 17) return at + 1 < end ? 2 + bytes[at + 1]! : undefined
  if (at + 6 >= end) return undefined
  let position = at + 7
  for (let objects = bytes[at + 6]!; objects > 0; objects--) {
    if (position + 1 >= end) return undefined
    position += 2 + bytes[position + 1]!
  }
  return position - at
}

/** What function 43/14 tells: objects by id, and where to go on when there are more (§6.21). */
export interface IdentificationReply {
  readonly conformity: number
  readonly next?: number
  readonly objects: ReadonlyMap<number, string>
}

/** Decodes a PDU that `judgeReply` called an answer to function 43/14. */
export function decodeIdentification(pdu: Uint8Array): IdentificationReply {
  const objects = new Map<number, string>()
  let at = 7
  for (let count = pdu[6]!; count > 0; count--) {
    const length = pdu[at + 1]!
    objects.set(pdu[at]!, Buffer.from(pdu.subarray(at + 2, at + 2 + length)).toString('utf8'))
    at += 2 + length
  }
  return { conformity: pdu[3]!, ...(pdu[4] === 0xff && { next: pdu[5]! }), objects }
}

/** What function 17 tells. How long the id is depends on the device: all bytes are kept, the status may follow it. */
export interface ServerIdReply {
  readonly bytes: Uint8Array
}

export const decodeServerId = (pdu: Uint8Array): ServerIdReply => ({ bytes: copyBytes(pdu, 2, 2 + pdu[1]!) })
