import { parseEarlier } from '../../lib/explore/address.ts'
import { colourOf, type Drawn } from '../../lib/explore/chosen.ts'
import { cursorAt } from '../../lib/explore/cursor.ts'
import { type DrawnLine, drawPlot } from '../../lib/explore/draw.ts'
import { lineOf, shiftOf } from '../../lib/explore/page-lines.ts'
import { bucketAt, extentIn, gapOf, scaleOf } from '../../lib/explore/scale.ts'
import { plotWidth, view } from '../../lib/explore/view.ts'
import { formatNumber, formatValueWithUnit } from '../../lib/format.ts'
import { token } from '../../lib/palette.ts'
import { queryEntry } from '../../lib/router.ts'
import { unitSymbol } from '../../lib/units.ts'
import { words } from '../../lib/words.ts'
import { Badge } from '../../parts/badge.tsx'
import { Canvas } from '../../parts/canvas.tsx'
import { periodText } from '../../parts/period.ts'
import { axisWidth, plotTheme, rightSpace } from '../../parts/plot-theme.ts'

/** One property on its own axis: the line with its envelope, the limits of its normal band, the line of comparison behind. */
export function Lane({ drawn, height }: { drawn: Drawn; height: number }) {
  const { property, index } = drawn
  const { definition } = property
  const earlier = parseEarlier(queryEntry('vs'))
  const shiftUs = shiftOf(earlier)
  const paint = (pen: CanvasRenderingContext2D, width: number, high: number) => {
    const lines = linesToDraw(drawn, shiftUs, 0, [])
    drawPlot(pen, {
      width,
      height: high,
      left: axisWidth,
      right: rightSpace,
      view: view.peek(),
      lines,
      axes: [{ scale: scaleOf(lines, view.peek(), definition.normal), side: 'left', at: axisWidth - 8, grid: true }],
      band: definition.normal,
      theme: plotTheme(),
      format: formatNumber,
    })
  }
  const t = words('explore')
  return (
    <div class="lane" data-lane={drawn.name}>
      <Canvas
        height={height}
        of={`${definition.tag}:${shiftUs}`}
        label={useSentence(drawn)}
        follow={() => {
          view.value
          lineOf(drawn)
          if (shiftUs > 0) lineOf(drawn, shiftUs)
        }}
        paint={paint}
        onWidth={(width) => {
          plotWidth.value = Math.max(50, width - axisWidth - rightSpace)
        }}
      />
      <span class="tag lane-title">
        <Badge index={index} />
        <b>{drawn.title}</b> {unitSymbol(definition.unit)}
      </span>
      {earlier && (
        <span class="tag earlier-tag">
          <i class="thin" />
          {t.earlierTag[earlier]}
        </span>
      )}
      <CursorTag drawn={drawn} shiftUs={shiftUs} />
      <NoReadings drawn={drawn} />
    </div>
  )
}

/** The line of comparison first, so that it lies behind. */
export function linesToDraw(drawn: Drawn, shiftUs: number, axis: number, dash: readonly number[]): DrawnLine[] {
  const { property, index } = drawn
  const lines: DrawnLine[] = []
  const { everyMs } = property.definition
  const ghost = shiftUs > 0 ? lineOf(drawn, shiftUs).series : undefined
  if (ghost)
    lines.push({
      series: ghost,
      shiftUs,
      colour: token('band-edge'),
      dash: [],
      width: 1,
      envelope: false,
      gapUs: gapOf(ghost, everyMs),
      axis,
    })
  const { series } = lineOf(drawn)
  if (series)
    lines.push({
      series,
      shiftUs: 0,
      colour: token(colourOf(index)),
      dash,
      width: Number.parseFloat(token('spark')) + 0.25,
      envelope: true,
      gapUs: gapOf(series, everyMs),
      axis,
    })
  return lines
}

function NoReadings({ drawn }: { drawn: Drawn }) {
  const t = words('explore')
  const { series, loading } = lineOf(drawn)
  if (loading || !series || extentIn(series, view.value)) return null
  return <span class="lane-note s soft">{t.noReadings}</span>
}

/** Value and, where readings were gathered, lowest and highest at the cursor. */
function CursorTag({ drawn, shiftUs }: { drawn: Drawn; shiftUs: number }) {
  const at = cursorAt.value
  if (at === undefined) return null
  const { from, to } = view.value
  const share = (at - from) / (to - from)
  const text = valueAt(drawn, at, 0)
  const before = shiftUs > 0 ? valueAt(drawn, at - shiftUs, shiftUs) : undefined
  return (
    <span class={`tag box num cursor-tag${share > 0.5 ? ' flip' : ''}`} style={atShare(share)}>
      <b>{text ?? '—'}</b>
      {before !== undefined && <span class="quiet">{before}</span>}
    </span>
  )
}

/** Where a share of the plot lies in a lane. */
export const atShare = (share: number) => ({
  left: `calc(${axisWidth}px + (100% - ${axisWidth + rightSpace}px) * ${share})`,
})

/** What a line says at a moment: its value, with lowest and highest where a bucket holds several. */
export function valueAt(drawn: Drawn, at: number, shiftUs: number): string | undefined {
  const { definition } = drawn.property
  const { series } = lineOf(drawn, shiftUs)
  const bucket = series && bucketAt(series, at, gapOf(series, definition.everyMs))
  if (bucket === undefined) return undefined
  const text = formatValueWithUnit(series!.mean[bucket], { ...definition, type: 'number' }, words('common'))
  if (series!.count[bucket]! <= 1 || series!.min[bucket] === series!.max[bucket]) return text
  return `${text} (${formatNumber(series!.min[bucket]!, definition.decimals)}–${formatNumber(series!.max[bucket]!, definition.decimals)})`
}

/** What the lane shows, in words. */
function useSentence(drawn: Drawn): string {
  const t = words('explore')
  const { definition } = drawn.property
  const { title } = drawn
  const { series } = lineOf(drawn)
  const extent = series && extentIn(series, view.value)
  const period = periodText()
  if (!extent) return t.laneEmpty(title, period)
  const text = (value: number) => formatValueWithUnit(value, { ...definition, type: 'number' }, words('common'))
  const last = series.last.findLast((value) => value !== null) ?? extent.max
  const sentence = t.laneSentence(title, period, text(extent.min), text(extent.max), text(last))
  const earlier = parseEarlier(queryEntry('vs'))
  return earlier ? t.laneCompared(sentence, t.earlierTag[earlier]) : sentence
}
