import { join } from 'node:path'
import { isIwError } from '#kernel'
import type { Tag } from '#model'
import type { FileLayer } from '../files/file-layer.ts'
import { partNumberOf } from '../files/folders.ts'
import { checkTags } from '../journal/tags-block.ts'
import { ParquetReader, readFooter } from '../parts/parquet/index.ts'
import { PartReader } from '../parts/part-reader.ts'
import { unpackTags } from '../parts/part-tags.ts'
import type { PartEntry, PartKind } from '../seal/manifest.ts'

/** What a part says of itself: enough to do without the manifest. */
export interface InspectedPart {
  readonly entry: PartEntry
  readonly tags: readonly Tag[]
  /** Of level 0: the segment of the journal it was made of, and the marks of all sources after it. */
  readonly segment?: number
  readonly sources?: Readonly<Record<string, number>>
}

/** Reads what the parts in a folder say of themselves, by number. Names of those that say nothing sensible are in `damaged`. */
export async function inspectParts(files: FileLayer, folder: string) {
  const parts: InspectedPart[] = []
  const damaged: string[] = []
  for (const name of files.list(folder)) {
    if (partNumberOf(name) === undefined) continue
    try {
      parts.push(await inspect(files, folder, name))
    } catch (error) {
      if (!isIwError(error, 'IW_HISTORIAN_CORRUPT')) throw error
      damaged.push(name)
    }
  }
  return { parts: parts.toSorted((a, b) => a.entry.number - b.entry.number), damaged }
}

const inspect = (files: FileLayer, folder: string, name: string): Promise<InspectedPart> =>
  name.endsWith('.iw0') ? inspectLevel0(files, folder, name) : inspectMerged(files, folder, name)

async function inspectLevel0(files: FileLayer, folder: string, name: string): Promise<InspectedPart> {
  const path = join(folder, name)
  const reader = (await PartReader.open(files, path)).use()
  try {
    const { rows, minTime, maxTime, segment, sources, tags } = await reader.footer()
    const { number } = reader
    const kind = 'level0'
    const entry = {
      number,
      rank: number,
      kind,
      rows,
      minTime,
      maxTime,
      ...tagSpan(tags),
      bytes: files.size(path)!,
    } as const
    return { entry, tags: checkTags(tags, name), segment, sources }
  } finally {
    reader.close()
    reader.release()
  }
}

/** `rolled` is left open: the day is rolled up again, which keeps what was rolled up of rows that are gone. */
async function inspectMerged(files: FileLayer, folder: string, name: string): Promise<InspectedPart> {
  const path = join(folder, name)
  const [, kind = '', day = ''] = /^([a-z]+)-(\d{4}-\d{2}(?:-\d{2})?)-/.exec(name) ?? []
  const reader = (await ParquetReader.open(files, path)).use()
  try {
    const { groups, rows, fileBytes } = reader.index
    const { metadata } = await readFooter(files, path)
    const tags = unpackTags(metadata.get('interwork.tags') ?? '', name)
    const minTime = groups.reduce((least, group) => Math.min(least, group.minTime), Number.POSITIVE_INFINITY)
    const maxTime = groups.reduce((most, group) => Math.max(most, group.maxTime), Number.NEGATIVE_INFINITY)
    const entry = {
      ...{
        number: partNumberOf(name)!,
        rank: Number(metadata.get('interwork.rank') ?? 0),
        kind: kind as PartKind,
        day,
      },
      ...{ rows, minTime, maxTime, minTag: groups[0]?.firstTag ?? 0, maxTag: groups.at(-1)?.lastTag ?? 0 },
      bytes: fileBytes,
    }
    return { entry, tags }
  } finally {
    reader.close()
    reader.release()
  }
}

function tagSpan(tags: readonly Tag[]) {
  const ids = tags.map(({ id }) => id)
  return { minTag: Math.min(...ids), maxTag: Math.max(...ids) }
}
