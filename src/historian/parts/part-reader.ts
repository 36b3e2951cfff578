import { crc32, inflateRawSync } from 'node:zlib'
import { corrupt } from '../files/corrupt.ts'
import type { FileLayer, OpenFile } from '../files/file-layer.ts'
import { type Chunk, decodeChunk } from './chunk.ts'
import {
  type ChunkEntry,
  entryBytes,
  fenceBytes,
  fenceEvery,
  type PartFooter,
  readEntry,
  readTrailer,
  type Trailer,
  trailerBytes,
} from './part-format.ts'

/** An open level-0 part. Every method throws `IW_HISTORIAN_CORRUPT` where the bytes are not what was written. */
export class PartReader {
  readonly #file: OpenFile
  readonly #path: string
  readonly #trailer: Trailer
  readonly #fence: DataView
  #users = 0
  #closing = false

  private constructor(file: OpenFile, path: string, trailer: Trailer, fence: DataView) {
    this.#file = file
    this.#path = path
    this.#trailer = trailer
    this.#fence = fence
  }

  static async open(files: FileLayer, path: string): Promise<PartReader> {
    if (files.size(path) === undefined) throw corrupt('is missing', path)
    const file = files.open(path, 'read')
    try {
      const size = file.size()
      if (size < trailerBytes) throw corrupt(`has only ${size} bytes`, path)
      const trailer = readTrailer(await readAt(file, size - trailerBytes, trailerBytes, path), size, path)
      const fenceLength = Math.ceil(trailer.entries / fenceEvery) * fenceBytes
      const fence = await readAt(file, trailer.fenceOffset, fenceLength, path)
      if (crc32(fence) !== trailer.fenceCrc) throw corrupt('the fence is damaged', path)
      return new PartReader(file, path, trailer, new DataView(fence.buffer))
    } catch (error) {
      file.close()
      throw error
    }
  }

  get number(): number {
    return this.#trailer.part
  }

  async footer(): Promise<PartFooter> {
    const { footerOffset, footerBytes, footerCrc } = this.#trailer
    const bytes = await readAt(this.#file, footerOffset, footerBytes, this.#path)
    if (crc32(bytes) !== footerCrc) throw corrupt('the footer is damaged', this.#path)
    return JSON.parse(inflateRawSync(bytes).toString())
  }

  /** The chunks of a tag that overlap [from, to), in order of time. */
  async chunksOf(tag: number, from: number, to: number): Promise<readonly ChunkEntry[]> {
    const [first, end] = this.#pagesOf(tag)
    if (first === end) return []
    const { indexOffset, entries } = this.#trailer
    const start = first * fenceEvery
    const count = Math.min(end * fenceEvery, entries) - start
    const bytes = await readAt(this.#file, indexOffset + start * entryBytes, count * entryBytes, this.#path)
    for (let page = first; page < end; page++) this.#checkPage(bytes, page, first)
    const view = new DataView(bytes.buffer)
    const found: ChunkEntry[] = []
    for (let i = 0; i < count; i++) {
      if (view.getInt32(i * entryBytes, true) !== tag) continue
      const entry = readEntry(view, i * entryBytes)
      if (entry.maxTime >= from && entry.minTime < to) found.push(entry)
    }
    return found
  }

  async chunk(entry: ChunkEntry): Promise<Chunk> {
    if (entry.offset + entry.bytes > this.#trailer.indexOffset)
      throw corrupt('a chunk lies beyond the chunks', this.#path)
    const bytes = await readAt(this.#file, entry.offset, entry.bytes, this.#path)
    if (crc32(bytes) !== entry.crc) throw corrupt(`the chunk at ${entry.offset} is damaged`, this.#path)
    const chunk = decodeChunk(bytes)
    if (chunk.count !== entry.rows) throw corrupt(`the chunk at ${entry.offset} has ${chunk.count} rows`, this.#path)
    return chunk
  }

  /** A user begins; the file stays open until the last has called `release`. */
  use(): this {
    this.#users++
    return this
  }

  release(): void {
    this.#users--
    if (this.#closing && this.#users === 0) this.#file.close()
  }

  /** Closes the file as soon as nobody uses it. */
  close(): void {
    if (this.#closing) return
    this.#closing = true
    if (this.#users === 0) this.#file.close()
  }

  /** Pages of the index, from and to, that can hold the tag. */
  #pagesOf(tag: number): readonly [first: number, end: number] {
    const pages = this.#fence.byteLength / fenceBytes
    const firstTag = (page: number) => this.#fence.getInt32(page * fenceBytes, true)
    const end = firstIndex(pages, (page) => firstTag(page) > tag)
    const first = firstIndex(pages, (page) => firstTag(page) >= tag)
    return [Math.max(0, Math.min(first - 1, end)), end]
  }

  #checkPage(bytes: Uint8Array, page: number, first: number): void {
    const from = (page - first) * fenceEvery * entryBytes
    const crc = crc32(bytes.subarray(from, from + fenceEvery * entryBytes))
    if (crc !== this.#fence.getUint32(page * fenceBytes + 4, true)) throw corrupt('the index is damaged', this.#path)
  }
}

/** All entries of the index of an open part, checked. Throws `IW_HISTORIAN_CORRUPT`. */
export function readPartIndex(file: OpenFile, path: string): DataView {
  const size = file.size()
  if (size < trailerBytes) throw corrupt(`has only ${size} bytes`, path)
  const trailer = readTrailer(readNow(file, size - trailerBytes, trailerBytes, path), size, path)
  const fence = readNow(file, trailer.fenceOffset, Math.ceil(trailer.entries / fenceEvery) * fenceBytes, path)
  if (crc32(fence) !== trailer.fenceCrc) throw corrupt('the fence is damaged', path)
  const index = readNow(file, trailer.indexOffset, trailer.entries * entryBytes, path)
  const pageBytes = fenceEvery * entryBytes
  const crcs = new DataView(fence.buffer)
  for (let page = 0; page * fenceBytes < fence.length; page++)
    if (crc32(index.subarray(page * pageBytes, (page + 1) * pageBytes)) !== crcs.getUint32(page * fenceBytes + 4, true))
      throw corrupt('the index is damaged', path)
  return new DataView(index.buffer)
}

/** The least index below `count` for which `holds` is true, by bisection; `count` where there is none. */
function firstIndex(count: number, holds: (index: number) => boolean): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}

async function readAt(
  file: OpenFile,
  position: number,
  length: number,
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length)
  if ((await file.readLater(bytes, position)) !== length) throw corrupt(`ends before ${position + length}`, path)
  return bytes
}

function readNow(file: OpenFile, position: number, length: number, path: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  if (file.read(bytes, position) !== length) throw corrupt(`ends before ${position + length}`, path)
  return bytes
}
