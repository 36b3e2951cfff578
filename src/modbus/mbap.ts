/** Bytes before the PDU: transaction, protocol, length, unit (Messaging on TCP V1.0b §3.1.3). */
export const mbapBytes = 7

/** Bounds of the length field: unit and PDU of 1 to 253 bytes. */
const mbapLength = { least: 2, most: 254 } as const

export interface MbapHeader {
  readonly transaction: number
  readonly unit: number
}

/** A PDU as a TCP frame. */
export function frameMbap({ transaction, unit }: MbapHeader, pdu: Uint8Array): Uint8Array {
  const frame = new Uint8Array(mbapBytes + pdu.length)
  writeMbap(frame, 0, transaction, unit, pdu.length)
  frame.set(pdu, mbapBytes)
  return frame
}

export function writeMbap(to: Uint8Array, at: number, transaction: number, unit: number, pduLength: number): void {
  to[at] = transaction >> 8
  to[at + 1] = transaction & 0xff
  to[at + 2] = 0
  to[at + 3] = 0
  to[at + 4] = (pduLength + 1) >> 8
  to[at + 5] = (pduLength + 1) & 0xff
  to[at + 6] = unit
}

/**
 * Bytes of the frame that begins at `at`: `undefined` while its length has not come in yet, -1 where no frame can begin
 * there (protocol not 0, absurd length): a TCP stream that lost its rhythm cannot find it again and is closed.
 */
export function mbapFrameLength(bytes: Uint8Array, at: number, end: number): number | undefined {
  if (at + 4 <= end && (bytes[at + 2] !== 0 || bytes[at + 3] !== 0)) return -1
  if (at + 6 > end) return undefined
  const length = (bytes[at + 4]! << 8) | bytes[at + 5]!
  return length < mbapLength.least || length > mbapLength.most ? -1 : 6 + length
}

export const transactionOf = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!
