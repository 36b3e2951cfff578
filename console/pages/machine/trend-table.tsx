import { formatClock, formatDate, formatNumber } from '../../lib/format.ts'
import { useSeries } from '../../lib/history.ts'
import { plant } from '../../lib/instance.ts'
import type { LiveProperty } from '../../lib/plant.ts'
import type { Series } from '../../lib/series.ts'
import { unitSymbol } from '../../lib/units.ts'
import { shownLanguage, words } from '../../lib/words.ts'
import { QualityMark } from '../../parts/quality.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { trendBuckets } from '../../parts/trend.tsx'
import { titleOf } from '../../parts/trouble-text.ts'

/** The lines of the trend as tables, newest first: what a screen reader or a keyboard reads instead of a picture. */
export function TrendTable({ lanes }: { lanes: readonly LiveProperty[] }) {
  return (
    <div class="stack">
      {lanes.map((property) => (
        <LaneTable key={property.definition.tag} property={property} />
      ))}
    </div>
  )
}

interface Row {
  readonly series: Series
  readonly index: number
}

function LaneTable({ property: { definition } }: { property: LiveProperty }) {
  const t = words('machine')
  const series = useSeries(definition.tag, trendBuckets)
  const rows: Row[] = series ? series.time.map((_, index) => ({ series, index })).reverse() : []
  const title = `${titleOf(definition)} ${unitSymbol(definition.unit)}`.trim()
  return (
    <div>
      <h3 class="lane-heading">{title}</h3>
      <Table
        label={title}
        columns={columnsOf(definition.decimals, t)}
        rows={rows}
        keyOf={(row) => String(row.series.time[row.index])}
        boxed
        empty={t.noReadings}
      />
    </div>
  )
}

function columnsOf(decimals: number | undefined, t: ReturnType<typeof words<'machine'>>): readonly Column<Row>[] {
  const zone = plant.system.value?.zone ?? 'UTC'
  const language = shownLanguage()
  const figure = (key: 'min' | 'mean' | 'max', title: string): Column<Row> => ({
    key,
    title,
    numeric: true,
    cell: ({ series, index }) => {
      const value = series[key][index]
      return value === null || value === undefined ? '—' : formatNumber(value, decimals)
    },
  })
  return [
    {
      key: 'time',
      title: t.time,
      cell: ({ series, index }) => {
        const time = series.time[index]!
        return `${formatDate(time, zone, language)} ${formatClock(time, zone, true)}`
      },
    },
    figure('min', t.lowest),
    figure('mean', t.mean),
    figure('max', t.highest),
    {
      key: 'quality',
      title: t.quality,
      cell: ({ series, index }) => <QualityMark quality={series.worst[index]!} always />,
    },
  ]
}
