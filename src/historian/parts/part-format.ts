import { crc32 } from 'node:zlib'
import type { Tag } from '#model'
import { corrupt } from '../files/corrupt.ts'

/*
 * A level-0 part: 16-byte header · chunks, by (tag, time) · index, 40 bytes a chunk · fence, 8 bytes for every 64 entries
 * of the index · footer (JSON, deflated) · 56-byte trailer. A reader holds trailer and fence; one tag costs it one read of
 * the index and one for each chunk. Everything carries a CRC32.
 */
const partHeaderBytes = 16
export const trailerBytes = 56
export const entryBytes = 40
export const fenceBytes = 8
/** Entries of the index under one entry of the fence. */
export const fenceEvery = 64
const signature = Buffer.from('IWPART0\x01', 'latin1')

export function partHeader(number: number): Uint8Array {
  const header = Buffer.alloc(partHeaderBytes)
  signature.copy(header)
  header.writeUInt32LE(number, 8)
  return header
}

/** Where a chunk is, and what it holds. */
export interface ChunkEntry {
  readonly tag: number
  readonly rows: number
  readonly offset: number
  readonly bytes: number
  readonly crc: number
  readonly minTime: number
  readonly maxTime: number
}

export function writeEntry(view: DataView, at: number, entry: ChunkEntry): void {
  view.setInt32(at, entry.tag, true)
  view.setUint32(at + 4, entry.rows, true)
  view.setFloat64(at + 8, entry.offset, true)
  view.setUint32(at + 16, entry.bytes, true)
  view.setUint32(at + 20, entry.crc, true)
  view.setFloat64(at + 24, entry.minTime, true)
  view.setFloat64(at + 32, entry.maxTime, true)
}

export const readEntry = (view: DataView, at: number): ChunkEntry => ({
  tag: view.getInt32(at, true),
  rows: view.getUint32(at + 4, true),
  offset: view.getFloat64(at + 8, true),
  bytes: view.getUint32(at + 16, true),
  crc: view.getUint32(at + 20, true),
  minTime: view.getFloat64(at + 24, true),
  maxTime: view.getFloat64(at + 32, true),
})

/** What a part says of itself: enough to rebuild the manifest from the parts alone. */
export interface PartFooter {
  readonly part: number
  readonly segment: number
  readonly rows: number
  readonly minTime: number
  readonly maxTime: number
  readonly tags: readonly Tag[]
  readonly sources: Readonly<Record<string, number>>
}

export interface Trailer {
  readonly part: number
  readonly indexOffset: number
  readonly entries: number
  readonly fenceOffset: number
  readonly fenceCrc: number
  readonly footerOffset: number
  readonly footerBytes: number
  readonly footerCrc: number
}

export function writeTrailer(trailer: Trailer): Uint8Array {
  const bytes = Buffer.alloc(trailerBytes)
  signature.copy(bytes)
  bytes.writeDoubleLE(trailer.indexOffset, 8)
  bytes.writeUInt32LE(trailer.entries, 16)
  bytes.writeUInt32LE(trailer.fenceCrc, 20)
  bytes.writeDoubleLE(trailer.fenceOffset, 24)
  bytes.writeDoubleLE(trailer.footerOffset, 32)
  bytes.writeUInt32LE(trailer.footerBytes, 40)
  bytes.writeUInt32LE(trailer.footerCrc, 44)
  bytes.writeUInt32LE(trailer.part, 48)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 52)), 52)
  return bytes
}

/** Checks and reads a trailer. `size` is that of the file. Throws `IW_HISTORIAN_CORRUPT`. */
export function readTrailer(bytes: Uint8Array, size: number, file: string): Trailer {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (view.length !== trailerBytes || !view.subarray(0, 8).equals(signature)) throw corrupt('has no trailer', file)
  if (view.readUInt32LE(52) !== crc32(view.subarray(0, 52))) throw corrupt('the trailer is damaged', file)
  const trailer = {
    part: view.readUInt32LE(48),
    indexOffset: view.readDoubleLE(8),
    entries: view.readUInt32LE(16),
    fenceOffset: view.readDoubleLE(24),
    fenceCrc: view.readUInt32LE(20),
    footerOffset: view.readDoubleLE(32),
    footerBytes: view.readUInt32LE(40),
    footerCrc: view.readUInt32LE(44),
  }
  const fences = Math.ceil(trailer.entries / fenceEvery)
  const fits =
    trailer.indexOffset >= partHeaderBytes &&
    trailer.indexOffset + trailer.entries * entryBytes === trailer.fenceOffset &&
    trailer.fenceOffset + fences * fenceBytes === trailer.footerOffset &&
    trailer.footerOffset + trailer.footerBytes + trailerBytes <= size
  if (!fits) throw corrupt('the trailer does not fit the file', file)
  return trailer
}
