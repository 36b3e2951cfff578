import type { ValueType } from '#model'
import { maxTextBytes, Quality } from '#model/readings'
import { parseNumberText } from '../csv/numbers.ts'
import type { KnownSeries, WantedSeries } from '../csv/plan.ts'
import type { Block } from '../csv/table-reader.ts'
import { wideKey, wideWanted } from '../csv/table-reader.ts'
import type { TimeReader } from '../csv/times.ts'
import { isNoValue, parseBoolean, parseQuality } from '../csv/words.ts'
import { GrowingColumns } from '../reading-columns.ts'
import type { RejectedRow, RejectReason } from '../rejected.ts'
import { kindOf, type ParquetPlan } from './plan.ts'

export type Cell = number | bigint | string | boolean | null

/** Rows of a file, column by column; the columns stand at their places in the file. */
export interface Rows {
  /** Of the first, from 0. */
  readonly start: number
  readonly count: number
  readonly columns: readonly (readonly Cell[] | undefined)[]
}

export interface Building {
  readonly plan: ParquetPlan
  readonly known: ReadonlyMap<string, KnownSeries>
  readonly times: TimeReader
}

type Taken = Extract<KnownSeries, { tag: number }>
type Refusal = Pick<RejectedRow, 'reason' | 'message'> & { readonly column?: number; readonly value?: Cell }

const plainNumbers = { decimal: '.', thousands: '' } as const

/** The readings of some rows as block `number`, or the series that have to be known first. */
export function buildBlock(building: Building, rows: Rows, number: number): Omit<Block, 'inDoubt'> | WantedSeries[] {
  const columns = new GrowingColumns(rows.count)
  const rejected: RejectedRow[] = []
  const wanted = new Map<string, WantedSeries>()
  const span = { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY, rows: 0 }
  for (let row = 0; row < rows.count; row++) {
    const before = columns.count
    const result = takeRow(building, rows, row, columns, wanted)
    if (typeof result === 'number') {
      span.rows++
      span.from = Math.min(span.from, result)
      span.to = Math.max(span.to, result)
      continue
    }
    columns.cut(before)
    rejected.push(rejectedRow(building.plan, rows, row, result))
  }
  if (wanted.size > 0) return [...wanted.values()]
  const end = rows.start + rows.count
  const has = span.rows > 0
  return {
    ...{ number, end, nextLine: end + 1, columns: columns.take(), rejected, passedOver: 0, rows: span.rows },
    from: has ? span.from : Number.NaN,
    to: has ? span.to : Number.NaN,
  }
}

function takeRow(
  building: Building,
  rows: Rows,
  row: number,
  columns: GrowingColumns,
  wanted: Map<string, WantedSeries>,
): number | Refusal {
  const { plan, times } = building
  const [timeColumn] = plan.time.columns
  const series = plan.wide ? undefined : seriesOf(plan, rows, row)
  const time = timeAt(plan, times, rows.columns[timeColumn]![row]!, series?.key ?? '')
  if (Number.isNaN(time)) return badTime(times, plan, rows.columns[timeColumn]![row]!)
  const quality = qualityAt(plan, rows, row)
  if (quality === undefined)
    return { reason: 'quality', message: 'is not a quality', ...place(plan.qualityColumn, rows, row) }
  if (plan.wide) {
    for (const column of plan.wide) {
      const cell = rows.columns[column.index]![row]!
      if (cell === null) continue
      const known = building.known.get(wideKey(column.index))
      if (!known) wanted.set(wideKey(column.index), { ...wideWanted(column), type: column.type ?? 'number' })
      else {
        const refusal = add(columns, known, cell, time, quality)
        if (refusal) return { ...refusal, column: column.index, value: cell }
      }
    }
    return time
  }
  if (!series) return { reason: 'series', message: 'the row does not say what it is a reading of' }
  const known = building.known.get(series.key)
  if (!known) {
    wanted.set(series.key, series)
    return time
  }
  const { cell, column } = valueAt(plan, rows, row)
  const refusal = add(columns, known, cell, time, cell === null ? Math.max(quality, Quality.nullValue) : quality)
  return refusal ? { ...refusal, column, value: cell } : time
}

function timeAt(plan: ParquetPlan, times: TimeReader, cell: Cell, series: string): number {
  if (cell === null) return Number.NaN
  if (typeof cell === 'string') return times.read(cell, series)
  return plan.time.zone === undefined ? times.moment(Number(cell)) : times.local(Number(cell), series)
}

function badTime(times: TimeReader, { time }: ParquetPlan, cell: Cell): Refusal {
  const isSkipped = cell !== null && times.problem === 'skipped'
  return {
    reason: isSkipped ? 'skipped_hour' : 'time',
    message: isSkipped ? `is skipped by the clocks of ${time.zone ?? 'UTC'}` : 'is no time from 1970 to 2255',
    column: time.columns[0],
    value: cell,
  }
}

const place = (column: number | undefined, rows: Rows, row: number) =>
  column === undefined ? {} : { column, value: rows.columns[column]![row]! }

function qualityAt({ qualityColumn, opcQuality, own }: ParquetPlan, rows: Rows, row: number): number | undefined {
  if (qualityColumn === undefined) return Quality.good
  const cell = rows.columns[qualityColumn]![row]!
  if (own) return Number(cell ?? 0)
  return parseQuality(cell === null ? '' : String(cell), opcQuality)
}

