import { useEffect, useRef, useState } from 'preact/hooks'
import { token } from '../lib/palette.ts'
import { bounds } from '../lib/range.ts'
import { gapUs, type Series, wholeBuckets } from '../lib/series.ts'
import { type Segment, sparkSegments } from '../lib/spark.ts'

const watched = new WeakMap<Element, (width: number) => void>()
/** One observer for all sparklines of the page. */
const observer = new ResizeObserver((entries) => {
  for (const { target, contentRect } of entries) watched.get(target)?.(Math.round(contentRect.width))
})

interface SparklineProps {
  readonly series: Series | undefined
  /** Interval expected, to tell a gap from a slow sensor. */
  readonly everyMs: number | undefined
  /** Drawn behind, where the value is outside of it. */
  readonly band?: { readonly min: number; readonly max: number } | undefined
  /** The newest value is only the last known one: the line ends dotted. */
  readonly doubt?: boolean
  /** Another range than the shared one. */
  readonly span?: { readonly from: number; readonly to: number }
}

/**
 * The shared range without an axis: a dot is now, a gap stays a gap, dotted is last known. Drawn on a canvas, as wide as
 * its box; it says nothing that the value, its band and its age do not say in words.
 */
export function Sparkline({ series, everyMs, band, doubt = false, span }: SparklineProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const element = canvas.current!
    watched.set(element, setWidth)
    observer.observe(element)
    return () => observer.unobserve(element)
  }, [])
  const { from, to } = span ?? (series ? wholeBuckets(series, bounds.value) : bounds.value)
  const colours = { line: token('data'), band: token('band-soft'), gap: token('band-edge'), width: token('spark') }
  useEffect(() => {
    if (canvas.current && width > 0) draw(canvas.current, width, { series, everyMs, band, doubt }, from, to, colours)
  })
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas without a tabindex takes no focus
  return <canvas class="spark" ref={canvas} aria-hidden="true" />
}

interface Colours {
  readonly line: string
  readonly band: string
  readonly gap: string
  readonly width: string
}

function draw(
  canvas: HTMLCanvasElement,
  width: number,
  { series, everyMs, band, doubt = false }: SparklineProps,
  from: number,
  to: number,
  colours: Colours,
): void {
  const height = canvas.clientHeight
  const ratio = devicePixelRatio || 1
  if (canvas.width !== width * ratio || canvas.height !== height * ratio) {
    canvas.width = width * ratio
    canvas.height = height * ratio
  }
  const context = canvas.getContext('2d')
  if (!context) return
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, width, height)
  if (!series) return
  const frame = { width: width - 3, height, from, to, gapUs: gapUs(series.bucketUs, everyMs), band, doubt }
  const { segments, bandBox, dot } = sparkSegments(series, frame)
  if (bandBox) {
    context.fillStyle = colours.band
    context.fillRect(0, bandBox.top, width, bandBox.bottom - bandBox.top)
  }
  context.lineJoin = 'round'
  context.lineWidth = Number.parseFloat(colours.width) || 1.5
  for (const segment of segments) stroke(context, segment, colours)
  if (!dot) return
  context.fillStyle = colours.line
  context.beginPath()
  context.arc(dot.x, dot.y, 2.5, 0, Math.PI * 2)
  context.fill()
}

function stroke(context: CanvasRenderingContext2D, { points, dotted }: Segment, colours: Colours): void {
  context.setLineDash(dotted ? [2, 3] : [])
  context.strokeStyle = dotted ? colours.gap : colours.line
  context.beginPath()
  for (const [index, { x, y }] of points.entries())
    if (index === 0) context.moveTo(x, y)
    else context.lineTo(x, y)
  // One lone point is a short dash, so that it is seen.
  if (points.length === 1) context.lineTo(points[0]!.x + 1, points[0]!.y)
  context.stroke()
}
