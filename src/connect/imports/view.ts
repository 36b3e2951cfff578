import type { Tag, ValueType } from '#model'
import type { CsvPlan, KnownSeries } from './csv/plan.ts'
import { wideKey } from './csv/table-reader.ts'
import type { ParquetPlan } from './parquet/plan.ts'
import type { ImportRecord } from './record.ts'
import type { SeriesBook, SeriesView } from './series-book.ts'

/** What becomes of one column. */
interface ColumnView {
  readonly header: string
  readonly role: 'time' | 'reading' | 'thing' | 'property' | 'value' | 'quality' | 'unit' | 'skipped'
  readonly thing?: string
  readonly property?: string
  readonly type?: ValueType
  /** Of the values in the file. */
  readonly unit?: string
  /** The unit they are stored in, where it is another. */
  readonly storedAs?: string
}

/** How a file is read, for people; Parquet needs less said. */
interface PlanView {
  readonly layout: 'wide' | 'long'
  readonly encoding?: string
  readonly delimiter?: string
  readonly decimal?: string
  readonly thousands?: string
  readonly headerLines?: number
  readonly timeFormat: string
  readonly zone: string
  readonly newestFirst: boolean
  /** Of a long table without a column of things. */
  readonly thing?: string
  readonly columns: readonly ColumnView[]
}

const seriesShown = 50

/** An import as others see it. */
export interface ImportView extends Omit<ImportRecord, 'plan' | 'inDoubt' | 'fingerprint' | 'options' | 'zone'> {
  readonly plan?: PlanView
  /** The first series of a long table, since the start of the instance, and how many there are. */
  readonly series?: readonly SeriesView[]
  readonly seriesCount?: number
}

/** `book` says what columns became, where that is known; `tag` finds the tag of an id. */
export function viewOf(
  record: ImportRecord,
  book: SeriesBook | undefined,
  tag: (id: number) => Tag | undefined,
): ImportView {
  const { plan, inDoubt: _, fingerprint: __, options: ___, zone: ____, ...shown } = record
  if (!plan) return { ...shown, problems: [...shown.problems] }
  return {
    ...shown,
    problems: [...shown.problems],
    ...(!plan.wide && book && { series: book.first(seriesShown), seriesCount: book.count }),
    plan: {
      layout: plan.wide ? 'wide' : 'long',
      ...(plan.format === 'csv' ? csvView(plan) : parquetView(plan)),
      newestFirst: plan.time.descending,
      ...(plan.long?.thing !== undefined && { thing: plan.long.thing }),
      columns: plan.header.map((header, index) => columnView(record, header, index, book?.known, tag)),
    },
  }
}

/** Columns of long tables as we write them. */
const ownRoles = ({ own, textColumn, integerColumn, header }: ParquetPlan): Record<string, ColumnView['role']> => ({
  ...(own && { tag: 'property' as const, value: 'value' as const }),
  ...(textColumn !== undefined && { [header[textColumn]!]: 'value' as const }),
  ...(integerColumn !== undefined && { [header[integerColumn]!]: 'value' as const }),
})

const csvView = ({ encoding, dialect, numbers, time, skipLines }: CsvPlan) => ({
  encoding: encoding.name,
  delimiter: dialect.delimiter,
  ...numbers,
  headerLines: skipLines,
  timeFormat: time.format,
  zone: time.zone,
})

const parquetView = ({ time: { as, zone = 'UTC' } }: ParquetPlan) => ({
  timeFormat: as.kind === 'text' ? as.format : as.kind === 'epoch' ? as.unit : as.kind,
  zone,
})

function columnView(
  { plan, dryRun }: ImportRecord,
  header: string,
  index: number,
  series: ReadonlyMap<string, KnownSeries> | undefined,
  tag: (id: number) => Tag | undefined,
): ColumnView {
  const { time, qualityColumn, long, wide } = plan!
  const own = plan!.format === 'parquet' && !wide ? ownRoles(plan as ParquetPlan)[header] : undefined
  if (time.columns.some((column) => column === index)) return { header, role: 'time' }
  if (own) return { header, role: own }
  if (qualityColumn === index) return { header, role: 'quality' }
  if (long?.thingColumn === index) return { header, role: 'thing' }
  if (long?.propertyColumn === index) return { header, role: 'property' }
  if (long?.valueColumn === index) return { header, role: 'value' }
  if (long?.unitColumn === index) return { header, role: 'unit' }
  const column = wide?.find((one) => one.index === index)
  if (!column) return { header, role: 'skipped' }
  const { thing, property, type, unit } = column
  const known = series?.get(wideKey(index))
  const taken = known && 'tag' in known ? known : undefined
  const stored = taken && !dryRun ? tag(taken.tag)?.unit : undefined
  return {
    ...{ header, role: 'reading', thing, property },
    ...((taken?.type ?? type) !== undefined && { type: taken?.type ?? type! }),
    ...(unit !== undefined && { unit }),
    ...(stored !== undefined && stored !== unit && { storedAs: stored }),
  }
}
