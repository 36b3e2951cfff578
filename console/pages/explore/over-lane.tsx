import { parseEarlier } from '../../lib/explore/address.ts'
import { colourOf, type Drawn, dashOf } from '../../lib/explore/chosen.ts'
import { cursorAt } from '../../lib/explore/cursor.ts'
import { type DrawnAxis, drawPlot } from '../../lib/explore/draw.ts'
import { lineOf, shiftOf } from '../../lib/explore/page-lines.ts'
import { scaleOf } from '../../lib/explore/scale.ts'
import { plotWidth, view } from '../../lib/explore/view.ts'
import { formatNumber } from '../../lib/format.ts'
import { token } from '../../lib/palette.ts'
import { queryEntry } from '../../lib/router.ts'
import { unitSymbol } from '../../lib/units.ts'
import { words } from '../../lib/words.ts'
import { Badge } from '../../parts/badge.tsx'
import { Canvas } from '../../parts/canvas.tsx'
import { periodText } from '../../parts/period.ts'
import { axisWidth, furtherAxis, plotTheme, rightSpace } from '../../parts/plot-theme.ts'
import { linesToDraw, valueAt } from './lane.tsx'

const height = 360

/** Lines of one unit share an axis; the first stands left, further ones right. */
function unitsOf(drawn: readonly Drawn[]): readonly (readonly Drawn[])[] {
  const byUnit = new Map<string, Drawn[]>()
  for (const one of drawn) {
    const unit = one.property.definition.unit ?? ''
    byUnit.set(unit, [...(byUnit.get(unit) ?? []), one])
  }
  return [...byUnit.values()]
}

/** What is left free right of the plot for further axes. */
export const rightOf = (drawn: readonly Drawn[]): number =>
  rightSpace + Math.max(0, unitsOf(drawn).length - 1) * furtherAxis

/** All lines in one plot, an axis a unit, told apart by colour and dashes. */
export function OverLane({ drawn }: { drawn: readonly Drawn[] }) {
  const t = words('explore')
  const earlier = parseEarlier(queryEntry('vs'))
  const shiftUs = shiftOf(earlier)
  const units = unitsOf(drawn)
  const right = rightOf(drawn)
  const paint = (pen: CanvasRenderingContext2D, width: number, high: number) => {
    const lines = units.flatMap((group, axis) =>
      group.flatMap((one) => linesToDraw(one, shiftUs, axis, dashOf(one.index))),
    )
    const axes = units.map((group, at): DrawnAxis => {
      const own = lines.filter(({ axis }) => axis === at)
      // One colour where the axis is that of one line; else the text's.
      const colour = units.length > 1 && group.length === 1 ? { colour: token(colourOf(group[0]!.index)) } : {}
      const scale = scaleOf(own, view.peek(), undefined)
      return at === 0
        ? { scale, side: 'left', at: axisWidth - 8, grid: true, ...colour }
        : { scale, side: 'right', at: width - right + 8 + (at - 1) * furtherAxis, grid: false, ...colour }
    })
    drawPlot(pen, {
      width,
      height: high,
      left: axisWidth,
      right,
      view: view.peek(),
      lines,
      axes,
      theme: plotTheme(),
      format: formatNumber,
    })
  }
  const names = drawn.map(({ title }) => title).join(', ')
  return (
    <div class="lane">
      <Canvas
        height={height}
        of={`${drawn.map(({ name }) => name).join()}:${shiftUs}`}
        label={`${names}: ${periodText()}`}
        follow={() => {
          view.value
          for (const one of drawn) {
            lineOf(one)
            if (shiftUs > 0) lineOf(one, shiftUs)
          }
        }}
        paint={paint}
        onWidth={(width) => {
          plotWidth.value = Math.max(50, width - axisWidth - right)
        }}
      />
      {earlier && (
        <span class="tag earlier-tag">
          <i class="thin" />
          {t.earlierTag[earlier]}
        </span>
      )}
      <CursorList drawn={drawn} right={right} />
      <ul class="legend dashes">
        {drawn.map(({ name, title, index, property: { definition } }) => (
          <li key={name}>
            <Badge index={index} />
            <svg viewBox="0 0 28 4" aria-hidden="true" class={`dash ${colourOf(index)}`}>
              <path d="M0 2h28" stroke-dasharray={dashOf(index).join(' ') || undefined} />
            </svg>
            <span>
              {title} <span class="quiet">{unitSymbol(definition.unit)}</span>
            </span>
          </li>
        ))}
      </ul>
    </div>
  )
}

function CursorList({ drawn, right }: { drawn: readonly Drawn[]; right: number }) {
  const at = cursorAt.value
  if (at === undefined) return null
  const { from, to } = view.value
  const share = (at - from) / (to - from)
  return (
    <div
      class={`tag box num cursor-tag list${share > 0.5 ? ' flip' : ''}`}
      style={{ left: `calc(${axisWidth}px + (100% - ${axisWidth + right}px) * ${share})` }}
    >
      {drawn.map((one) => (
        <span key={one.name} class="row">
          <Badge index={one.index} />
          <b>{valueAt(one, at, 0) ?? '—'}</b>
        </span>
      ))}
    </div>
  )
}
