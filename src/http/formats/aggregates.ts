import { qualityName, qualityNames, type Tag } from '#model'
import type { Aggregates } from '#ports'
import { jsonNumber } from '../views/value.ts'
import type { Column, ColumnBatch, Table, Values } from './columns.ts'
import { jsonCells, openArray } from './json-cells.ts'
import { tagHead } from './readings-json.ts'
import { wordsOf } from './readings-table.ts'

/** Aggregates of a tag as they come; `edges` are those they were asked with. */
export interface TagAggregates {
  readonly tag: Tag
  readonly edges: Float64Array
  readonly of: Aggregates
}

/** Rows encoded between two turns of the event loop. */
const batchRows = 8_192

const figures = ['min', 'max', 'mean', 'sum', 'first', 'last'] as const

/**
 * Aggregates one below the other, tag after tag: time, end, thing, property, min, max, mean, sum, first, last, count,
 * quality, timeWeighted and coveredUs where `isWeighted`, unit.
 */
export function aggregateTable(tags: readonly Tag[], series: AsyncIterable<TagAggregates>, isWeighted: boolean): Table {
  const [things, properties] = [wordsOf(tags.map(({ thing }) => thing)), wordsOf(tags.map(({ property }) => property))]
  const units = wordsOf(tags.flatMap(({ unit }) => unit ?? []))
  const number = (name: string): Column => ({ name, kind: 'number' })
  const columns: Column[] = [
    { name: 'time', kind: 'time' },
    { name: 'end', kind: 'time' },
    { name: 'thing', kind: 'word', words: things },
    { name: 'property', kind: 'word', words: properties },
    ...figures.map(number),
    { name: 'count', kind: 'integer' },
    { name: 'quality', kind: 'word', words: qualityNames },
    ...(isWeighted ? [number('timeWeighted'), number('coveredUs')] : []),
    { name: 'unit', kind: 'word', words: units },
  ]
  async function* batches(): AsyncGenerator<ColumnBatch> {
    for await (const { tag, edges, of } of series)
      for (let from = 0; from < of.bucket.length; from += batchRows) {
        const bucket = of.bucket.subarray(from, from + batchRows)
        const part = (all: Float64Array | Uint32Array | Uint8Array): Values => ({
          numbers: all.subarray(from, from + batchRows),
        })
        const word = (words: readonly string[], text: string | undefined): Values => ({
          numbers: new Int32Array(bucket.length).fill(text === undefined ? -1 : words.indexOf(text)),
        })
        yield {
          count: bucket.length,
          columns: [
            { numbers: edgesOf(edges, bucket, 0) },
            { numbers: edgesOf(edges, bucket, 1) },
            word(things, tag.thing),
            word(properties, tag.property),
            ...figures.map((name) => part(of[name])),
            part(of.count),
            part(of.worst),
            ...(isWeighted ? [part(of.timeWeighted!), part(of.coveredUs!)] : []),
            word(units, tag.unit),
          ],
        }
      }
  }
  return { columns, batches: batches() }
}

const edgesOf = (edges: Float64Array, bucket: Int32Array, next: 0 | 1): Float64Array =>
  Float64Array.from(bucket, (index) => edges[index + next]!)

/** The same as `aggregatePage` of the contract. */
export async function* aggregatesAsJson(head: object, all: readonly TagAggregates[]): AsyncGenerator<string> {
  yield openArray(head, 'series')
  for (const [index, { tag, edges, of }] of all.entries()) {
    const { type: _, ...about } = tagHead(tag)
    const count = of.bucket.length
    const cells = (cell: (row: number) => string) => jsonCells([{ count, cell }])
    yield `${index > 0 ? ',' : ''}${openArray(about, 'time')}`
    yield* cells((row) => String(edges[of.bucket[row]!]))
    yield '],"end":['
    yield* cells((row) => String(edges[of.bucket[row]! + 1]))
    for (const name of figures) {
      yield `],"${name}":[`
      yield* cells((row) => jsonNumber(of[name][row]!))
    }
    yield '],"count":['
    yield* cells((row) => String(of.count[row]))
    yield '],"quality":['
    yield* cells((row) => `"${qualityName(of.worst[row]!)}"`)
    for (const name of ['timeWeighted', 'coveredUs'] as const) {
      const values = of[name]
      if (!values) continue
      yield `],"${name}":[`
      yield* cells((row) => jsonNumber(values[row]!))
    }
    yield ']}'
  }
  yield ']}'
}
