import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { FileLayer } from '../files/file-layer.ts'
import { type Folders, foldersOf, manifestName, numbersOf, segmentName } from '../files/folders.ts'
import { readWhole, writeNew } from '../files/whole-file.ts'
import { BlockKind } from '../journal/block.ts'
import { decodeReadings } from '../journal/readings-block.ts'
import { scanSegment } from '../journal/segment.ts'
import { encodeManifest, type Manifest, type PartEntry } from '../seal/manifest.ts'

/** A file of a backup, by its name below the folder of the readings. */
export interface BackupFile {
  readonly name: string
  readonly bytes: number
  readonly sha256: string
}

/** What is in a backup before its parts are: one generation, and the journal after it. */
export interface Snapshot {
  readonly files: readonly BackupFile[]
  /** The parts the manifest lists: still to be copied. */
  readonly parts: readonly PartEntry[]
  /** Rows of the journal's segments. */
  readonly journalRows: number
}

/**
 * Copies manifest, snapshots and the journal after them into `target`. Runs between two changes of the manifest, where the
 * manifest is written: what it copies belongs together. The segment that is being written is copied as far as it is: all
 * that was acknowledged is in it, and a write under way is a torn tail, which every start cuts. Parts are listed, not copied.
 */
export function takeSnapshot(files: FileLayer, folders: Folders, manifest: Manifest, target: string): Snapshot {
  const to = foldersOf(target)
  for (const folder of [to.root, to.journal, to.parts]) files.makeFolder(folder)
  const copied: BackupFile[] = []
  const put = (folder: string, name: string, bytes: Uint8Array) => {
    writeNew(files, join(to.root, folder, name), [bytes])
    copied.push({ name: join(folder, name), bytes: bytes.length, sha256: sha256(bytes) })
  }
  let journalRows = 0
  for (const segment of numbersOf(files, folders.journal, '.iwj')) {
    if (segment <= manifest.coveredSegment) continue
    put('journal', segmentName(segment), readWhole(files, join(folders.journal, segmentName(segment))))
    journalRows += rowsOf(files, to, segment, manifest.lastBlock)
  }
  for (const name of [manifest.tags, manifest.last]) if (name) put('', name, readWhole(files, join(folders.root, name)))
  put('', manifestName, encodeManifest(manifest))
  for (const folder of [to.journal, to.parts, to.root]) files.syncFolder(folder)
  return { files: copied, parts: manifest.parts, journalRows }
}

/** Rows of the sound blocks of a segment. One that came twice counts twice. */
function rowsOf(files: FileLayer, folders: Folders, segment: number, after: number): number {
  const file = files.open(join(folders.journal, segmentName(segment)), 'read')
  let rows = 0
  try {
    scanSegment(file, segment, after, (kind, payload) => {
      if (kind === BlockKind.readings) rows += decodeReadings(payload).count
    })
  } finally {
    file.close()
  }
  return rows
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
