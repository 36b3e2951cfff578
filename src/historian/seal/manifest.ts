import { join } from 'node:path'
import { z } from 'zod'
import { corrupt } from '../files/corrupt.ts'
import type { FileLayer } from '../files/file-layer.ts'
import { manifestName } from '../files/folders.ts'
import { decodeChecked, encodeChecked, readWhole, replaceFile } from '../files/whole-file.ts'

const count = z.number().int().nonnegative()

const partEntry = z.strictObject({
  number: count,
  rows: count,
  bytes: count,
  minTime: z.number(),
  maxTime: z.number(),
})
/** A live part, as the manifest lists it. A greater number is newer and wins where parts overlap. */
export type PartEntry = z.output<typeof partEntry>

const manifest = z.strictObject({
  generation: count,
  /** All segments of the journal up to this one are in parts. */
  coveredSegment: count,
  /** Number of the last block in them. */
  lastBlock: count,
  /** Never given twice. */
  nextPart: count.min(1),
  nextSnapshot: count.min(1),
  /** Snapshot files, absent while there is none. */
  tags: z.string().optional(),
  last: z.string().optional(),
  /** High-water mark of each source, over the segments covered. */
  sources: z.record(z.string(), count),
  parts: z.array(partEntry),
})
/** What is live, as one generation: it is there as a whole or the one before is. */
export type Manifest = z.output<typeof manifest>

const kind = 'IWMANIFEST-1'

export const firstManifest: Manifest = {
  generation: 0,
  coveredSegment: 0,
  lastBlock: 0,
  nextPart: 1,
  nextSnapshot: 1,
  sources: {},
  parts: [],
}

export const encodeManifest = (content: Manifest): Uint8Array => encodeChecked(kind, content)

/** Throws `IW_HISTORIAN_CORRUPT`. */
export function decodeManifest(bytes: Uint8Array, file: string): Manifest {
  const result = manifest.safeParse(decodeChecked(kind, bytes, file))
  if (!result.success) throw corrupt(`is not a manifest: ${z.prettifyError(result.error)}`, file)
  return result.data
}

/** The manifest of a folder; the first one where there is none yet. Throws `IW_HISTORIAN_CORRUPT`. */
export function readManifest(files: FileLayer, folder: string): Manifest {
  const path = join(folder, manifestName)
  return files.size(path) === undefined ? firstManifest : decodeManifest(readWhole(files, path), path)
}

/** Puts the next generation in place of the present one, durably. */
export function writeManifest(files: FileLayer, folder: string, content: Manifest): void {
  replaceFile(files, folder, manifestName, [encodeManifest(content)])
}
