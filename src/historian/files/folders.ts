import { dirname, join } from 'node:path'
import type { FileLayer } from './file-layer.ts'

/** Where the historian keeps what, below its folder (`readings/`). */
export interface Folders {
  readonly root: string
  readonly journal: string
  readonly parts: string
  readonly quarantine: string
}

export const foldersOf = (root: string): Folders => ({
  root,
  journal: join(root, 'journal'),
  parts: join(root, 'parts'),
  quarantine: join(root, 'quarantine'),
})

/** Makes the folders that are missing, durably. */
export function makeFolders(files: FileLayer, folders: Folders): void {
  for (const folder of Object.values(folders)) files.makeFolder(folder)
  files.syncFolder(dirname(folders.root))
  files.syncFolder(folders.root)
}

const numbered = (number: number) => String(number).padStart(8, '0')
export const segmentName = (number: number): string => `${numbered(number)}.iwj`
export const partName = (number: number): string => `${numbered(number)}.iw0`
/** `raw-2026-01-31-00000123.parquet`. */
export const parquetName = (kind: string, day: string, number: number): string =>
  `${kind}-${day}-${numbered(number)}.parquet`
/** The index beside a Parquet file. */
export const indexName = (name: string): string => `${name}.idx`
export const tagsName = (number: number): string => `tags-${numbered(number)}.iwt`
export const lastName = (number: number): string => `last-${numbered(number)}.iwl`
export const manifestName = 'MANIFEST'

/** The number in the name of a part of any kind, or undefined. Temporary files and indexes have none. */
export function partNumberOf(name: string): number | undefined {
  const digits = /^(?:(\d{8,})\.iw0|(?:raw|minute|hour)-\d{4}-\d{2}(?:-\d{2})?-(\d{8,})\.parquet)$/.exec(name)
  return digits ? Number(digits[1] ?? digits[2]) : undefined
}

/** Whether a name is one of ours among the parts: a part, an index, or one of them half-written. */
export const isPartFile = (name: string): boolean =>
  partNumberOf(name.replace(/(?:\.idx)?(?:\.tmp)?$/, '')) !== undefined

/** Numbers of the files in a folder that have this ending, ascending. Foreign names are left alone. */
export function numbersOf(files: FileLayer, folder: string, ending: string): readonly number[] {
  const pattern = new RegExp(`^(\\d{8,})\\${ending}$`)
  return files
    .list(folder)
    .map((name) => pattern.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .toSorted((a, b) => a - b)
}
