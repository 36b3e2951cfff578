const table = new Uint16Array(256).map((_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1
  return crc
})

/** The CRC of `bytes[from, to)`; it travels low byte first (Serial Line V1.02 §2.5.1.2 and appendix B). */
function crc16(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0xffff
  for (let i = from; i < to; i++) crc = (crc >> 8) ^ table[(crc ^ bytes[i]!) & 0xff]!
  return crc
}

/** Whether `bytes[from, to)` ends in the CRC of what stands before. */
export function crcFits(bytes: Uint8Array, from: number, to: number): boolean {
  const crc = crc16(bytes, from, to - 2)
  return bytes[to - 2] === (crc & 0xff) && bytes[to - 1] === crc >> 8
}

/** A PDU as an RTU frame: unit, PDU, CRC (§2.5.1). */
export function frameRtu(unit: number, pdu: Uint8Array): Uint8Array {
  const frame = new Uint8Array(pdu.length + 3)
  frame[0] = unit
  frame.set(pdu, 1)
  const crc = crc16(frame, 0, frame.length - 2)
  frame[frame.length - 2] = crc & 0xff
  frame[frame.length - 1] = crc >> 8
  return frame
}
