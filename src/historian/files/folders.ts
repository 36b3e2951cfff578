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
export const tagsName = (number: number): string => `tags-${numbered(number)}.iwt`
export const lastName = (number: number): string => `last-${numbered(number)}.iwl`
export const manifestName = 'MANIFEST'

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
