import { join } from 'node:path'
import type { BackupOptions, ReadingsBackup } from '#ports'
import type { Folders } from '../files/folders.ts'
import type { PinnedParts } from '../parts/catalogue.ts'
import { filesOf } from '../parts/part-files.ts'
import type { PartEntry } from '../seal/manifest.ts'
import { copyFile } from './copy-file.ts'
import type { BackupFile, Snapshot } from './snapshot.ts'

/** What a backup needs of the historian it is taken of. */
export interface BackupSource {
  readonly folders: Folders
  readonly tags: number
  /** Copies the generation that is live and the journal after it; see `takeSnapshot`. */
  snapshot(target: string): Promise<Snapshot>
  /** Keeps the parts that are live now. */
  pin(): PinnedParts
}

/**
 * Copies everything that was acknowledged before the call into `folder`, which must not be there yet. Nothing waits for it:
 * parts never change, and those of the generation copied stay until the last is copied.
 */
export async function backupReadings(
  source: BackupSource,
  folder: string,
  { onProgress, signal }: BackupOptions = {},
): Promise<ReadingsBackup> {
  const { files, parts, journalRows } = await source.snapshot(folder)
  // In the same turn as the answer: nothing that came after it has been taken in yet.
  const pinned = source.pin()
  try {
    const copies = parts.flatMap(filesOf)
    const rows = parts.filter(isRaw).reduce((sum, part) => sum + part.rows, journalRows)
    const total = parts.reduce((sum, { bytes }) => sum + bytes, 0)
    let done = 0
    const copied: BackupFile[] = []
    for (const name of copies) {
      const file = await copyFile(join(source.folders.parts, name), join(folder, 'parts', name), {
        signal,
        copied(bytes) {
          done += bytes
          onProgress?.(Math.min(done, total), total)
        },
      })
      copied.push({ name: join('parts', name), ...file })
    }
    return { files: [...files, ...copied], tags: source.tags, rows }
  } finally {
    pinned.release()
  }
}

const isRaw = ({ kind }: PartEntry): boolean => kind === 'level0' || kind === 'raw'
