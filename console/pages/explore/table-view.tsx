import type { Value } from '../../lib/contract.ts'
import { type Chosen, type Drawn, linesOf, statesOf } from '../../lib/explore/chosen.ts'
import { lineOf, stateLines } from '../../lib/explore/page-lines.ts'
import { firstFrom } from '../../lib/explore/scale.ts'
import { view } from '../../lib/explore/view.ts'
import { formatClock, formatDate, formatLength, formatNumber, formatValue } from '../../lib/format.ts'
import type { Series } from '../../lib/series.ts'
import { unitSymbol } from '../../lib/units.ts'
import { shownLanguage, words } from '../../lib/words.ts'
import { Badge } from '../../parts/badge.tsx'
import { siteZone } from '../../parts/period.ts'
import { QualityMark } from '../../parts/quality.tsx'
import { type Column, Table } from '../../parts/table.tsx'

/** The lines as tables, newest first: what a screen reader or a keyboard reads instead of a picture. */
export function TableView({ chosen }: { chosen: readonly Chosen[] }) {
  return (
    <div class="stack">
      {linesOf(chosen).map((one) => (
        <LineTable key={one.name} drawn={one} />
      ))}
      {statesOf(chosen).map((one) => (
        <StateTable key={one.name} drawn={one} />
      ))}
    </div>
  )
}

interface LineRow {
  readonly series: Series
  readonly index: number
}

function LineTable({ drawn }: { drawn: Drawn }) {
  const t = words('explore')
  const { definition } = drawn.property
  const { series } = lineOf(drawn)
  const rows: LineRow[] = []
  if (series)
    for (let index = firstFrom(series.time, view.value.to) - 1; index >= 0; index--) {
      if (series.time[index]! + series.bucketUs <= view.value.from) break
      rows.push({ series, index })
    }
  const figure = (key: 'min' | 'mean' | 'max', title: string): Column<LineRow> => ({
    key,
    title,
    numeric: true,
    cell: ({ series: of, index }) => {
      const value = of[key][index]
      return value === null || value === undefined ? '—' : formatNumber(value, definition.decimals)
    },
  })
  return (
    <TableOf
      drawn={drawn}
      rows={rows}
      keyOf={({ series: of, index }) => String(of.time[index])}
      columns={[
        { key: 'time', title: t.time, cell: ({ series: of, index }) => momentText(of.time[index]!) },
        figure('min', t.min),
        figure('mean', t.mean),
        figure('max', t.max),
        {
          key: 'count',
          title: t.readings,
          numeric: true,
          minor: true,
          cell: ({ series: of, index }) => formatNumber(of.count[index]!, 0),
        },
        {
          key: 'quality',
          title: t.quality,
          cell: ({ series: of, index }) => <QualityMark quality={of.worst[index]!} always />,
        },
      ]}
    />
  )
}

interface StateRow {
  readonly start: number
  readonly value: Value
  /** How long it held, µs: from then on, or within a step of time where there are too many to be told one by one. */
  readonly us: number
}

function StateTable({ drawn }: { drawn: Drawn }) {
  const t = words('explore')
  const { definition } = drawn.property
  const { from, to } = view.value
  const { intervals = [], buckets = [] } = stateLines.line(definition.tag).value
  const isSeen = ({ start, end }: { start: number; end: number }) => end > from && start < to
  const rows: StateRow[] = [
    ...intervals.filter(isSeen).map(({ start, end, value }) => ({ start, value, us: end - start })),
    ...buckets.filter(isSeen).flatMap(({ start, totals }) => totals.map(({ value, us }) => ({ start, value, us }))),
  ].reverse()
  const columns: readonly Column<StateRow>[] = [
    { key: 'from', title: t.from, cell: ({ start }) => momentText(start) },
    {
      key: 'value',
      title: t.value,
      cell: ({ value }) => (value === null ? t.noValue : formatValue(value, definition, words('common'))),
    },
    { key: 'lasted', title: t.lasted, numeric: true, cell: ({ us }) => formatLength(us) },
  ]
  return <TableOf drawn={drawn} rows={rows} keyOf={({ start, value }) => `${start} ${value}`} columns={columns} />
}

interface TableOfProps<Row> {
  readonly drawn: Drawn
  readonly rows: readonly Row[]
  readonly columns: readonly Column<Row>[]
  keyOf(row: Row): string
}

function TableOf<Row>({ drawn: { index, property, title: name }, ...table }: TableOfProps<Row>) {
  const t = words('explore')
  const title = `${name} ${unitSymbol(property.definition.unit)}`.trim()
  return (
    <div>
      <h3 class="lane-heading row">
        <Badge index={index} />
        {title}
      </h3>
      <Table {...table} label={t.tableOf(title)} boxed empty={t.noReadingsTable} />
    </div>
  )
}

const momentText = (time: number): string =>
  `${formatDate(time, siteZone(), shownLanguage())} ${formatClock(time, siteZone(), true)}`
