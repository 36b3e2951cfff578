import { BatchBuilder, type ReadingBatch, type TagDefinition } from '#model'
import type { Historian } from '#ports'

/*
 * What the writer that is killed writes and the checker expects: every row follows from its source, sequence and place, so
 * that a reading under a wrong name, or from another batch, is seen.
 */
export const sources = ['line-a', 'line-b', 'line-c'] as const
const numberTags = 7
const tagsOfSource = numberTags + 1
const firstTime = 1_767_225_600_000_000
const maxRows = 120

export const definitions: readonly TagDefinition[] = sources.flatMap((thing) =>
  Array.from({ length: tagsOfSource }, (_, index) => ({
    thing,
    property: `p${index}`,
    type: index < numberTags ? ('number' as const) : ('string' as const),
  })),
)

const mix = (a: number, b: number): number => Math.imul(a ^ (b * 0x9e3779b1), 0x85ebca6b) >>> 0

export const rowsOf = (source: number, sequence: number): number => 1 + (mix(sequence, source + 1) % maxRows)

/** The property that a row belongs to. */
export const propertyOf = (sequence: number, row: number): number => mix(sequence, row) % tagsOfSource

/** A merge would take doubled rows away before they are counted, and rollups are rows too: `store.ts` kills merges. */
export const neverMerged = {
  parts: Number.POSITIVE_INFINITY,
  bytes: Number.POSITIVE_INFINITY,
  ageUs: Number.POSITIVE_INFINITY,
}

/** Times are unique within a source: a sequence has 1,000 µs of its own. */
export const timeOf = (sequence: number, row: number): number => firstTime + sequence * 1000 + row

export const placeOf = (time: number): { sequence: number; row: number } => ({
  sequence: Math.floor((time - firstTime) / 1000),
  row: (time - firstTime) % 1000,
})

export const contentOf = (source: number, sequence: number, row: number): number | string =>
  propertyOf(sequence, row) < numberTags
    ? mix(mix(source, sequence), row) / 16
    : `${sources[source]}/${sequence}/${row} ${'·'.repeat(row % 40)}`

/** Ids of the tags of a source, by property. */
export async function tagsOf(historian: Historian): Promise<readonly (readonly number[])[]> {
  const ids = (await historian.defineTags(definitions)).map(({ id }) => id)
  return sources.map((_, source) => ids.slice(source * tagsOfSource, (source + 1) * tagsOfSource))
}

export function batchOf(source: number, sequence: number, tags: readonly number[]): ReadingBatch {
  const builder = new BatchBuilder()
  for (let row = 0; row < rowsOf(source, sequence); row++)
    builder.add(tags[propertyOf(sequence, row)]!, timeOf(sequence, row), contentOf(source, sequence, row))
  return builder.build({ source: sources[source]!, sequence, arrivedAt: timeOf(sequence, 999) })
}
