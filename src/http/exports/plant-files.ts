import type { CommandRecord, PlantEvent } from '#model'
import { type Column, type ColumnBatch, textSliceRows, type Values } from '../formats/columns.ts'
import { csvOf } from '../formats/csv.ts'
import type { House } from '../house.ts'
import { withoutSecrets } from '../views/thing.ts'
import { valueView } from '../views/value.ts'

/** A file of an export as it is written, and how many rows it has got. */
export interface PlantFile {
  readonly name: string
  readonly slices: AsyncIterable<string> | Iterable<string>
  /** Known once the slices are written. */
  rows(): number
}

const pageRows = 500

/** What each tag is: every property that ever had a reading, also of things that were removed. */
export function tagsCsv({ historian }: House): PlantFile {
  const fields = ['tag', 'thing', 'property', 'type', 'unit'] as const
  const rows = historian
    .tags()
    .map(({ id, thing, property, type, unit }) => [String(id), thing, property, type, unit ?? null])
  return csvFile('tags.csv', fields, pages(rows))
}

/** Definitions as `POST /api/v1/things` takes them, but for secrets. */
export function thingsJson({ connect }: House): PlantFile {
  const things = connect.things.list().map(({ origin: _, version: _v, createdAt: _c, connection, ...definition }) => ({
    ...definition,
    ...(connection && { connection: withoutSecrets(connection) }),
  }))
  return { name: 'things.json', slices: [`${JSON.stringify({ things }, undefined, 2)}\n`], rows: () => things.length }
}

/** What happened in the plant, newest first. */
export function eventsCsv({ connect }: House): PlantFile {
  const row = ({ id, at, kind, thing, detail }: PlantEvent): Row => [
    id,
    at,
    kind,
    thing ?? null,
    JSON.stringify(detail),
  ]
  return csvFile(
    'events.csv',
    ['id', '@time', 'kind', 'thing', 'detail'],
    listed((query) => connect.events.list(query), row),
  )
}

/** What was written to machines, by whom, and what became of it, newest first. */
export function commandsCsv({ connect }: House): PlantFile {
  const fields = [
    'id',
    '@requestedAt',
    'principal',
    'thing',
    'property',
    'value',
    'reason',
    'outcome',
    'code',
    'message',
    'previous',
    'readBack',
    '@finishedAt',
  ]
  const text = (value: CommandRecord['previous']) => (value === undefined ? null : String(valueView(value)))
  const row = (record: CommandRecord): Row => [
    record.id,
    record.requestedAt,
    record.principal,
    record.thing,
    record.property,
    text(record.value),
    record.reason ?? null,
    record.outcome,
    record.code ?? null,
    record.message ?? null,
    text(record.previous),
    text(record.readBack),
    record.finishedAt ?? null,
  ]
  return csvFile(
    'commands.csv',
    fields,
    listed((query) => connect.commands.list(query), row),
  )
}

/** Texts, and times in the columns whose names begin with `@`. */
type Row = readonly (string | number | null)[]

async function* pages(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  for (let from = 0; from < rows.length; from += textSliceRows) yield rows.slice(from, from + textSliceRows)
}

async function* listed<T extends { readonly id: string }>(
  list: (query: { limit: number; before?: string }) => Promise<readonly T[]>,
  row: (one: T) => Row,
): AsyncGenerator<readonly Row[]> {
  let page = await list({ limit: pageRows })
  while (page.length > 0) {
    yield page.map(row)
    page = await list({ limit: pageRows, before: page.at(-1)!.id })
  }
}

function csvFile(name: string, fields: readonly string[], rowPages: AsyncIterable<readonly Row[]>): PlantFile {
  let count = 0
  const columns = fields.map(
    (field): Column => (field.startsWith('@') ? { name: field.slice(1), kind: 'time' } : { name: field, kind: 'text' }),
  )
  async function* batches(): AsyncGenerator<ColumnBatch> {
    for await (const rows of rowPages) {
      count += rows.length
      yield { count: rows.length, columns: columns.map(({ kind }, at) => valuesOf(rows, at, kind === 'time')) }
    }
  }
  return { name, slices: csvOf({ columns, batches: batches() }), rows: () => count }
}

function valuesOf(rows: readonly Row[], at: number, isTime: boolean): Values {
  if (isTime) return { numbers: rows.map((row) => (row[at] as number | null) ?? Number.NaN) }
  return { texts: rows.map((row) => row[at] as string | null) }
}
