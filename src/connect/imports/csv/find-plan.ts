import { IwError } from '#kernel'
import { choiceFor, placeOfColumn, splitHeader, thingOfFile } from '../names.ts'
import type { ImportOptions } from '../options.ts'
import { columnWords } from './column-words.ts'
import { findNumberStyle } from './find-numbers.ts'
import { findTimeFormat, isDescending } from './find-times.ts'
import type { CsvPlan, LongColumns, ReadingColumn } from './plan.ts'
import { takeSample } from './sample.ts'
import type { TimeFormat } from './times.ts'
import { addSeen, noneSeen, typeOfSeen } from './value-types.ts'

export interface FileHead {
  readonly name: string
  /** The first bytes: a MiB or so. */
  readonly bytes: Uint8Array
  /** Whether they are all. */
  readonly isWhole: boolean
  /** Zone of times that say none. */
  readonly zone: string
}

/**
 * Finds out how a CSV file is to be read. Throws `IW_CONNECT_IMPORT_PLAN` saying what to tell where that cannot be found:
 * better no reading than a wrong one.
 */
export function findCsvPlan(head: FileHead, options: ImportOptions): CsvPlan {
  const sample = takeSample(head.bytes, head.isWhole, options)
  if (sample.rows.length === 0) throw cannot('the file has no rows')
  const hasHeader = options.header ?? isHeader(sample.rows[0]!)
  const header = hasHeader ? uniqueNames(sample.rows[0]!) : sample.rows[0]!.map((_, index) => `column ${index + 1}`)
  const names = new Set(header)
  const rows = hasHeader ? sample.rows.slice(1).filter((row) => !row.every((cell) => names.has(cell))) : sample.rows
  if (rows.length === 0) throw cannot('the file has a header and no row below it')
  const table: Table = { header, rows, options }
  const time = findTime(table, options.zone ?? head.zone)
  const qualityColumn = columnFor(table, options.qualityColumn, columnWords.quality, time.columns)
  const long = findLong(table, head.name, time.columns)
  const free = header
    .map((_, index) => index)
    .filter((index) => index !== qualityColumn && !time.columns.includes(index))
  const valueColumns = long ? [long.valueColumn] : free
  const numbers = findNumberStyle(cellsOf(rows, valueColumns), options)
  const wide = long ? undefined : free.flatMap((index) => readingColumn(table, index, head.name, numbers) ?? [])
  if (wide) checkWide(wide)
  return {
    format: 'csv',
    encoding: sample.encoding,
    dialect: sample.dialect,
    numbers,
    skipLines: sample.linesBefore + (hasHeader ? 1 : 0),
    header,
    hasHeader,
    time,
    ...(qualityColumn !== undefined && { qualityColumn }),
    opcQuality: qualityColumn !== undefined && rows.some((row) => /^(?:192|216)$/.test(row[qualityColumn] ?? '')),
    ...(wide && { wide }),
    ...(long && { long }),
  }
}

interface Table {
  readonly header: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly options: ImportOptions
}

const cannot = (why: string) => new IwError('IW_CONNECT_IMPORT_PLAN', `The file cannot be read as CSV: ${why}`)

/** A row is a header unless one of its cells is a number or a time. */
const isHeader = (row: readonly string[]): boolean =>
  !row.some((cell) => /^[+-]?[\d.,]*\d[\d.,]*(?:[eE][+-]?\d+)?$/.test(cell) || isTimeAlone(cell)) &&
  row.some((cell) => cell !== '')

const isTimeAlone = (cell: string): boolean => /^\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}/.test(cell)

function uniqueNames(row: readonly string[]): string[] {
  const seen = new Map<string, number>()
  return row.map((cell, index) => {
    const name = cell.trim() === '' ? `column ${index + 1}` : cell.trim()
    const times = (seen.get(name) ?? 0) + 1
    seen.set(name, times)
    return times === 1 ? name : `${name} (${times})`
  })
}

/** The column an option names, by header or `#place`. Throws where there is none. */
function columnNamed({ header }: Table, name: string): number {
  const place = /^#(\d{1,5})$/.exec(name)
  const index = place ? Number(place[1]) - 1 : header.indexOf(name)
  if (index < 0 || index >= header.length)
    throw cannot(`there is no column "${name}"; the columns are ${header.slice(0, 20).join(', ')}`)
  return index
}

function columnFor(
  table: Table,
  told: string | undefined,
  word: RegExp,
  taken: readonly number[] = [],
): number | undefined {
  if (told !== undefined) return columnNamed(table, told)
  const found = table.header.findIndex((name, index) => word.test(splitHeader(name).name) && !taken.includes(index))
  return found < 0 ? undefined : found
}

