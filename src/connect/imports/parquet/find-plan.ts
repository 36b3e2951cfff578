import { inflateSync } from 'node:zlib'
import { IwError } from '#kernel'
import { columnWords } from '../csv/column-words.ts'
import { findTimeFormat, isDescending } from '../csv/find-times.ts'
import type { LongColumns, ReadingColumn } from '../csv/plan.ts'
import { choiceFor, placeOfColumn, splitHeader, thingOfFile } from '../names.ts'
import type { ImportOptions } from '../options.ts'
import { isDate, isTimestamp, isZoned, kindOf, type ParquetPlan, type ParquetTime } from './plan.ts'

/** What is known of a Parquet file before it is read. */
export interface ParquetHead {
  readonly name: string
  readonly rows: number
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  /** The first rows, as texts; null where there is nothing. */
  readonly sample: readonly (readonly (string | null)[])[]
  readonly metadata: Readonly<Record<string, string>>
}

const cannot = (why: string) => new IwError('IW_CONNECT_IMPORT_PLAN', `The Parquet file cannot be imported: ${why}`)

/** Finds out how a Parquet file is read. Throws `IW_CONNECT_IMPORT_PLAN` saying what to tell. */
export function findParquetPlan(head: ParquetHead, options: ImportOptions): ParquetPlan {
  if (head.rows === 0) throw cannot('it has no rows')
  const kind = head.metadata['interwork.kind']
  if (kind === 'minute' || kind === 'hour')
    throw cannot('it holds rollups; import the files of readings they were made of')
  const table = { ...head, header: head.columns.map(({ name }) => name), types: head.columns.map(({ type }) => type) }
  const own = kind === 'raw' ? ownSeries(head.metadata['interwork.tags']) : undefined
  const time = own
    ? { column: table.header.indexOf('time'), as: { kind: 'timestamp' } as const }
    : findTime(table, options)
  const qualityColumn = columnFor(table, options.qualityColumn, columnWords.quality, [time.column])
  const long = own ? undefined : findLong(table, options, time.column)
  const taken = new Set([time.column, qualityColumn])
  const wide =
    own || long
      ? undefined
      : table.header.flatMap((_, index) => (taken.has(index) ? [] : wideColumn(table, index, options)))
  if (wide?.length === 0) throw cannot('no column but the time would be imported')
  const isLocal = !isZoned(table.types[time.column]!) && time.as.kind !== 'epoch' && options.zone !== undefined
  return {
    format: 'parquet',
    rows: head.rows,
    header: table.header,
    types: table.types,
    time: {
      columns: [time.column],
      as: time.as,
      ...(isLocal && { zone: options.zone! }),
      descending: isNewestFirst(
        head.sample.map((row) => row[time.column] ?? ''),
        time.as,
      ),
    },
    ...(qualityColumn !== undefined && { qualityColumn }),
    opcQuality:
      qualityColumn !== undefined && head.sample.some((row) => /^(?:192|216)$/.test(row[qualityColumn] ?? '')),
    ...(wide && { wide }),
    ...(long && { long }),
    ...(!wide && besideColumns(table)),
    ...(own && { own }),
  }
}

interface Table extends ParquetHead {
  readonly header: readonly string[]
  readonly types: readonly string[]
}

/** The columns `text` and `integer` beside `value`, as our own files and exports have them. */
function besideColumns({ header, types }: Table): Pick<ParquetPlan, 'textColumn' | 'integerColumn'> {
  const text = header.findIndex((name, index) => name === 'text' && kindOf(types[index]!) === 'string')
  const integer = header.findIndex((name, index) => name === 'integer' && kindOf(types[index]!) === 'integer')
  return { ...(text >= 0 && { textColumn: text }), ...(integer >= 0 && { integerColumn: integer }) }
}

/** The tags of a file of our own historian. */
function ownSeries(packed: string | undefined): ParquetPlan['own'] {
  try {
    return JSON.parse(inflateSync(Buffer.from(packed ?? '', 'base64')).toString()) as NonNullable<ParquetPlan['own']>
  } catch (cause) {
    throw new IwError('IW_CONNECT_IMPORT_PLAN', 'The names of its tags are damaged', { cause })
  }
}

function columnNamed({ header }: Table, name: string): number {
  const place = /^#(\d{1,5})$/.exec(name)
  const index = place ? Number(place[1]) - 1 : header.indexOf(name)
  if (index < 0 || index >= header.length)
    throw cannot(`there is no column "${name}"; the columns are ${header.slice(0, 20).join(', ')}`)
  return index
}

