import { untracked } from '@preact/signals'
import { tick } from '../../lib/clock.ts'
import { formatNames } from '../../lib/explore/address.ts'
import { type Chosen, type Drawn, linesOf } from '../../lib/explore/chosen.ts'
import { drawPlot } from '../../lib/explore/draw.ts'
import { lineOf } from '../../lib/explore/page-lines.ts'
import { gapOf, scaleOf } from '../../lib/explore/scale.ts'
import { plotWidth, view } from '../../lib/explore/view.ts'
import { formatNumber, localText } from '../../lib/format.ts'
import { plant } from '../../lib/instance.ts'
import { token } from '../../lib/palette.ts'
import { hrefOf } from '../../lib/router.ts'
import { shownLanguage } from '../../lib/words.ts'
import { Canvas } from '../../parts/canvas.tsx'
import { periodText } from '../../parts/period.ts'
import { plotTheme } from '../../parts/plot-theme.ts'
import { QualityMark } from '../../parts/quality.tsx'
import { titleOf } from '../../parts/trouble-text.ts'
import { shown, ValueText } from '../../parts/value.tsx'

const height = 72

/** Many properties at once, small: each a value and its line over the shared range. One click looks closer. */
export function Wall({ chosen }: { chosen: readonly Chosen[] }) {
  return (
    <ul class="body charts">
      {linesOf(chosen).map((one) => (
        <li key={one.name}>
          <SmallChart drawn={one} />
        </li>
      ))}
    </ul>
  )
}

function SmallChart({ drawn }: { drawn: Drawn }) {
  const { property } = drawn
  const { definition } = property
  const machine = localText(plant.find(property.thing)?.view.title, shownLanguage())
  const paint = (pen: CanvasRenderingContext2D, width: number, high: number) => {
    const { series } = lineOf(drawn)
    if (!series) return pen.clearRect(0, 0, width, high)
    const line = {
      series,
      shiftUs: 0,
      colour: token('data'),
      dash: [],
      width: Number.parseFloat(token('spark')),
      envelope: true,
      gapUs: gapOf(series, definition.everyMs),
      axis: 0,
    }
    drawPlot(pen, {
      width,
      height: high,
      left: 0,
      right: 0,
      view: view.peek(),
      lines: [line],
      axes: [{ scale: scaleOf([line], view.peek(), definition.normal), side: 'left', at: -100, grid: false }],
      band: definition.normal,
      theme: plotTheme(),
      format: formatNumber,
    })
  }
  return (
    <a class="small-chart" href={hrefOf('/explore', { tags: formatNames([drawn.name]) })}>
      <span class="xs quiet clip">{machine}</span>
      <span class="row">
        <span class="s clip">{titleOf(definition)}</span>
        <span class="end">
          <Now drawn={drawn} />
        </span>
      </span>
      <Canvas
        height={height}
        of={String(definition.tag)}
        label={`${machine}, ${titleOf(definition)}: ${periodText()}`}
        follow={() => {
          view.value
          lineOf(drawn)
        }}
        paint={paint}
        onWidth={(width) => {
          plotWidth.value = Math.max(50, width)
        }}
      />
    </a>
  )
}

/** Ten values a second cannot be read, nor fifty times ten drawn: figures follow once a second, lines with each reading. */
function Now({ drawn: { property } }: { drawn: Drawn }) {
  tick.value
  const now = untracked(() => shown(property))
  return (
    <>
      {now.reading && <QualityMark quality={now.quality} />} <ValueText property={property} now={now} />
    </>
  )
}