function findTime(table: Table, zone: string): CsvPlan['time'] {
  const { options, rows } = table
  const columns = options.timeColumn === undefined ? guessTime(table) : toldTime(table)
  const cells = timeCells(rows, columns)
  const format = options.timeFormat ?? findTimeFormat(cells, `column "${table.header[columns[0]!]}"`)
  if (format === undefined)
    throw cannot(
      `"${cells.find((cell) => cell.trim() !== '') ?? ''}" in column "${table.header[columns[0]!]}" is no time we know`,
    )
  return { columns, format, zone, descending: isDescending(cells, format) }
}

const timeCells = (rows: Table['rows'], columns: readonly number[]): string[] =>
  rows.map((row) => columns.map((index) => row[index]!).join(' '))

function toldTime(table: Table): number[] {
  const told = table.options.timeColumn!
  return (typeof told === 'string' ? [told] : told).map((name) => columnNamed(table, name))
}

function guessTime(table: Table): number[] {
  const { header, rows, options } = table
  const isTime = (columns: readonly number[]): TimeFormat | undefined =>
    options.timeFormat ?? findTimeFormat(timeCells(rows, columns), `column "${header[columns[0]!]}"`)
  const date = header.findIndex((name) => columnWords.date.test(name))
  const clock = header.findIndex((name, index) => columnWords.clock.test(name) && index !== date)
  if (
    date >= 0 &&
    clock >= 0 &&
    rows.some((row) => /^\d{1,2}[:.]\d{2}/.test(row[clock] ?? '')) &&
    isTime([date, clock])
  )
    return [date, clock]
  const named = header.findIndex((name) => columnWords.time.test(name) || columnWords.date.test(name))
  if (named >= 0 && isTime([named])) return [named]
  const found = header.findIndex((_, index) => looksLikeTimes(rows, index) && isTime([index]))
  if (found >= 0) return [found]
  throw cannot(
    `no column holds times; name it with timeColumn (--time-column). The columns are ${header.slice(0, 20).join(', ')}`,
  )
}

/** Without a name to go by, numbers have to look like seconds since 1970 to be times. */
const looksLikeTimes = (rows: Table['rows'], index: number): boolean =>
  rows
    .slice(0, 20)
    .every((row) => isTimeAlone(row[index]!) || /^1\d{9}(?:\d{3}|\d{6}|\d{9})?(?:[.,]\d+)?$/.test(row[index]!))

function findLong(table: Table, fileName: string, taken: readonly number[]): LongColumns | undefined {
  const { options } = table
  if (options.layout === 'wide') return undefined
  const propertyColumn = columnFor(table, options.propertyColumn, columnWords.property, taken)
  const valueColumn = columnFor(table, options.valueColumn, columnWords.value, taken)
  if (propertyColumn === undefined || valueColumn === undefined) {
    if (options.layout === 'long' || options.propertyColumn !== undefined)
      throw cannot('a long table needs a column of names and one of values: tell propertyColumn and valueColumn')
    return undefined
  }
  const told = [...taken, propertyColumn, valueColumn]
  const thingColumn = columnFor(table, options.thingColumn, columnWords.thing, told)
  const unitColumn = columnFor(table, options.unitColumn, columnWords.unit, told)
  const owner = options.thing !== undefined || thingColumn === undefined
  return {
    propertyColumn,
    valueColumn,
    ...(owner ? { thing: options.thing ?? thingOfFile(fileName) } : { thingColumn }),
    ...(unitColumn !== undefined && { unitColumn }),
  }
}

function* cellsOf(rows: Table['rows'], columns: readonly number[]): Generator<string> {
  for (const row of rows) for (const index of columns) yield row[index]!
}

/** What becomes of a column of a wide table; undefined where it is skipped. */
function readingColumn(
  { header, rows, options }: Table,
  index: number,
  fileName: string,
  numbers: CsvPlan['numbers'],
): ReadingColumn | undefined {
  const name = header[index]!
  const choice = choiceFor(options.columns, name, index)
  if (choice.skip === true) return undefined
  const { name: said, unit: saidUnit } = splitHeader(name)
  const place = placeOfColumn(said, options.thing, fileName)
  const seen = noneSeen()
  for (const row of rows) addSeen(seen, row[index]!, numbers)
  const type = choice.type ?? typeOfSeen(seen)
  const unit = choice.unit ?? (type === 'string' || type === 'boolean' ? undefined : saidUnit)
  return {
    index,
    header: name,
    thing: choice.thing ?? place.thing,
    property: choice.property ?? place.property,
    ...(type !== undefined && { type }),
    ...(unit !== undefined && { unit }),
  }
}

function checkWide(columns: readonly ReadingColumn[]): void {
  if (columns.length === 0) throw cannot('no column but the time would be imported')
  const seen = new Map<string, string>()
  for (const { thing, property, header } of columns) {
    const other = seen.get(`${thing}\n${property}`)
    if (other !== undefined)
      throw cannot(`columns "${other}" and "${header}" are both ${thing}/${property}: name one of them with columns`)
    seen.set(`${thing}\n${property}`, header)
  }
}
