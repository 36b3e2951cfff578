import { join } from 'node:path'
import { type Snapshot, takeSnapshot } from '../backup/snapshot.ts'
import type { FileLayer } from '../files/file-layer.ts'
import { type Folders, foldersOf, lastName, partName, partNumberOf, segmentName, tagsName } from '../files/folders.ts'
import { setAsideFile, setAsideRest } from '../files/set-aside.ts'
import { readWhole, writeNew } from '../files/whole-file.ts'
import { LastValues } from '../head/last-values.ts'
import { BlockKind } from '../journal/block.ts'
import { decodeReadings } from '../journal/readings-block.ts'
import { type ScanOutcome, scanSegment, visitAgain } from '../journal/segment.ts'
import { decodeTags } from '../journal/tags-block.ts'
import { fileNameOf, filesOf } from '../parts/part-files.ts'
import { PartWriter } from '../parts/part-writer.ts'
import { Sources } from '../sources.ts'
import { TagTable } from '../tags.ts'
import { type Manifest, type PartEntry, readManifest, writeManifest } from './manifest.ts'
import { changedParts, type PartsChange, withoutPart } from './parts-change.ts'
import { SegmentRecords } from './records.ts'
import { decodeLastValues, decodeTagSnapshot, encodeLastValues, encodeTagSnapshot } from './snapshots.ts'
import { writeRows } from './write-part.ts'

/** What sealing a segment came to. */
export interface Sealed {
  readonly segment: number
  /** Absent where it held no readings. */
  readonly part?: PartEntry
  /** All live parts, where the segment turned out to be sealed already. */
  readonly live?: readonly PartEntry[]
  readonly setAside: readonly string[]
}

/**
 * The sealed part of the historian, as the only one who writes the manifest sees it. Everything is derived from the
 * manifest and the segments, in their order; each step is safe to be killed in.
 */
export class SealedStore {
  readonly #files: FileLayer
  readonly #folders: Folders
  readonly #records = new SegmentRecords()
  #manifest: Manifest
  #nextPart: number
  readonly #tags = new TagTable()
  #last: LastValues
  readonly #sources = new Sources()

