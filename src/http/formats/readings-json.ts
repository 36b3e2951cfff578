import { setImmediate as nextTurn } from 'node:timers/promises'
import { Quality, type Tag } from '#model'
import type { Series } from '#ports'
import { jsonValue, rowQuality } from '../views/series.ts'
import { textSliceRows } from './columns.ts'

/** A page of readings: what `readingPage` of the contract says, as text in slices that do not hold up the others. */
export async function* readingsAsJson(
  tag: Tag,
  slices: readonly Series[],
  next: string | undefined,
): AsyncGenerator<string> {
  const { id, thing, property, type, unit } = tag
  yield `${JSON.stringify({ tag: id, thing, property, type, ...(unit !== undefined && { unit }) }).slice(0, -1)},"time":[`
  yield* cells(slices, (series, row) => String(series.time[row]!))
  yield '],"value":['
  yield* cells(slices, (series, row) => jsonValue(series, type, row))
  yield '],"quality":['
  yield* cells(slices, (series, row) =>
    series.quality[row] === Quality.good ? '"good"' : `"${rowQuality(series, row)}"`,
  )
  yield next === undefined ? ']}' : `],"next":${JSON.stringify(next)}}`
}

/** Several pages as one answer. */
export async function* seriesAsJson(
  head: object,
  all: readonly { readonly tag: Tag; readonly slices: readonly Series[] }[],
): AsyncGenerator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"series":[`
  for (const [index, { tag, slices }] of all.entries()) {
    if (index > 0) yield ','
    yield* readingsAsJson(tag, slices, undefined)
  }
  yield ']}'
}

async function* cells(
  slices: readonly Series[],
  cell: (series: Series, row: number) => string,
): AsyncGenerator<string> {
  let comma = ''
  for (const series of slices) {
    for (let from = 0; from < series.count; from += textSliceRows) {
      if (comma !== '') await nextTurn()
      let text = ''
      for (let row = from; row < Math.min(series.count, from + textSliceRows); row++) {
        text += comma + cell(series, row)
        comma = ','
      }
      yield text
    }
  }
}
