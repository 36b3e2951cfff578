import { join } from 'node:path'
import { z } from 'zod'
import { corrupt } from '../files/corrupt.ts'
import type { FileLayer } from '../files/file-layer.ts'
import { manifestName } from '../files/folders.ts'
import { decodeChecked, encodeChecked, readWhole, replaceFile } from '../files/whole-file.ts'

const count = z.number().int().nonnegative()
/** Ids of tags are int32. */
const highestTag = 2 ** 31 - 1

const partEntry = z
  .strictObject({
    /** Of the file; never given twice. */
    number: count,
    rows: count,
    bytes: count,
    minTime: z.number(),
    maxTime: z.number(),
    /** `level0`: a sorted segment. `raw`: merged readings of one UTC day. `minute`, `hour`: rollups of a day or a month. */
    kind: z.enum(['level0', 'raw', 'minute', 'hour']).default('level0'),
    /** The greatest level-0 number whose rows went in; where parts overlap the greater wins. Default: the number. */
    rank: count.optional(),
    minTag: count.default(0),
    maxTag: count.default(highestTag),
    /** Of merged parts: `2026-01-31`, or `2026-01` for rollups of a month. */
    day: z
      .string()
      .regex(/^\d{4}-\d{2}(?:-\d{2})?$/)
      .optional(),
    /** Of level 0: when it was sealed, µs. */
    sealedAt: z.number().optional(),
    /** Of raw: the rollups of these rows are written. */
    rolled: z.boolean().optional(),
    /** The rules of retention that were applied to it; none were while it is absent. */
    expiry: z.string().optional(),
  })
  .transform(({ rank, ...entry }) => ({ ...entry, rank: rank ?? entry.number }))
/** A live part, as the manifest lists it. */
export type PartEntry = Readonly<z.output<typeof partEntry>>
export type PartKind = PartEntry['kind']

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
  /** The UTC day (since 1970) of the last nightly pass over the parts. */
  passedDay: count.optional(),
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
