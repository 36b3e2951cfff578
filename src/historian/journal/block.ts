import { crc32 } from 'node:zlib'

/**
 * A block is what the journal writes whole or not at all. Little-endian, on an 8-byte boundary:
 * u32 CRC32 of all that follows · u32 magic · u32 kind · u32 payload bytes (a multiple of 8) · f64 number · payload.
 * Numbers grow strictly through the whole journal, so that a block left over from before can not be taken for a new one.
 */
export const blockHeaderBytes = 24
/** The greatest payload; a longer one is refused before it is written and damaged when read. */
export const maxPayloadBytes = 32 * 1024 * 1024

export const BlockKind = { readings: 1, tags: 2 } as const
export type BlockKindCode = (typeof BlockKind)[keyof typeof BlockKind]

const magic = 0x424a5749 // "IWJB"

export const padded = (bytes: number): number => Math.ceil(bytes / 8) * 8

/** Writes the header but for its CRC, which `finishBlock` puts in (in the worker that writes). */
export function startBlock(view: DataView, at: number, kind: BlockKindCode, payloadBytes: number, number: number) {
  view.setUint32(at, 0, true)
  view.setUint32(at + 4, magic, true)
  view.setUint32(at + 8, kind, true)
  view.setUint32(at + 12, payloadBytes, true)
  view.setFloat64(at + 16, number, true)
}

/** Bytes of the whole block that begins at `at`, as its header says. */
export const blockBytes = (view: DataView, at: number): number => blockHeaderBytes + view.getUint32(at + 12, true)

export function finishBlock(view: DataView, bytes: Uint8Array, at: number, length: number): void {
  view.setUint32(at, crc32(bytes.subarray(at + 4, at + length)), true)
}

export interface BlockHeader {
  readonly crc: number
  readonly kind: BlockKindCode
  readonly payloadBytes: number
  readonly number: number
}

/** The header at `at`, or undefined where there is none that could be ours. */
export function readBlockHeader(view: DataView, at: number): BlockHeader | undefined {
  if (at + blockHeaderBytes > view.byteLength || view.getUint32(at + 4, true) !== magic) return undefined
  const kind = view.getUint32(at + 8, true)
  const payloadBytes = view.getUint32(at + 12, true)
  if (kind !== BlockKind.readings && kind !== BlockKind.tags) return undefined
  if (payloadBytes > maxPayloadBytes || payloadBytes % 8 !== 0) return undefined
  return { crc: view.getUint32(at, true), kind, payloadBytes, number: view.getFloat64(at + 16, true) }
}

/** Whether the CRC of the block at `at` is right; its header has been read and all its bytes are there. */
export const isSound = (bytes: Uint8Array, at: number, header: BlockHeader): boolean =>
  crc32(bytes.subarray(at + 4, at + blockHeaderBytes + header.payloadBytes)) === header.crc
