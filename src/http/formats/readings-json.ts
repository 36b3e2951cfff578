import { Quality, type Tag } from '#model'
import type { Series } from '#ports'
import { jsonValue, rowQuality } from '../views/series.ts'
import { jsonCells, openArray } from './json-cells.ts'

/** A page of readings: what `readingPage` of the contract says, as text in slices that do not hold up the others. */
export async function* readingsAsJson(
  tag: Tag,
  slices: readonly Series[],
  next: string | undefined,
): AsyncGenerator<string> {
  const cells = (cell: (series: Series, row: number) => string) =>
    jsonCells(slices.map((series) => ({ count: series.count, cell: (row) => cell(series, row) })))
  yield openArray(tagHead(tag), 'time')
  yield* cells((series, row) => String(series.time[row]!))
  yield '],"value":['
  yield* cells((series, row) => jsonValue(series, tag.type, row))
  yield '],"quality":['
  yield* cells((series, row) => (series.quality[row] === Quality.good ? '"good"' : `"${rowQuality(series, row)}"`))
  yield next === undefined ? ']}' : `],"next":${JSON.stringify(next)}}`
}

/** Several pages as one answer. */
export async function* seriesAsJson(
  head: object,
  all: readonly { readonly tag: Tag; readonly slices: readonly Series[] }[],
): AsyncGenerator<string> {
  yield openArray(head, 'series')
  for (const [index, { tag, slices }] of all.entries()) {
    if (index > 0) yield ','
    yield* readingsAsJson(tag, slices, undefined)
  }
  yield ']}'
}

/** What an answer says of a tag before its values. */
export const tagHead = ({ id, thing, property, type, unit }: Tag) => ({
  tag: id,
  thing,
  property,
  type,
  ...(unit !== undefined && { unit }),
})
