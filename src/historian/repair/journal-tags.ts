import { join } from 'node:path'
import type { ReadingBatch, TagId, ValueType } from '#model'
import type { FileLayer } from '../files/file-layer.ts'
import { type Folders, numbersOf, segmentName } from '../files/folders.ts'
import { BlockKind } from '../journal/block.ts'
import { decodeReadings } from '../journal/readings-block.ts'
import { scanSegment } from '../journal/segment.ts'
import { decodeTags } from '../journal/tags-block.ts'
import type { TagTable } from '../tags.ts'

/**
 * Gives a name to tags that the journal has readings of and nobody knows: `recovered/tag-7`. Their definition was in a lost
 * snapshot alone. The readings stay, and no other tag gets their id.
 */
export function nameUnknown(files: FileLayer, folders: Folders, table: TagTable): void {
  const unknown = new Map<TagId, ValueType>()
  for (const segment of numbersOf(files, folders.journal, '.iwj')) {
    const file = files.open(join(folders.journal, segmentName(segment)), 'read')
    try {
      scanSegment(file, segment, 0, (kind, payload) => {
        if (kind === BlockKind.tags) for (const tag of decodeTags(payload)) table.put(tag)
        else noteUnknown(decodeReadings(payload), table, unknown)
      })
    } finally {
      file.close()
    }
  }
  for (const [id, type] of unknown)
    if (!table.get(id)) table.put({ id, thing: 'recovered', property: `tag-${id}`, type })
}

function noteUnknown(
  { tag, count, texts, integers }: ReadingBatch,
  table: TagTable,
  unknown: Map<TagId, ValueType>,
): void {
  for (let row = 0; row < count; row++) {
    const id = tag[row]!
    if (!table.get(id) && !unknown.has(id)) unknown.set(id, 'number')
  }
  for (const row of integers?.row ?? []) if (unknown.has(tag[row]!)) unknown.set(tag[row]!, 'integer')
  for (const row of texts?.row ?? []) if (unknown.has(tag[row]!)) unknown.set(tag[row]!, 'string')
}
