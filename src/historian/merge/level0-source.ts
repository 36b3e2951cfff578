import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { corrupt } from '../files/corrupt.ts'
import type { FileLayer, OpenFile } from '../files/file-layer.ts'
import { decodeChunk } from '../parts/chunk.ts'
import { fileNameOf } from '../parts/part-files.ts'
import { type ChunkEntry, entryBytes, readEntry } from '../parts/part-format.ts'
import { readPartIndex } from '../parts/part-reader.ts'
import type { PartEntry } from '../seal/manifest.ts'
import type { MergeSource } from './source.ts'
import { plainRowBytes, type TagRows } from './tag-rows.ts'
import { dayOf } from './utc-day.ts'

const windowBytes = 64 * 1024
/** A chunk whose ends lie further apart is looked into for the days it has. */
const fewDays = 8

/** Room for one chunk of long texts, for all sources of a merge: each of its own would be megabytes for every part. */
export class ChunkRoom {
  #bytes = new Uint8Array(0)

  of(length: number): Uint8Array<ArrayBuffer> {
    if (this.#bytes.length < length) this.#bytes = new Uint8Array(2 ** Math.ceil(Math.log2(length)))
    return this.#bytes.subarray(0, length)
  }
}

/** The rows of a level-0 part, tag after tag: its chunks lie in that order, so that the file is read from end to end. */
export class Level0Source implements MergeSource {
  readonly part: PartEntry
  readonly #path: string
  readonly #file: OpenFile
  readonly #index: DataView
  readonly #entries: number
  readonly #room: ChunkRoom
  #window = new Uint8Array(0)
  #from = 0
  /** Bytes of the file in the window. */
  #held = 0
  #next = 0

  constructor(files: FileLayer, folder: string, part: PartEntry, room = new ChunkRoom()) {
    this.part = part
    this.#room = room
    this.#path = join(folder, fileNameOf(part))
    if (files.size(this.#path) === undefined) throw corrupt('is missing', this.#path)
    this.#file = files.open(this.#path, 'read')
    try {
      this.#index = readPartIndex(this.#file, this.#path)
      this.#entries = this.#index.byteLength / entryBytes
    } catch (error) {
      this.#file.close()
      throw error
    }
  }

  days(): ReadonlySet<number> {
    const days = new Set<number>()
    for (let i = 0; i < this.#entries; i++) {
      const entry = readEntry(this.#index, i * entryBytes)
      const first = dayOf(entry.minTime)
      const last = dayOf(entry.maxTime)
      if (last - first < fewDays) for (let day = first; day <= last; day++) days.add(day)
      else for (const time of this.#chunk(entry).time) days.add(dayOf(time))
    }
    return days
  }

  begin(): void {
    this.#next = 0
  }

  nextTag(after: number, from: number, to: number): number {
    while (this.#next < this.#entries) {
      const at = this.#next * entryBytes
      const tag = this.#index.getInt32(at, true)
      if (tag > after && this.#overlaps(at, from, to)) return tag
      this.#next++
    }
    return Number.POSITIVE_INFINITY
  }

  sizeAtMost(tag: number, from: number, to: number): { rows: number; bytes: number } {
    let rows = 0
    let bytes = 0
    for (const entry of this.#entriesOf(tag, from, to)) {
      rows += entry.rows
      bytes += Math.max(entry.bytes, entry.rows * plainRowBytes)
    }
    return { rows, bytes }
  }

  gather(tag: number, from: number, to: number, into: TagRows): void {
    for (const entry of this.#entriesOf(tag, from, to)) {
      const chunk = this.#chunk(entry)
      let begin = 0
      let end = chunk.count
      while (begin < end && chunk.time[begin]! < from) begin++
      while (end > begin && chunk.time[end - 1]! >= to) end--
      into.add(chunk, begin, end)
    }
  }

  close(): void {
    this.#file.close()
  }

  *#entriesOf(tag: number, from: number, to: number): Generator<ChunkEntry> {
    for (let i = this.#next; i < this.#entries; i++) {
      const at = i * entryBytes
      if (this.#index.getInt32(at, true) !== tag) return
      if (this.#overlaps(at, from, to)) yield readEntry(this.#index, at)
    }
  }

  #overlaps(at: number, from: number, to: number): boolean {
    return this.#index.getFloat64(at + 32, true) >= from && this.#index.getFloat64(at + 24, true) < to
  }

  #chunk(entry: ChunkEntry) {
    const bytes = this.#bytes(entry.offset, entry.bytes)
    if (crc32(bytes) !== entry.crc) throw corrupt(`the chunk at ${entry.offset} is damaged`, this.#path)
    const chunk = decodeChunk(bytes)
    if (chunk.count !== entry.rows) throw corrupt(`the chunk at ${entry.offset} has ${chunk.count} rows`, this.#path)
    return chunk
  }

  /** A view of the window, which goes on with the file; of a large chunk one of the room shared. Both begin on 8 bytes. */
  #bytes(offset: number, length: number): Uint8Array<ArrayBuffer> {
    if (length > windowBytes) return this.#read(this.#room.of(length), offset, length).subarray(0, length)
    if (offset < this.#from || offset + length > this.#from + this.#held) {
      if (this.#window.length === 0) this.#window = new Uint8Array(windowBytes)
      this.#read(this.#window, offset, length)
      this.#from = offset
    }
    return this.#window.subarray(offset - this.#from, offset - this.#from + length)
  }

  #read(into: Uint8Array<ArrayBuffer>, offset: number, least: number): Uint8Array<ArrayBuffer> {
    const read = this.#file.read(into, offset)
    if (read < least) throw corrupt(`ends before ${offset + least}`, this.#path)
    if (into === this.#window) this.#held = read
    return into
  }
}
