import { crc32, deflateRawSync } from 'node:zlib'
import type { FileLayer, OpenFile } from '../files/file-layer.ts'
import { ByteSink } from './byte-sink.ts'
import { type ChunkInput, encodeChunk } from './chunk.ts'
import {
  entryBytes,
  fenceBytes,
  fenceEvery,
  type PartFooter,
  partHeader,
  trailerBytes,
  writeEntry,
  writeTrailer,
} from './part-format.ts'

/** Writes one part from start to end; chunks come by (tag, time). Nothing may be read before `finish` has returned. */
export class PartWriter {
  readonly #file: OpenFile
  readonly #sink: ByteSink
  readonly #number: number
  #index = new DataView(new ArrayBuffer(1024 * entryBytes))
  #entries = 0
  #rows = 0
  #minTime = Number.POSITIVE_INFINITY
  #maxTime = Number.NEGATIVE_INFINITY

  constructor(files: FileLayer, path: string, number: number) {
    this.#file = files.open(path, 'create')
    this.#sink = new ByteSink(this.#file)
    this.#number = number
    this.#sink.append(partHeader(number))
  }

  add(tag: number, rows: ChunkInput): void {
    const offset = this.#sink.position
    const bytes = encodeChunk(rows, this.#sink)
    const minTime = rows.time[0]!
    const maxTime = rows.time[rows.count - 1]!
    if (this.#entries * entryBytes === this.#index.byteLength) this.#growIndex()
    const crc = crc32(bytes)
    const entry = { tag, rows: rows.count, offset, bytes: bytes.length, crc, minTime, maxTime }
    writeEntry(this.#index, this.#entries * entryBytes, entry)
    this.#entries++
    this.#rows += rows.count
    if (minTime < this.#minTime) this.#minTime = minTime
    if (maxTime > this.#maxTime) this.#maxTime = maxTime
  }

  /** Writes index, fence, footer and trailer and syncs the file. Returns its size. */
  finish(rest: Pick<PartFooter, 'segment' | 'tags' | 'sources'>): { footer: PartFooter; bytes: number } {
    const indexOffset = this.#sink.position
    const index = new Uint8Array(this.#index.buffer, 0, this.#entries * entryBytes)
    this.#sink.append(index)
    const fenceOffset = this.#sink.position
    const fence = fenceOf(index)
    this.#sink.append(fence)
    const footer = {
      part: this.#number,
      rows: this.#rows,
      minTime: this.#minTime,
      maxTime: this.#maxTime,
      ...rest,
    }
    const footerOffset = this.#sink.position
    const json = deflateRawSync(JSON.stringify(footer), { level: 1 })
    this.#sink.append(json)
    this.#sink.append(
      writeTrailer({
        part: this.#number,
        indexOffset,
        entries: this.#entries,
        fenceOffset,
        fenceCrc: crc32(fence),
        footerOffset,
        footerBytes: json.length,
        footerCrc: crc32(json),
      }).subarray(0, trailerBytes),
    )
    this.#sink.flush()
    this.#file.datasync()
    return { footer, bytes: this.#sink.position }
  }

  close(): void {
    this.#file.close()
  }

  #growIndex(): void {
    const grown = new Uint8Array(this.#index.byteLength * 2)
    grown.set(new Uint8Array(this.#index.buffer))
    this.#index = new DataView(grown.buffer)
  }
}

/** For every 64 entries: the tag of the first, and the CRC of all. */
function fenceOf(index: Uint8Array): Uint8Array {
  const pageLength = fenceEvery * entryBytes
  const pages = Math.ceil(index.length / pageLength)
  const fence = Buffer.alloc(pages * fenceBytes)
  const view = Buffer.from(index.buffer, index.byteOffset, index.length)
  for (let page = 0; page < pages; page++) {
    fence.writeInt32LE(view.readInt32LE(page * pageLength), page * fenceBytes)
    const crc = crc32(view.subarray(page * pageLength, (page + 1) * pageLength))
    fence.writeUInt32LE(crc, page * fenceBytes + 4)
  }
  return fence
}
