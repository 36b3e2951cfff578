import { copyBytes, joinBytes } from './bytes.ts'
import { crcFits, frameRtu } from './crc16.ts'
import { frameMbap, mbapBytes, mbapFrameLength, transactionOf } from './mbap.ts'
import { requestPduLength } from './request-decoder.ts'

/** Gives the reply PDU to a unit's request PDU; `undefined`: stay silent. */
export type Answer = (unit: number, pdu: Uint8Array) => Uint8Array | undefined

/** Takes a chunk of a connection, gives the reply frames to what was complete in it. `broken`: the stream is lost. */
export type Deframer = (chunk: Uint8Array) => { readonly replies: readonly Uint8Array[]; readonly broken: boolean }

/** Requests in TCP frames (Messaging on TCP V1.0b §3.1.3). */
export function deframeMbap(answer: Answer): Deframer {
  let rest: Uint8Array = new Uint8Array(0)
  return (chunk) => {
    const bytes = rest.length > 0 ? joinBytes(rest, chunk) : chunk
    const replies: Uint8Array[] = []
    let at = 0
    for (;;) {
      const length = mbapFrameLength(bytes, at, bytes.length)
      if (length === -1) return { replies, broken: true }
      if (length === undefined || at + length > bytes.length) break
      const unit = bytes[at + 6]!
      const reply = answer(unit, copyBytes(bytes, at + mbapBytes, at + length))
      if (reply) replies.push(frameMbap({ transaction: transactionOf(bytes, at), unit }, reply))
      at += length
    }
    rest = copyBytes(bytes, at)
    return { replies, broken: false }
  }
}

const shortestRtu = 4
const longestRtu = 256

/**
 * Requests in RTU frames (Serial Line V1.02 §2.5.1). The frame's end follows from its function; bytes that make no frame
 * with a fitting CRC are skipped one by one, as a device does that joins in the middle.
 */
export function deframeRtu(answer: Answer): Deframer {
  let rest: Uint8Array = new Uint8Array(0)
  return (chunk) => {
    const bytes = rest.length > 0 ? joinBytes(rest, chunk) : chunk
    const replies: Uint8Array[] = []
    let at = 0
    while (at < bytes.length) {
      const length = rtuFrameLength(bytes, at)
      if (length === undefined) break
      if (length === -1) at++
      else {
        const unit = bytes[at]!
        const reply = answer(unit, copyBytes(bytes, at + 1, at + length - 2))
        // Unit 0 is a broadcast: done by all, answered by none (§2.1).
        if (reply && unit !== 0) replies.push(frameRtu(unit, reply))
        at += length
      }
    }
    rest = copyBytes(bytes, at)
    return { replies, broken: false }
  }
}

/** Bytes of the frame at `at`; `undefined` while it may still become one; -1 where none begins. */
function rtuFrameLength(bytes: Uint8Array, at: number): number | undefined {
  const pdu = requestPduLength(bytes, at + 1, bytes.length)
  if (pdu === undefined) return bytes.length - at < longestRtu ? undefined : -1
  if (pdu === -1) return unknownFunctionLength(bytes, at)
  const length = pdu + 3
  if (length > longestRtu) return -1
  if (at + length > bytes.length) return undefined
  return crcFits(bytes, at, at + length) ? length : -1
}

/** A function we do not know is still refused properly when the CRC shows where its frame ends. */
function unknownFunctionLength(bytes: Uint8Array, at: number): number {
  const end = Math.min(bytes.length, at + longestRtu)
  if (end - at >= shortestRtu && crcFits(bytes, at, end)) return end - at
  return -1
}
