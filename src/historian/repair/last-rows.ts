import { isIwError } from '#kernel'
import type { Tag, TagId } from '#model'
import type { FileLayer } from '../files/file-layer.ts'
import { LastValues } from '../head/last-values.ts'
import { Level0Source } from '../merge/level0-source.ts'
import { RawSource } from '../merge/raw-source.ts'
import type { MergeSource } from '../merge/source.ts'
import { TagRows } from '../merge/tag-rows.ts'
import type { PartEntry } from '../seal/manifest.ts'

/** Rows looked at for the newest good one. */
const rowsBack = 1000
const [always, never] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]

/**
 * The newest reading of each tag, from the parts alone: the newest parts first, and of the older ones only the tags that are
 * not known to have nothing newer.
 */
export async function lastRows(
  files: FileLayer,
  folder: string,
  parts: readonly PartEntry[],
  tags: readonly Tag[],
): Promise<LastValues> {
  const last = new LastValues()
  last.reserve(tags.reduce((most, { id }) => Math.max(most, id), 0))
  const newest = new Map<TagId, number>(tags.map(({ id }) => [id, never]))
  const read = parts.filter(({ kind }) => kind === 'level0' || kind === 'raw')
  for (const part of read.toSorted((a, b) => b.maxTime - a.maxTime || b.rank - a.rank)) {
    for (const [tag, time] of newest) if (time > part.maxTime) newest.delete(tag)
    if (newest.size === 0) break
    try {
      await addPart(files, folder, part, newest, last)
    } catch (error) {
      // It is set aside by the first reader that comes to it.
      if (!isIwError(error, 'IW_HISTORIAN_CORRUPT')) throw error
    }
  }
  return last
}

/** Takes in the tags of a part that are asked for, and notes how new their newest row is. */
async function addPart(
  files: FileLayer,
  folder: string,
  part: PartEntry,
  newest: Map<TagId, number>,
  last: LastValues,
): Promise<void> {
  const rows = new TagRows()
  const source = await opened(files, folder, part)
  try {
    source.begin()
    for (let tag = source.nextTag(0, never, always); tag < always; tag = source.nextTag(tag, never, always)) {
      const known = newest.get(tag)
      if (known === undefined) continue
      rows.reset()
      await source.gather(tag, never, always, rows)
      addLast(last, tag, rows)
      newest.set(tag, Math.max(known, rows.time[rows.count - 1] ?? never))
    }
  } finally {
    source.close()
  }
}

const opened = async (files: FileLayer, folder: string, part: PartEntry): Promise<MergeSource> =>
  part.kind === 'raw' ? RawSource.open(files, folder, part) : new Level0Source(files, folder, part)

function addLast(last: LastValues, tag: TagId, rows: TagRows): void {
  for (let row = Math.max(0, rows.count - rowsBack); row < rows.count; row++) {
    const side = rows.text?.[row] ?? rows.integer?.[row] ?? undefined
    last.addRow(tag, rows.time[row]!, rows.arrivedAt[row]!, rows.value[row]!, rows.quality[row]!, side)
  }
}
