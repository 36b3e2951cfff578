import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { fewSplits, laneScale, splitDecimals } from '../lib/lane.ts'
import type { drawable } from '../lib/series.ts'

/** Colours and faces read from the tokens, for a canvas. */
export interface PlotTheme {
  readonly line: string
  readonly strong: string
  readonly grid: string
  readonly band: string
  readonly edge: string
  readonly text: string
  readonly font: string
}

export interface LaneOptions {
  readonly box: HTMLElement
  readonly height: number
  readonly theme: PlotTheme
  readonly zone: string
  /** Only the lowest lane carries the time axis. */
  readonly withTime: boolean
  readonly band: { readonly min: number; readonly max: number } | undefined
  formatAxis(value: number, decimals: number): string
  /** The label at the cursor; `undefined` value where there is none. */
  cursorLabel(timeUs: number, value: number | undefined): string
  axisTime(timeUs: number, spanUs: number): string
  /** A stretch of time was dragged over, µs. */
  onSelect(from: number, to: number): void
}

/** One lane of a trend: a property on its own axis, sharing time and cursor with the others. */
export interface Lane {
  update(columns: ReturnType<typeof drawable>, range: { from: number; to: number }): void
  destroy(): void
}

const axisWidth = 48
/** The line; lowest and highest only make its envelope. */
const meanSeries = 3
const seconds = (timeUs: number): number => timeUs / 1e6

/** Draws with uPlot; this module is loaded only when a trend is shown. */
export function createLane(options: LaneOptions): Lane {
  const { box, height, theme, band } = options
  let range = { from: 0, to: 1 }
  let outside: (number | null)[] = []
  const label = document.createElement('span')
  label.className = 'tag box num cursor-label'
  label.hidden = true
  const plot = new uPlot(
    {
      width: Math.max(120, box.clientWidth),
      height: height + (options.withTime ? 24 : 0),
      padding: [6, 4, options.withTime ? 0 : 6, 0],
      legend: { show: false },
      cursor: {
        y: false,
        sync: { key: 'trend', scales: ['x', null], setSeries: false },
        drag: { x: true, y: false, setScale: false },
        points: { size: (_plot, index) => (index === meanSeries ? 7 : 0), fill: theme.strong, stroke: theme.strong },
      },
      scales: {
        x: { time: true, range: () => [seconds(range.from), seconds(range.to)] },
        y: { range: (_plot, min, max) => laneScale(min, max, band) },
      },
      axes: [timeAxis(options), valueAxis(options)],
      series: [
        {},
        { scale: 'y', points: { show: false }, width: 0 },
        { scale: 'y', points: { show: false }, width: 0 },
        { scale: 'y', stroke: theme.line, width: 1.75, points: { show: false } },
        { scale: 'y', stroke: theme.strong, width: 2.25, points: { show: false } },
      ],
      bands: [{ series: [2, 1], fill: `${theme.line}38` }],
      hooks: {
        drawClear: [(u) => drawBand(u, band, theme)],
        setCursor: [(u) => moveLabel(u, label, options)],
        setSelect: [(u) => takeSelection(u, options)],
      },
    },
    [[], [], [], [], []],
    box,
  )
  plot.over.append(label)
  const observer = new ResizeObserver(() => {
    if (box.clientWidth > 0 && box.clientWidth !== plot.width)
      plot.setSize({ width: box.clientWidth, height: plot.height })
  })
  observer.observe(box)
  return {
    update(columns, next) {
      range = next
      outside = band
        ? columns.mean.map((value) => (isOutside(value, band) ? value : null))
        : columns.mean.map(() => null)
      plot.setData([columns.time.map(seconds), columns.min, columns.max, columns.mean, outside])
    },
    destroy() {
      observer.disconnect()
      plot.destroy()
    },
  }
}

const isOutside = (value: number | null, band: { min: number; max: number }): boolean =>
  value !== null && (value < band.min || value > band.max)

function timeAxis({ theme, withTime, axisTime }: LaneOptions): uPlot.Axis {
  return {
    show: withTime,
    size: 24,
    gap: 4,
    space: 90,
    stroke: theme.text,
    font: theme.font,
    grid: { show: false },
    ticks: { show: false },
    values: (u, splits) => {
      const { min, max } = u.scales['x']!
      return splits.map((split) => axisTime(split * 1e6, ((max ?? 0) - (min ?? 0)) * 1e6))
    },
  }
}

function valueAxis({ theme, formatAxis }: LaneOptions): uPlot.Axis {
  return {
    size: axisWidth,
    gap: 8,
    stroke: theme.text,
    font: theme.font,
    grid: { stroke: theme.grid, width: 1 },
    ticks: { show: false },
    splits: (_u, _axis, min, max) => fewSplits(min, max),
    values: (_u, splits) => splits.map((split) => formatAxis(split, splitDecimals(splits))),
  }
}

/** The normal band behind the line, its limits dashed. */
function drawBand(u: uPlot, band: LaneOptions['band'], theme: PlotTheme): void {
  if (!band) return
  const { ctx, bbox } = u
  const clamp = (y: number) => Math.min(bbox.top + bbox.height, Math.max(bbox.top, y))
  const top = u.valToPos(band.max, 'y', true)
  const bottom = u.valToPos(band.min, 'y', true)
  ctx.save()
  ctx.fillStyle = theme.band
  ctx.fillRect(bbox.left, clamp(top), bbox.width, clamp(bottom) - clamp(top))
  ctx.strokeStyle = theme.edge
  ctx.lineWidth = devicePixelRatio
  ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio])
  for (const y of [top, bottom]) {
    if (y !== clamp(y)) continue
    ctx.beginPath()
    ctx.moveTo(bbox.left, y)
    ctx.lineTo(bbox.left + bbox.width, y)
    ctx.stroke()
  }
  ctx.restore()
}

function moveLabel(u: uPlot, label: HTMLElement, options: LaneOptions): void {
  const { left, idx } = u.cursor
  const time = idx === null || idx === undefined ? undefined : u.data[0][idx]
  label.hidden = left === undefined || left < 0 || time === undefined
  if (label.hidden) return
  label.textContent = options.cursorLabel(time! * 1e6, u.data[meanSeries]?.[idx!] ?? undefined)
  const isRight = left! > u.over.clientWidth / 2
  label.style.left = isRight ? '' : `${left! + 6}px`
  label.style.right = isRight ? `${u.over.clientWidth - left! + 6}px` : ''
}

function takeSelection(u: uPlot, options: LaneOptions): void {
  const { left, width } = u.select
  if (width < 8) return
  const from = u.posToVal(left, 'x') * 1e6
  const to = u.posToVal(left + width, 'x') * 1e6
  u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false)
  options.onSelect(from, to)
}
