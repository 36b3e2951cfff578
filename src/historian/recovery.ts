import { join } from 'node:path'
import type { Logger } from '#kernel'
import { corrupt } from './files/corrupt.ts'
import type { FileLayer } from './files/file-layer.ts'
import { type Folders, isPartFile, manifestName, numbersOf, segmentName } from './files/folders.ts'
import { setAsideRest } from './files/set-aside.ts'
import { readWhole } from './files/whole-file.ts'
import type { Head } from './head/head.ts'
import { LastValues } from './head/last-values.ts'
import { BlockKind } from './journal/block.ts'
import { decodeReadings } from './journal/readings-block.ts'
import { type ScanOutcome, scanSegment } from './journal/segment.ts'
import { decodeTags } from './journal/tags-block.ts'
import { fileNameOf, filesOf } from './parts/part-files.ts'
import { type Manifest, type PartEntry, readManifest } from './seal/manifest.ts'
import { decodeLastValues, decodeTagSnapshot } from './seal/snapshots.ts'
import type { Sources } from './sources.ts'
import type { TagTable } from './tags.ts'

/** What a start finds on disk. */
export interface Recovered {
  readonly manifest: Manifest
  /** Live parts that are there, at their full length. */
  readonly parts: readonly PartEntry[]
  readonly damagedParts: readonly PartEntry[]
  readonly last: LastValues
  /** Segments that are in the head now and wait to be sealed. */
  readonly segments: readonly number[]
  readonly nextSegment: number
  readonly lastBlock: number
  readonly rows: number
  readonly tornBytes: number
  readonly setAside: readonly string[]
}

export interface RecoveryTargets {
  readonly tags: TagTable
  readonly sources: Sources
  readonly head: Head
}

/**
 * Brings tags, sources, last values and head to where the disk is: the manifest first, then the segments after it. Cuts a
 * torn tail, sets aside what is damaged, removes what no manifest names. Throws `IW_HISTORIAN_CORRUPT` where the manifest is
 * damaged or lost, or a snapshot that it names is damaged.
 */
export function recover(files: FileLayer, folders: Folders, targets: RecoveryTargets, log: Logger): Recovered {
  if (isManifestLost(files, folders)) throw corrupt('is missing: restore it', join(folders.root, manifestName))
  const manifest = readManifest(files, folders.root)
  const read = (name: string) => readWhole(files, join(folders.root, name))
  if (manifest.tags) for (const tag of decodeTagSnapshot(read(manifest.tags), manifest.tags)) targets.tags.put(tag)
  const last = manifest.last ? decodeLastValues(read(manifest.last), manifest.last) : new LastValues()
  targets.sources.load(manifest.sources)
  removeStrays(files, folders, manifest)
  const onDisk = numbersOf(files, folders.journal, '.iwj')
  const replay = new Replay(files, folders, targets, last, manifest.lastBlock, log)
  const segments = onDisk.filter((segment) => segment > manifest.coveredSegment)
  for (const segment of segments) replay.segment(segment)
  const damagedParts = manifest.parts.filter((part) => files.size(join(folders.parts, fileNameOf(part))) !== part.bytes)
  return {
    manifest,
    parts: manifest.parts.filter((part) => !damagedParts.includes(part)),
    damagedParts,
    last,
    segments,
    nextSegment: Math.max(manifest.coveredSegment, ...onDisk, ...replay.segmentsSetAside) + 1,
    lastBlock: replay.lastBlock,
    rows: replay.rows,
    tornBytes: replay.tornBytes,
    setAside: replay.setAside,
  }
}

class Replay {
  readonly #files: FileLayer
  readonly #folders: Folders
  readonly #targets: RecoveryTargets
  readonly #last: LastValues
  readonly #log: Logger
  lastBlock: number
  rows = 0
  tornBytes = 0
  readonly setAside: string[] = []
  readonly segmentsSetAside: number[] = []

  constructor(
    files: FileLayer,
    folders: Folders,
    targets: RecoveryTargets,
    last: LastValues,
    lastBlock: number,
    log: Logger,
  ) {
    this.#files = files
    this.#folders = folders
    this.#targets = targets
    this.#last = last
    this.lastBlock = lastBlock
    this.#log = log
  }

  segment(number: number): void {
    const path = join(this.#folders.journal, segmentName(number))
    const file = this.#files.open(path, 'write')
    try {
      const outcome = scanSegment(file, number, this.lastBlock, (kind, payload) => this.#block(number, kind, payload))
      this.lastBlock = outcome.lastNumber
      if (outcome.damage === 'none') return
      if (outcome.damage === 'corrupt') this.#keepRest(path, number, outcome)
      else this.#reportTorn(number, outcome)
      file.truncate(outcome.goodEnd)
      file.datasync()
    } finally {
      file.close()
    }
  }

  #block(segment: number, kind: number, payload: Uint8Array<ArrayBuffer>): void {
    const { tags, sources, head } = this.#targets
    if (kind === BlockKind.tags) {
      for (const tag of decodeTags(payload)) tags.put(tag)
      return
    }
    const batch = decodeReadings(payload)
    if (!sources.replay(batch.source, batch.sequence)) return
    head.add(segment, batch, tags.highest)
    this.#last.add(batch, tags.highest)
    this.rows += batch.count
  }

  #reportTorn(number: number, { size, goodEnd }: ScanOutcome): void {
    this.tornBytes += size - goodEnd
    this.#log.warn(
      { segment: segmentName(number), tornBytes: size - goodEnd, goodBytes: goodEnd },
      'the journal ended in an unfinished write, which was never acknowledged: cut',
    )
  }

  #keepRest(path: string, number: number, { goodEnd, size }: ScanOutcome): void {
    const name = setAsideRest(this.#files, path, segmentName(number), goodEnd, this.#folders.quarantine)
    this.setAside.push(name)
    this.segmentsSetAside.push(number)
    this.#log.error(
      {
        code: 'IW_HISTORIAN_CORRUPT',
        segment: segmentName(number),
        from: goodEnd,
        bytes: size - goodEnd,
        setAside: name,
      },
      'a segment of the journal is damaged: what follows the damage is set aside',
    )
  }
}

/** Whether there is no manifest though there was one: it is made when segment 1 is sealed, and that is gone. */
export function isManifestLost(files: FileLayer, folders: Folders): boolean {
  const isThere = (folder: string, name: string) => files.size(join(folder, name)) !== undefined
  if (isThere(folders.root, manifestName) || isThere(folders.journal, segmentName(1))) return false
  return (
    numbersOf(files, folders.journal, '.iwj').length > 0 ||
    files.list(folders.parts).some(isPartFile) ||
    files.list(folders.root).some(isSnapshot)
  )
}

/** Removes what a kill left behind: temporary files, parts and snapshots of unfinished sealing, segments that are sealed. */
function removeStrays(files: FileLayer, folders: Folders, manifest: Manifest): void {
  const live = new Set(manifest.parts.flatMap(filesOf))
  for (const name of files.list(folders.parts))
    if (isPartFile(name) && !live.has(name)) files.unlink(join(folders.parts, name))
  for (const segment of numbersOf(files, folders.journal, '.iwj'))
    if (segment <= manifest.coveredSegment) files.unlink(join(folders.journal, segmentName(segment)))
  for (const name of files.list(folders.root))
    if (name === `${manifestName}.tmp` || (isSnapshot(name) && name !== manifest.tags && name !== manifest.last))
      files.unlink(join(folders.root, name))
}

const isSnapshot = (name: string): boolean => /^(?:tags-\d+\.iwt|last-\d+\.iwl)$/.test(name)