  constructor(files: FileLayer, root: string) {
    this.#files = files
    this.#folders = foldersOf(root)
    this.#manifest = readManifest(files, root)
    const taken = files.list(this.#folders.parts).map((name) => partNumberOf(name) ?? 0)
    this.#nextPart = taken.reduce((next, number) => Math.max(next, number + 1), this.#manifest.nextPart)
    const { tags, last, sources } = this.#manifest
    if (tags) for (const tag of decodeTagSnapshot(this.#read(tags), tags)) this.#tags.put(tag)
    this.#last = last ? decodeLastValues(this.#read(last), last) : new LastValues()
    this.#sources.load(sources)
  }

  get manifest(): Manifest {
    return this.#manifest
  }

  /**
   * Makes a part of a segment: part, snapshots, manifest, and only then the segment goes. Segments are sealed in order.
   * After it has thrown, go on with a new store: this one has taken in what is not in the manifest.
   */
  seal(segment: number, now: number): Sealed {
    const path = join(this.#folders.journal, segmentName(segment))
    if (segment <= this.#manifest.coveredSegment) return this.#sealedBefore(segment, path)
    const { outcome, changedTags } = this.#readSegment(path, segment)
    const setAside = outcome.damage === 'corrupt' ? [this.#setAsideRest(path, segment, outcome.goodEnd)] : []
    const part = this.#records.rows > 0 ? this.#writePart(segment, now) : undefined
    const number = this.#manifest.nextSnapshot
    const tags = changedTags ? this.#write(tagsName(number), encodeTagSnapshot(this.#tags.all())) : undefined
    const last = this.#write(lastName(number), encodeLastValues(this.#last, this.#tags.highest))
    // Names first: a disk may keep the new manifest's name and lose those of the files it speaks of.
    if (part) this.#files.syncFolder(this.#folders.parts)
    this.#files.syncFolder(this.#folders.root)
    this.#replaceManifest({
      ...this.#manifest,
      coveredSegment: segment,
      lastBlock: outcome.lastNumber,
      nextPart: this.#nextPart,
      nextSnapshot: number + 1,
      ...(tags && { tags }),
      last,
      sources: this.#sources.marks(),
      parts: part ? [...this.#manifest.parts, part] : this.#manifest.parts,
    })
    this.#remove(path)
    return { segment, ...(part && { part }), setAside }
  }

  /** An attempt before this one got as far as the new manifest, and then failed. */
  #sealedBefore(segment: number, path: string): Sealed {
    this.#files.syncFolder(this.#folders.root)
    this.#remove(path)
    return { segment, live: this.#manifest.parts, setAside: [] }
  }

  /** Copies the live generation and the journal after it into `target`; parts are listed, not copied. */
  snapshot(target: string): Snapshot {
    return takeSnapshot(this.#files, this.#folders, this.#manifest, target)
  }

  /** Takes a damaged part out of what is live and moves it into quarantine. Returns its name there. */
  setAside(part: number): string | undefined {
    const found = this.#manifest.parts.find(({ number }) => number === part)
    if (!found) return undefined
    this.#replaceManifest({ ...this.#manifest, parts: withoutPart(this.#manifest.parts, found) })
    const [name = '', ...rest] = filesOf(found)
    for (const other of rest) this.#remove(join(this.#folders.parts, other))
    if (this.#files.size(join(this.#folders.parts, name)) === undefined) return name
    return setAsideFile(this.#files, this.#folders.parts, name, this.#folders.quarantine)
  }

  /** Numbers for files to be written: this one and the next, as many as asked for. They are given only once, for ever. */
  reserve(count: number): number {
    const first = this.#nextPart
    this.#nextPart += count
    this.#replaceManifest({ ...this.#manifest, nextPart: this.#nextPart })
    return first
  }

  /** One new generation with other parts. The files added are on disk with their names; those removed stay for now. */
  change(change: PartsChange): void {
    const parts = changedParts(this.#manifest.parts, change)
    const { passedDay } = change
    const next = { ...this.#manifest, nextPart: this.#nextPart, parts }
    this.#replaceManifest(passedDay === undefined ? next : { ...next, passedDay })
  }

  /** Deletes the files of parts that no manifest lists and nobody reads. */
  delete(parts: readonly PartEntry[]): void {
    const live = new Set(this.#manifest.parts.map(fileNameOf))
    for (const part of parts)
      if (!live.has(fileNameOf(part))) for (const name of filesOf(part)) this.#remove(join(this.#folders.parts, name))
  }

  /** Reads the segment twice: once to believe and count it, once to put every row in its place. */
  #readSegment(path: string, segment: number): { outcome: ScanOutcome; changedTags: boolean } {
    const file = this.#files.open(path, 'read')
    const seenBefore = new Set<number>()
    let changedTags = false
    this.#records.reset()
    try {
      const outcome = scanSegment(file, segment, this.#manifest.lastBlock, (kind, payload, block) => {
        if (kind === BlockKind.tags) {
          changedTags = true
          for (const tag of decodeTags(payload)) this.#tags.put(tag)
          return
        }
        const batch = decodeReadings(payload)
        if (this.#sources.replay(batch.source, batch.sequence)) this.#records.count(batch, this.#tags.highest)
        else seenBefore.add(block)
      })
      this.#records.allot()
      visitAgain(file, outcome.goodEnd, (kind, payload, block) => {
        if (kind === BlockKind.readings && !seenBefore.has(block)) this.#records.place(decodeReadings(payload))
      })
      return { outcome, changedTags }
    } finally {
      file.close()
    }
  }

  #writePart(segment: number, now: number): PartEntry {
    const number = this.#nextPart++
    const writer = new PartWriter(this.#files, join(this.#folders.parts, partName(number)), number)
    try {
      const ids = writeRows(this.#records, this.#tags, this.#last, writer)
      const tags = ids.map((id) => this.#tags.get(id)!)
      const { footer, bytes } = writer.finish({ segment, tags, sources: this.#sources.marks() })
      const { rows, minTime, maxTime } = footer
      const [minTag = 0] = ids
      const maxTag = ids.at(-1) ?? 0
      const kind = 'level0'
      return { number, rank: number, kind, rows, bytes, minTime, maxTime, minTag, maxTag, sealedAt: now }
    } finally {
      writer.close()
    }
  }

  #replaceManifest(next: Manifest): void {
    const { tags, last } = this.#manifest
    const manifest = { ...next, generation: this.#manifest.generation + 1 }
    writeManifest(this.#files, this.#folders.root, manifest)
    this.#manifest = manifest
    for (const old of [tags, last])
      if (old && old !== manifest.tags && old !== manifest.last) this.#remove(join(this.#folders.root, old))
  }

  /** What no manifest names any more; where it can not be removed now it is at the next start. */
  #remove(path: string): void {
    try {
      if (this.#files.size(path) !== undefined) this.#files.unlink(path)
    } catch {
      // Costs space, nothing else.
    }
  }

  #setAsideRest(path: string, segment: number, from: number): string {
    return setAsideRest(this.#files, path, segmentName(segment), from, this.#folders.quarantine)
  }

  #write(name: string, bytes: Uint8Array): string {
    writeNew(this.#files, join(this.#folders.root, name), [bytes])
    return name
  }

  #read(name: string): Uint8Array {
    return readWhole(this.#files, join(this.#folders.root, name))
  }
}
