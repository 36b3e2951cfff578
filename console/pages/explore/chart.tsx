// biome-ignore-all lint/a11y/useSemanticElements: a toolbar is no fieldset of a form
import type { Layout } from '../../lib/explore/address.ts'
import { type Chosen, linesOf, toggle } from '../../lib/explore/chosen.ts'
import { longestGap } from '../../lib/explore/figures.ts'
import { lineOf, lines, stateLines } from '../../lib/explore/page-lines.ts'
import { view } from '../../lib/explore/view.ts'
import type { Span } from '../../lib/explore/zoom.ts'
import { formatClock, formatValue } from '../../lib/format.ts'
import { plant } from '../../lib/instance.ts'
import { machineHref, setQuery } from '../../lib/router.ts'
import { unitSymbol } from '../../lib/units.ts'
import { words } from '../../lib/words.ts'
import { Badge } from '../../parts/badge.tsx'
import { ErrorNote } from '../../parts/error.tsx'
import { Icon } from '../../parts/icons.tsx'
import { shown } from '../../parts/value.tsx'
import { Brush } from './brush.tsx'
import { FiguresTable } from './figures.tsx'
import { Lanes } from './lanes.tsx'
import { TableView } from './table-view.tsx'
import { Wall } from './wall.tsx'

interface ChartCardProps {
  readonly chosen: readonly Chosen[]
  readonly layout: Layout
  readonly selection: Span | undefined
}

/** What is chosen, drawn; beneath it where the view lies in the year, and the figures of the selection. */
export function ChartCard({ chosen, layout, selection }: ChartCardProps) {
  const t = words('explore')
  return (
    <section class="card chart-card" id="chart" aria-labelledby="chart-title">
      <header>
        <h2 id="chart-title" class="vh">
          {t.chart}
        </h2>
        {layout !== 'wall' && (
          <div class="row wrap chips">
            {chosen.map((one) => (
              <Chip key={one.name} chosen={one} />
            ))}
          </div>
        )}
        <LayoutSwitch layout={layout} />
      </header>
      <Failure />
      {lines.slow.value && (
        <p class="bar" role="status">
          <span class="vh">{t.loadingLines}</span>
        </p>
      )}
      {layout === 'wall' ? (
        <Wall chosen={chosen} />
      ) : layout === 'table' ? (
        <TableView chosen={chosen} />
      ) : (
        <Lanes chosen={chosen} over={layout === 'over'} selection={selection} />
      )}
      {layout !== 'wall' && layout !== 'table' && <Brush first={linesOf(chosen)[0]} />}
      {layout !== 'wall' && <FiguresTable chosen={chosen} selection={selection} />}
      {layout !== 'wall' && <CardFoot chosen={chosen} />}
    </section>
  )
}

function Chip({ chosen: { name, index, property, title } }: { chosen: Chosen }) {
  const t = words('explore')
  return (
    <span class="chip">
      <Badge index={index} />
      {property ? (
        <a class="plain clip" href={machineHref(property.thing, { show: property.definition.name })}>
          {title}
        </a>
      ) : (
        <span class="clip">{title}</span>
      )}
      {property ? <ChipValue chosen={{ property }} /> : <span>{t.gone}</span>}
      <button type="button" aria-label={t.removeProperty(title)} onClick={() => toggle(name)}>
        <Icon name="cross" />
      </button>
    </span>
  )
}

function ChipValue({ chosen: { property } }: { chosen: { property: NonNullable<Chosen['property']> } }) {
  const now = shown(property)
  const none = now.value === null || now.value === undefined
  return (
    <>
      <b class={`num clip${now.doubt && !none ? ' doubt' : ''}`}>
        {formatValue(now.value, property.definition, words('common'))}
      </b>
      {!none && unitSymbol(property.definition.unit)}
    </>
  )
}

function LayoutSwitch({ layout }: { layout: Layout }) {
  const t = words('explore')
  if (layout === 'wall') return null
  const options = [
    ['lanes', t.lanes],
    ['over', t.over],
    ['table', t.table],
  ] as const
  return (
    <div class="seg end" role="group" aria-label={t.layout}>
      {options.map(([key, text]) => (
        <button
          key={key}
          type="button"
          aria-pressed={layout === key}
          onClick={() => setQuery({ as: key === 'lanes' ? undefined : key })}
        >
          {text}
        </button>
      ))}
    </div>
  )
}

/** What could not be loaded; the rest of the page goes on. */
function Failure() {
  const t = words('explore')
  const problem = lines.problem.value ?? stateLines.problem.value
  if (!problem) return null
  const again = () => {
    lines.reload()
    stateLines.reload()
  }
  return (
    <ErrorNote title={t.cannotDraw} problem={problem}>
      <button type="button" class="btn" onClick={again}>
        {words('common').tryNow}
      </button>
    </ErrorNote>
  )
}

function CardFoot({ chosen }: { chosen: readonly Chosen[] }) {
  const t = words('explore')
  return (
    <footer>
      <span>{gapText(chosen)}</span>
      <span class="end row hide-s keys-hint" aria-hidden="true">
        <kbd>←</kbd>
        <kbd>→</kbd>
        <span>{t.keyPan}</span>
        <kbd>+</kbd>
        <kbd>−</kbd>
        <span>{t.keyZoom}</span>
        <kbd>C</kbd>
        <span>{t.keyCompare}</span>
      </span>
    </footer>
  )
}

/** The longest hole of what is seen, in words: a gap is never hidden. */
function gapText(chosen: readonly Chosen[]): string {
  const t = words('explore')
  const zone = plant.system.value?.zone ?? 'UTC'
  for (const one of linesOf(chosen)) {
    const { series } = lineOf(one)
    const gap = series && longestGap(series, one.property.definition.everyMs, view.value)
    if (gap) return t.gapNote(gap.missing, one.title, formatClock(gap.from, zone))
  }
  return t.noGap
}
