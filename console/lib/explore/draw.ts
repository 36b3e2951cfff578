import { fewSplits, splitDecimals } from '../lane.ts'
import { isGap, type Series } from '../series.ts'
import { seen } from './scale.ts'
import type { Span } from './zoom.ts'

/** Colours and faces read from the tokens. */
export interface PlotTheme {
  readonly grid: string
  readonly bandEdge: string
  readonly text: string
  readonly font: string
}

/** One line of a plot. */
export interface DrawnLine {
  readonly series: Series
  /** How much earlier it is than what the axis says, µs. */
  readonly shiftUs: number
  readonly colour: string
  readonly dash: readonly number[]
  readonly width: number
  /** Lowest and highest around it; a line of comparison has none. */
  readonly envelope: boolean
  readonly gapUs: number
  /** Which of the axes it belongs to. */
  readonly axis: number
}

export interface DrawnAxis {
  readonly scale: readonly [min: number, max: number]
  /** Left of the plot, or right of it; several on a side stand in a row. */
  readonly side: 'left' | 'right'
  readonly at: number
  readonly colour?: string
  readonly grid: boolean
}

export interface Plot {
  readonly width: number
  readonly height: number
  readonly left: number
  readonly right: number
  readonly view: Span
  readonly lines: readonly DrawnLine[]
  readonly axes: readonly DrawnAxis[]
  readonly band?: { readonly min: number; readonly max: number } | undefined
  readonly theme: PlotTheme
  format(value: number, decimals: number): string
}

type Pen = CanvasRenderingContext2D
const padding = 6
/** Points this far apart and more are drawn as dots too: one sees what was measured. */
const pixelsPerDot = 14

/** Where a value stands, in pixels from the top. */
const yOf = (value: number, [min, max]: readonly [number, number], height: number): number =>
  padding + (1 - (value - min) / (max - min)) * (height - 2 * padding)

/** Draws axes, limits and lines. Sizes are in CSS pixels; the context is scaled by whoever calls. */
export function drawPlot(pen: Pen, plot: Plot): void {
  pen.clearRect(0, 0, plot.width, plot.height)
  for (const axis of plot.axes) drawAxis(pen, plot, axis)
  if (plot.band && plot.axes[0]) drawBand(pen, plot, plot.axes[0].scale)
  pen.save()
  pen.beginPath()
  pen.rect(plot.left, 0, plot.width - plot.left - plot.right, plot.height)
  pen.clip()
  pen.lineJoin = 'round'
  for (const line of plot.lines) drawLine(pen, plot, line)
  pen.restore()
}

function drawAxis(pen: Pen, { width, height, left, right, theme, format }: Plot, axis: DrawnAxis): void {
  const splits = fewSplits(axis.scale[0], axis.scale[1])
  const decimals = splitDecimals(splits)
  pen.font = theme.font
  pen.textBaseline = 'middle'
  pen.textAlign = axis.side === 'left' ? 'right' : 'left'
  pen.lineWidth = 1
  pen.strokeStyle = theme.grid
  pen.setLineDash([])
  for (const split of splits) {
    const y = Math.round(yOf(split, axis.scale, height)) + 0.5
    if (axis.grid) {
      pen.beginPath()
      pen.moveTo(left, y)
      pen.lineTo(width - right, y)
      pen.stroke()
    }
    pen.fillStyle = axis.colour ?? theme.text
    pen.fillText(format(split, decimals), axis.at, y)
  }
}

/** The normal band's limits, dashed, where they are within the scale. */
function drawBand(pen: Pen, { width, height, left, right, band, theme }: Plot, scale: readonly [number, number]): void {
  pen.strokeStyle = theme.bandEdge
  pen.lineWidth = 1
  pen.setLineDash([4, 3])
  for (const limit of [band!.min, band!.max]) {
    if (limit < scale[0] || limit > scale[1]) continue
    const y = Math.round(yOf(limit, scale, height)) + 0.5
    pen.beginPath()
    pen.moveTo(left, y)
    pen.lineTo(width - right, y)
    pen.stroke()
  }
  pen.setLineDash([])
}

function drawLine(pen: Pen, plot: Plot, line: DrawnLine): void {
  const { series, gapUs } = line
  const [first, last] = seen(series, { from: plot.view.from - line.shiftUs, to: plot.view.to - line.shiftUs })
  const perUs = (plot.width - plot.left - plot.right) / (plot.view.to - plot.view.from)
  const reach = last > first ? series.time[last - 1]! - series.time[first]! : 0
  const dots = reach * perUs > (last - first - 1) * pixelsPerDot
  let begin = -1
  for (let index = first; index <= last; index++) {
    const ends = index === last || series.mean[index] === null || (begin >= 0 && isGap(series.time, index, gapUs))
    if (ends && begin >= 0) {
      drawStretch(pen, plot, line, begin, index, dots && line.envelope)
      begin = -1
    }
    if (begin < 0 && index < last && series.mean[index] !== null) begin = index
  }
}

/** One unbroken stretch: the envelope, the line, and dots where there are few. */
function drawStretch(pen: Pen, plot: Plot, line: DrawnLine, begin: number, end: number, dots: boolean): void {
  const { series, colour } = line
  const { scale } = plot.axes[line.axis]!
  const perUs = (plot.width - plot.left - plot.right) / (plot.view.to - plot.view.from)
  const origin = plot.left + (series.bucketUs / 2 + line.shiftUs - plot.view.from) * perUs
  const slope = -(plot.height - 2 * padding) / (scale[1] - scale[0])
  const base = padding + (plot.height - 2 * padding) - scale[0] * slope
  if (line.envelope && end - begin > 1) {
    pen.beginPath()
    for (let index = begin; index < end; index++)
      pen.lineTo(origin + series.time[index]! * perUs, base + series.max[index]! * slope)
    for (let index = end - 1; index >= begin; index--)
      pen.lineTo(origin + series.time[index]! * perUs, base + series.min[index]! * slope)
    pen.closePath()
    pen.globalAlpha = 0.22
    pen.fillStyle = colour
    pen.fill()
    pen.globalAlpha = 1
  }
  pen.strokeStyle = colour
  pen.lineWidth = line.width
  pen.setLineDash(line.dash as number[])
  pen.beginPath()
  for (let index = begin; index < end; index++)
    pen.lineTo(origin + series.time[index]! * perUs, base + series.mean[index]! * slope)
  pen.stroke()
  pen.setLineDash([])
  if (!dots && end - begin > 1) return
  pen.fillStyle = colour
  pen.beginPath()
  for (let index = begin; index < end; index++) {
    const x = origin + series.time[index]! * perUs
    const y = base + series.mean[index]! * slope
    pen.moveTo(x + 2.5, y)
    pen.arc(x, y, 2.5, 0, Math.PI * 2)
  }
  pen.fill()
}