function seriesOf(plan: ParquetPlan, rows: Rows, row: number): WantedSeries | undefined {
  if (plan.own) {
    const id = Number(rows.columns[plan.header.indexOf('tag')]![row])
    const tag = plan.own.find((one) => one.id === id)
    if (!tag) return undefined
    const { thing, property, type, unit } = tag
    return { key: `tag ${id}`, thing, property, type, ...(unit !== undefined && { unit }) }
  }
  const { thing: fixed, thingColumn, propertyColumn, valueColumn, unitColumn } = plan.long!
  const text = (column: number) => String(rows.columns[column]![row] ?? '')
  const thing = thingColumn === undefined ? fixed! : text(thingColumn)
  const property = text(propertyColumn)
  const unit = unitColumn === undefined ? '' : text(unitColumn)
  if (thing === '' || property === '') return undefined
  const type = typeOfRow(plan, rows, row, valueColumn)
  return { key: `${thing}\n${property}\n${unit}`, thing, property, type, ...(unit !== '' && { unit }) }
}

/** The type of a series by its first value. */
function typeOfRow(
  { types, textColumn, integerColumn }: ParquetPlan,
  rows: Rows,
  row: number,
  column: number,
): ValueType {
  const isSet = (beside: number | undefined) => beside !== undefined && rows.columns[beside]![row] !== null
  if (isSet(textColumn)) return 'string'
  if (isSet(integerColumn)) return 'integer'
  const kind = kindOf(types[column]!)
  if (kind === 'string') return typeOfText(rows.columns[column]![row]!)
  return kind === 'other' ? 'string' : kind
}

function typeOfText(cell: Cell): ValueType {
  const text = String(cell ?? '')
  if (parseNumberText(text, plainNumbers) !== undefined) return 'number'
  return parseBoolean(text) === undefined ? 'string' : 'boolean'
}

/** The value of a row of a long table, which may stand in one of the columns beside it. */
function valueAt(plan: ParquetPlan, rows: Rows, row: number): { cell: Cell; column: number } {
  const value = plan.long?.valueColumn ?? plan.header.indexOf('value')
  for (const column of [value, plan.textColumn, plan.integerColumn]) {
    const cell = column === undefined ? null : rows.columns[column]![row]!
    if (cell !== null) return { cell, column: column! }
  }
  return { cell: null, column: value }
}

/** Adds one value; why it does not fit its type, where it does not. */
function add(
  columns: GrowingColumns,
  series: KnownSeries,
  cell: Cell,
  time: number,
  quality: number,
): Refusal | undefined {
  if ('refusal' in series) return { reason: 'series', message: series.refusal }
  if (cell === null) {
    columns.addNumber(series.tag, time, Number.NaN, quality)
    return undefined
  }
  if (series.type === 'string') return addText(columns, series, String(cell), time, quality)
  const value = typeof cell === 'string' ? ofText(cell, series.type) : typeof cell === 'boolean' ? Number(cell) : cell
  if (value === undefined) return { reason: series.type as RejectReason, message: `is no ${series.type}` }
  return addNumeric(columns, series, value, time, quality)
}

function ofText(text: string, type: ValueType): number | undefined {
  if (isNoValue(text)) return Number.NaN
  if (type !== 'boolean') return parseNumberText(text, plainNumbers)
  const truth = parseBoolean(text)
  return truth === undefined ? undefined : Number(truth)
}

function addNumeric(
  columns: GrowingColumns,
  { tag, type, factor, shift }: Taken,
  value: number | bigint,
  time: number,
  quality: number,
): Refusal | undefined {
  if (typeof value === 'bigint' && type === 'integer' && !isSafe(value)) {
    columns.addInteger(tag, time, value, quality)
    return undefined
  }
  const number = Number(value)
  if (type === 'integer' && Number.isFinite(number) && !Number.isInteger(number))
    return { reason: 'integer', message: 'is no whole number' }
  if (type === 'boolean' && number !== 0 && number !== 1 && !Number.isNaN(number))
    return { reason: 'boolean', message: 'is neither true nor false' }
  const least = Number.isNaN(number) ? Quality.nullValue : Number.isFinite(number) ? Quality.good : Quality.outOfRange
  const converted = factor === 1 && shift === 0 ? number : number * factor + shift
  columns.addNumber(tag, time, converted, Math.max(quality, least))
  return undefined
}

const isSafe = (value: bigint): boolean => value >= -(2n ** 53n) && value <= 2n ** 53n

function addText(
  columns: GrowingColumns,
  { tag }: Taken,
  text: string,
  time: number,
  quality: number,
): Refusal | undefined {
  if (text.length > maxTextBytes / 4 && Buffer.byteLength(text) > maxTextBytes)
    return { reason: 'text', message: `is longer than ${maxTextBytes} bytes` }
  columns.addText(tag, time, text, quality)
  return undefined
}

function rejectedRow({ header }: ParquetPlan, rows: Rows, row: number, refusal: Refusal): RejectedRow {
  const { reason, message, column, value } = refusal
  const shown = value === undefined || value === null ? 'nothing' : `"${String(value).slice(0, 120)}"`
  const cells = header.flatMap((_, index) => (rows.columns[index] ? [String(rows.columns[index]![row] ?? '')] : []))
  return {
    line: rows.start + row + 1,
    reason,
    message: column === undefined || reason === 'series' ? message : `${shown} ${message}`,
    ...(column !== undefined && { column: header[column]! }),
    ...(value !== undefined && value !== null && { value: String(value).slice(0, 200) }),
    row: cells.join(',').slice(0, 1_000),
  }
}
