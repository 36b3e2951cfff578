import { crc32 } from 'node:zlib'
import { isIwError } from '#kernel'
import { corrupt } from '../files/corrupt.ts'
import type { OpenFile } from '../files/file-layer.ts'
import { type BlockKindCode, blockHeaderBytes, isSound, readBlockHeader } from './block.ts'

/** Segment header: 7 bytes "IWJRNL\0", version byte, u32 number, u32 0, f64 time of making (µs), u32 CRC32, u32 0. */
export const segmentHeaderBytes = 32
const signature = Buffer.from('IWJRNL\0\x01', 'latin1')

export function segmentHeader(number: number, madeAt: number): Uint8Array {
  const header = Buffer.alloc(segmentHeaderBytes)
  signature.copy(header)
  header.writeUInt32LE(number, 8)
  header.writeDoubleLE(madeAt, 16)
  header.writeUInt32LE(crc32(header.subarray(0, 24)), 24)
  return header
}

function isSegmentHeader(header: Uint8Array, number: number): boolean {
  const view = Buffer.from(header.buffer, header.byteOffset, header.length)
  return (
    view.subarray(0, 8).equals(signature) &&
    view.readUInt32LE(8) === number &&
    view.readUInt32LE(24) === crc32(view.subarray(0, 24))
  )
}

/** Called with each sound block in order. The payload is 8-byte aligned and reused: copy what you keep. */
export type BlockVisitor = (kind: BlockKindCode, payload: Uint8Array<ArrayBuffer>, number: number) => void

export interface ScanOutcome {
  readonly size: number
  /** Everything before is sound, everything after is not believed. */
  readonly goodEnd: number
  readonly lastNumber: number
  /** `torn`: an unfinished write at the end. `corrupt`: sound blocks follow the damage. */
  readonly damage: 'none' | 'torn' | 'corrupt'
}

/** Reads a segment block by block, up to the first that is not sound. `visit` throwing `IW_HISTORIAN_CORRUPT` counts as damage. */
export function scanSegment(file: OpenFile, number: number, after: number, visit: BlockVisitor): ScanOutcome {
  const size = file.size()
  const header = new Uint8Array(segmentHeaderBytes)
  if (file.read(header, 0) < segmentHeaderBytes || !isSegmentHeader(header, number))
    return damaged(file, size, 0, after)
  const reader = new BlockReader(file, size)
  let goodEnd = segmentHeaderBytes
  let lastNumber = after
  while (goodEnd < size) {
    const block = reader.at(goodEnd)
    if (!block || block.number <= lastNumber) return damaged(file, size, goodEnd, lastNumber)
    if (!visited(visit, block)) return { size, goodEnd, lastNumber, damage: 'corrupt' }
    goodEnd += blockHeaderBytes + block.payload.length
    lastNumber = block.number
  }
  return { size, goodEnd, lastNumber, damage: 'none' }
}

/** Visits the blocks before `end` once more; `scanSegment` has found them sound. */
export function visitAgain(file: OpenFile, end: number, visit: BlockVisitor): void {
  const reader = new BlockReader(file, end, true)
  for (let at = segmentHeaderBytes; at < end; ) {
    const block = reader.at(at)
    if (!block) throw corrupt('a segment changed while it was read')
    visit(block.kind, block.payload, block.number)
    at += blockHeaderBytes + block.payload.length
  }
}

function visited(visit: BlockVisitor, { kind, payload, number }: ReadBlock): boolean {
  try {
    visit(kind, payload, number)
    return true
  } catch (error) {
    if (isIwError(error, 'IW_HISTORIAN_CORRUPT')) return false
    throw error
  }
}

interface ReadBlock {
  readonly kind: BlockKindCode
  readonly payload: Uint8Array<ArrayBuffer>
  readonly number: number
}

/** Reads blocks one after another through a window that grows to the largest of them. */
class BlockReader {
  readonly #file: OpenFile
  readonly #size: number
  readonly #trusted: boolean
  #window = new Uint8Array(256 * 1024)
  #from = 0
  #bytes = 0

  constructor(file: OpenFile, size: number, trusted = false) {
    this.#file = file
    this.#size = size
    this.#trusted = trusted
  }

  /** The sound block at `position`, or undefined. */
  at(position: number): ReadBlock | undefined {
    this.#reach(position, blockHeaderBytes)
    let offset = position - this.#from
    const header = readBlockHeader(new DataView(this.#window.buffer, 0, this.#bytes), offset)
    if (!header) return undefined
    const length = blockHeaderBytes + header.payloadBytes
    if (position + length > this.#size) return undefined
    this.#reach(position, length)
    offset = position - this.#from
    if (offset + length > this.#bytes) return undefined
    if (!this.#trusted && !isSound(this.#window, offset, header)) return undefined
    const payload = this.#window.subarray(offset + blockHeaderBytes, offset + length)
    return { kind: header.kind, payload, number: header.number }
  }

  #reach(position: number, length: number): void {
    if (position >= this.#from && position + length <= this.#from + this.#bytes) return
    if (length > this.#window.length) this.#window = new Uint8Array(length)
    this.#from = position
    this.#bytes = this.#file.read(this.#window, position)
  }
}

/** Candidates tried before damage is taken for a torn tail; bounds the work on hostile bytes. */
const maxCandidates = 1000

function damaged(file: OpenFile, size: number, goodEnd: number, lastNumber: number): ScanOutcome {
  const from = Math.ceil(goodEnd / 8) * 8
  const rest = new Uint8Array(Math.max(0, size - from))
  const bytes = rest.subarray(0, file.read(rest, from))
  const view = new DataView(bytes.buffer, 0, bytes.length)
  let candidates = 0
  for (let at = 0; at + blockHeaderBytes <= bytes.length && candidates < maxCandidates; at += 8) {
    const header = readBlockHeader(view, at)
    if (!header || header.number <= lastNumber || at + blockHeaderBytes + header.payloadBytes > bytes.length) continue
    candidates++
    if (isSound(bytes, at, header)) return { size, goodEnd, lastNumber, damage: 'corrupt' }
  }
  return { size, goodEnd, lastNumber, damage: 'torn' }
}
