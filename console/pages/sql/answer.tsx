// biome-ignore-all lint/a11y/useSemanticElements: a toolbar is no fieldset of a form
import { useMemo, useState } from 'preact/hooks'
import { api, asProblem } from '../../lib/api.ts'
import type { Problem, SqlAnswerView } from '../../lib/contract.ts'
import { colourOf, dashOf } from '../../lib/explore/chosen.ts'
import { drawPlot } from '../../lib/explore/draw.ts'
import { gapOf, scaleOf } from '../../lib/explore/scale.ts'
import { timeTicks } from '../../lib/explore/time-ticks.ts'
import { formatClock, formatDate, formatLength, formatNumber, formatTick } from '../../lib/format.ts'
import { token } from '../../lib/palette.ts'
import { queryEntry, setQuery } from '../../lib/router.ts'
import { chartOf, type SqlChart, timeOf } from '../../lib/sql/chart.ts'
import { shownLanguage, words } from '../../lib/words.ts'
import { Canvas } from '../../parts/canvas.tsx'
import { Card } from '../../parts/card.tsx'
import { ErrorNote } from '../../parts/error.tsx'
import { Icon } from '../../parts/icons.tsx'
import { siteZone, spanText } from '../../parts/period.ts'
import { axisWidth, plotTheme, rightSpace } from '../../parts/plot-theme.ts'
import { type Column, Table } from '../../parts/table.tsx'

const height = 320
const pixelsPerTick = 110

/** What answers the question: rows, or lines over time. */
export function AnswerCard({ answer, sql }: { answer: SqlAnswerView; sql: string }) {
  const t = words('sql')
  const chart = useMemo(() => chartOf(answer), [answer])
  const asChart = queryEntry('as') === 'chart'
  const count = answer.rows.length
  return (
    <Card
      id="answer"
      title={t.answer}
      actions={
        <>
          <span class="s quiet num">{t.rowsIn(formatNumber(count, 0), count, formatLength(answer.ms * 1e3))}</span>
          <div class="row wrap end">
            <div class="seg" role="group" aria-label={t.show}>
              <button type="button" aria-pressed={!asChart} onClick={() => setQuery({ as: undefined })}>
                {t.asTable}
              </button>
              <button type="button" aria-pressed={asChart} onClick={() => setQuery({ as: 'chart' })}>
                {t.asChart}
              </button>
            </div>
            <ExportButton sql={sql} format="csv" />
            <ExportButton sql={sql} format="parquet" />
          </div>
        </>
      }
      footer={answer.truncated && <span>{t.cutOff(formatNumber(count, 0))}</span>}
    >
      {asChart ? chart ? <Chart chart={chart} /> : <p class="body soft">{t.noChart}</p> : <Rows answer={answer} />}
    </Card>
  )
}

interface Row {
  readonly cells: readonly unknown[]
  readonly index: number
}

function Rows({ answer }: { answer: SqlAnswerView }) {
  const t = words('sql')
  const rows = useMemo(() => answer.rows.map((cells, index): Row => ({ cells, index })), [answer])
  const columns = answer.columns.map(
    ({ name, type }, at): Column<Row> => ({
      key: `${at}`,
      title: name,
      numeric: isFigure(type),
      cell: ({ cells }) => cellText(cells[at], type),
    }),
  )
  return (
    <Table
      label={t.tableOf}
      columns={columns}
      rows={rows}
      keyOf={({ index }) => String(index)}
      boxed
      empty={t.noRows}
    />
  )
}

const isFigure = (type: string): boolean => !/^(VARCHAR|TIMESTAMP|DATE|TIME|BOOLEAN)/.test(type)

function cellText(cell: unknown, type: string): string {
  if (cell === null || cell === undefined) return '—'
  if (/^TIMESTAMP/.test(type)) {
    const time = timeOf(cell)
    // A time without a zone is one of a clock on some wall already.
    const zone = /TIME ZONE|TIMESTAMPTZ/.test(type) ? siteZone() : 'UTC'
    if (time !== undefined) return `${formatDate(time, zone, shownLanguage())} ${formatClock(time, zone, true)}`
  }
  if (typeof cell === 'number') return formatNumber(cell)
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell)
}

/** The lines of an answer in one plot, told apart by colour and dashes. */
function Chart({ chart }: { chart: SqlChart }) {
  const t = words('sql')
  const [width, setWidth] = useState(0)
  const view = { from: chart.from, to: chart.to }
  const zone = siteZone()
  const { step, at } = timeTicks(view.from, view.to, zone, Math.max(2, Math.floor(width / pixelsPerTick)))
  const stepUs = 'us' in step ? step.us : step.months * 30 * 86_400e6
  const paint = (pen: CanvasRenderingContext2D, wide: number, high: number) => {
    const lines = chart.lines.map(({ series }, index) => ({
      series,
      shiftUs: 0,
      colour: token(colourOf(index)),
      dash: dashOf(index),
      width: Number.parseFloat(token('spark')) + 0.25,
      envelope: true,
      gapUs: gapOf(series, undefined) * 2,
      axis: 0,
    }))
    drawPlot(pen, {
      width: wide,
      height: high,
      left: axisWidth,
      right: rightSpace,
      view,
      lines,
      axes: [{ scale: scaleOf(lines, view, undefined), side: 'left', at: axisWidth - 8, grid: true }],
      theme: plotTheme(),
      format: formatNumber,
    })
  }
  return (
    <div class="body sql-chart">
      <Canvas
        height={height}
        of="answer"
        label={t.chartSentence(chart.lines.map(({ name }) => name).join(', '), spanText(view))}
        follow={() => {}}
        paint={paint}
        onWidth={setWidth}
      />
      <div
        class="time-axis xs quiet num"
        aria-hidden="true"
        style={{ marginLeft: `${axisWidth}px`, marginRight: `${rightSpace}px` }}
      >
        {at.map((tick) => (
          <span key={tick} style={{ left: `${((tick - view.from) / (view.to - view.from)) * 100}%` }}>
            {formatTick(tick, stepUs, zone, shownLanguage())}
          </span>
        ))}
      </div>
      <ul class="legend dashes">
        {chart.lines.map(({ name }, index) => (
          <li key={name}>
            <svg viewBox="0 0 28 4" aria-hidden="true" class={`dash ${colourOf(index)}`}>
              <path d="M0 2h28" stroke-dasharray={dashOf(index).join(' ') || undefined} />
            </svg>
            <span>{name}</span>
          </li>
        ))}
        {chart.more > 0 && <li class="quiet">{t.moreLines(chart.more)}</li>}
      </ul>
    </div>
  )
}

/** All rows as a file: the question is asked again, without the limit of the page. */
function ExportButton({ sql, format }: { sql: string; format: 'csv' | 'parquet' }) {
  const t = words('sql')
  const [problem, setProblem] = useState<Problem>()
  const [busy, setBusy] = useState(false)
  const name = format === 'csv' ? t.exportCsv : t.exportParquet
  const run = async () => {
    setBusy(true)
    setProblem(undefined)
    try {
      download(await api.sqlFile(sql, format), `answer.${format}`)
    } catch (error) {
      setProblem(asProblem(error))
    }
    setBusy(false)
  }
  return (
    <>
      <button type="button" class="btn small" aria-label={t.exportAs(name)} disabled={busy} onClick={() => void run()}>
        <Icon name="save" />
        <span>{name}</span>
      </button>
      {problem && <ErrorNote title={t.exportFailed} problem={problem} />}
    </>
  )
}

function download(file: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