function columnFor(table: Table, told: string | undefined, word: RegExp, taken: readonly number[]): number | undefined {
  if (told !== undefined) return columnNamed(table, told)
  const found = table.header.findIndex((name, index) => word.test(name) && !taken.includes(index))
  return found < 0 ? undefined : found
}

function findTime(table: Table, options: ImportOptions): { column: number; as: ParquetTime } {
  const { header, types } = table
  const [told] = typeof options.timeColumn === 'string' ? [options.timeColumn] : (options.timeColumn ?? [])
  if (told !== undefined) {
    const column = columnNamed(table, told)
    const as = timeOf(table, column, options)
    if (!as) throw cannot(`column "${told}" holds no times we know`)
    return { column, as }
  }
  const isTyped = (index: number) => isTimestamp(types[index]!) || isDate(types[index]!)
  const places = header.map((_, index) => index)
  const order = [
    ...places.filter((index) => columnWords.time.test(header[index]!) || columnWords.date.test(header[index]!)),
    ...places.filter(isTyped),
    ...places.filter((index) => header[index] === '__index_level_0__' || header[index] === 'index'),
  ]
  for (const column of order) {
    const as = timeOf(table, column, options)
    if (as) return { column, as }
  }
  throw cannot(
    `no column holds times; name it with timeColumn (--time-column). The columns are ${header.slice(0, 20).join(', ')}`,
  )
}

function timeOf({ types, sample, header }: Table, column: number, options: ImportOptions): ParquetTime | undefined {
  const type = types[column]!
  if (isTimestamp(type)) return { kind: 'timestamp' }
  if (isDate(type)) return { kind: 'date' }
  const cells = sample.map((row) => row[column] ?? '')
  const format = options.timeFormat ?? findTimeFormat(cells, `column "${header[column]}"`)
  if (format === undefined) return undefined
  const kind = kindOf(type)
  if (kind === 'string') return { kind: 'text', format }
  const isCount = format === 's' || format === 'ms' || format === 'us' || format === 'ns'
  return isCount && (kind === 'integer' || kind === 'number') ? { kind: 'epoch', unit: format } : undefined
}

function isNewestFirst(cells: readonly string[], as: ParquetTime): boolean {
  return isDescending(cells, as.kind === 'text' ? as.format : as.kind === 'epoch' ? as.unit : 'ymd')
}

function findLong(table: Table, options: ImportOptions, time: number): LongColumns | undefined {
  if (options.layout === 'wide') return undefined
  const propertyColumn = columnFor(table, options.propertyColumn, columnWords.property, [time])
  const valueColumn = columnFor(table, options.valueColumn, columnWords.value, [time])
  const isText = propertyColumn !== undefined && kindOf(table.types[propertyColumn]!) === 'string'
  if (propertyColumn === undefined || valueColumn === undefined || !isText) {
    if (options.layout === 'long' || options.propertyColumn !== undefined)
      throw cannot('a long table needs a column of names (text) and one of values: tell propertyColumn and valueColumn')
    return undefined
  }
  const told = [time, propertyColumn, valueColumn]
  const thingColumn = columnFor(table, options.thingColumn, columnWords.thing, told)
  const unitColumn = columnFor(table, options.unitColumn, columnWords.unit, told)
  const isFixed = options.thing !== undefined || thingColumn === undefined
  return {
    propertyColumn,
    valueColumn,
    ...(isFixed ? { thing: options.thing ?? thingOfFile(table.name) } : { thingColumn }),
    ...(unitColumn !== undefined && { unitColumn }),
  }
}

/** Nothing where the column is skipped, or holds lists, structures or bytes. */
function wideColumn({ header, types, name: file }: Table, index: number, options: ImportOptions): ReadingColumn[] {
  const name = header[index]!
  const choice = choiceFor(options.columns, name, index)
  const kind = kindOf(types[index]!)
  if (choice.skip === true || kind === 'other') return []
  const { name: said, unit: saidUnit } = splitHeader(name)
  const place = placeOfColumn(said, options.thing, file)
  const unit = choice.unit ?? (kind === 'number' || kind === 'integer' ? saidUnit : undefined)
  return [
    {
      index,
      header: name,
      thing: choice.thing ?? place.thing,
      property: choice.property ?? place.property,
      type: choice.type ?? kind,
      ...(unit !== undefined && { unit }),
    },
  ]
}
