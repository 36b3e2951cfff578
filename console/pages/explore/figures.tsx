// biome-ignore-all lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
// biome-ignore-all lint/a11y/useSemanticElements: a box that scrolls is a region, and no section of the page
import { useEffect, useState } from 'preact/hooks'
import { api } from '../../lib/api.ts'
import { instanceNow } from '../../lib/clock.ts'
import type { AggregatePage } from '../../lib/contract.ts'
import { type Chosen, type Drawn, linesOf } from '../../lib/explore/chosen.ts'
import { type Figures, figuresOf, roughFigures } from '../../lib/explore/figures.ts'
import { lineOf } from '../../lib/explore/page-lines.ts'
import { figuresAsk } from '../../lib/explore/snap.ts'
import { goTo, view } from '../../lib/explore/view.ts'
import type { Span } from '../../lib/explore/zoom.ts'
import { formatNumber } from '../../lib/format.ts'
import { queryEntry, setQuery } from '../../lib/router.ts'
import { unitSymbol } from '../../lib/units.ts'
import { words } from '../../lib/words.ts'
import { Badge } from '../../parts/badge.tsx'
import { Icon } from '../../parts/icons.tsx'
import { siteZone, spanText } from '../../parts/period.ts'

const settleMs = 400

interface FiguresProps {
  readonly chosen: readonly Chosen[]
  readonly selection: Span | undefined
}

/** Lowest, mean, highest, change and count of the selection, or of what is in view. */
export function FiguresTable({ chosen, selection }: FiguresProps) {
  const t = words('explore')
  const drawn = linesOf(chosen)
  const span = selection ?? view.value
  const overTime = queryEntry('mean') === 'time'
  const exact = useFigures(drawn, span, overTime)
  if (drawn.length === 0) return null
  return (
    <>
      <div class="figures-head">
        {selection && (
          <>
            <button type="button" class="btn small" onClick={() => goTo({ live: false, ...selection })}>
              <Icon name="zoom" />
              <span>{t.zoomToIt}</span>
            </button>
            <button type="button" class="btn small bare" onClick={() => setQuery({ sel: undefined })}>
              {t.clear}
            </button>
          </>
        )}
        <label class="row s end" title={t.overTimeHint}>
          <input
            type="checkbox"
            checked={overTime}
            onChange={(event) => setQuery({ mean: event.currentTarget.checked ? 'time' : undefined })}
          />
          {t.overTime}
        </label>
      </div>
      <div class="scroll" tabIndex={0} role="region" aria-label={t.figures}>
        <table>
          <thead>
            <tr>
              <th scope="col">{selection ? t.selectionOf(spanText(span)) : t.inView(spanText(span))}</th>
              <th scope="col">{t.unit}</th>
              {[t.min, overTime ? t.timeMean : t.mean, t.max, t.change, t.readings].map((title) => (
                <th key={title} scope="col" class="n">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {drawn.map((one) => (
              <Row
                key={one.name}
                drawn={one}
                span={span}
                exact={exact?.get(one.property.definition.tag)}
                overTime={overTime}
              />
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}

interface RowProps {
  readonly drawn: Drawn
  readonly span: Span
  readonly exact: Figures | undefined
  readonly overTime: boolean
}

function Row({ drawn, span, exact, overTime }: RowProps) {
  const { definition } = drawn.property
  const { series } = lineOf(drawn)
  const figures = exact ?? (series && roughFigures(series, span))
  const text = (value: number | undefined) =>
    value === undefined
      ? '—'
      : formatNumber(value, definition.decimals ?? (definition.type === 'integer' ? 1 : undefined))
  const mean = overTime ? figures?.timeMean : figures?.mean
  const change = figures?.change
  return (
    <tr>
      <th scope="row">
        <span class="row">
          <Badge index={drawn.index} />
          <span>{drawn.title}</span>
        </span>
      </th>
      <td class="quiet">{unitSymbol(definition.unit)}</td>
      <td class="n">{text(figures?.min)}</td>
      <td class="n">{text(mean)}</td>
      <td class="n">{text(figures?.max)}</td>
      <td class="n">
        {change !== undefined && change > 0 ? '+' : ''}
        {text(change)}
      </td>
      <td class="n">{figures ? formatNumber(figures.count, 0) : '—'}</td>
    </tr>
  )
}

/** Exact figures, asked for once the span has come to rest; what is drawn stands in for them until then. */
function useFigures(drawn: readonly Drawn[], span: Span, overTime: boolean): ReadonlyMap<number, Figures> | undefined {
  const tags = drawn.map(({ property }) => property.definition.tag)
  const zone = siteZone()
  const ask = figuresAsk({ from: span.from, to: Math.max(span.from + 1e3, Math.min(span.to, instanceNow())) }, zone)
  // A live view moves on: what is asked for changes when it has moved by a whole step, and the figures stay until then.
  const key = `${tags.join()};${ask.from};${ask.to};${ask.step};${overTime}`
  const [found, setFound] = useState<{ readonly key: string; readonly figures: ReadonlyMap<number, Figures> }>()
  useEffect(() => {
    if (tags.length === 0) return
    const abort = new AbortController()
    const load = async () => {
      const asked = { ...ask, zone, ...(overTime && { interpolation: 'previous' as const }) }
      const page = await api.aggregate(tags, asked, abort.signal).catch(() => undefined)
      if (page && !abort.signal.aborted) setFound({ key, figures: figuresByTag(page) })
    }
    const timer = setTimeout(() => void load(), settleMs)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [key])
  return found?.key === key ? found.figures : undefined
}

function figuresByTag({ series }: AggregatePage): ReadonlyMap<number, Figures> {
  const figures = new Map<number, Figures>()
  for (const one of series) {
    const of = figuresOf(one)
    if (of) figures.set(one.tag, of)
  }
  return figures
}
