// biome-ignore-all lint/a11y/noStaticElementInteractions: the grips are for a hand; keys move the slider they are part of
import { useEffect, useRef, useState } from 'preact/hooks'
import { api } from '../../lib/api.ts'
import { instanceNow } from '../../lib/clock.ts'
import type { Drawn } from '../../lib/explore/chosen.ts'
import { drawPlot } from '../../lib/explore/draw.ts'
import { lineOf } from '../../lib/explore/page-lines.ts'
import { gapOf, scaleOf } from '../../lib/explore/scale.ts'
import { moveView, panView, settleView, view } from '../../lib/explore/view.ts'
import { brushSpan, dragWindow, type Grip, type Span } from '../../lib/explore/zoom.ts'
import { formatNumber } from '../../lib/format.ts'
import { plant } from '../../lib/instance.ts'
import { token } from '../../lib/palette.ts'
import { type Series, seriesOf } from '../../lib/series.ts'
import { words } from '../../lib/words.ts'
import { Canvas } from '../../parts/canvas.tsx'
import { spanText } from '../../parts/period.ts'
import { plotTheme } from '../../parts/plot-theme.ts'

const height = 36
const buckets = 400
const dayUs = 86_400e6
/** The window is drawn at least this wide, so that an hour in a year is still seen and held. */
const leastWindowPx = 10

/** When the oldest reading of the instance came, as far as it is known: how far back there may be anything. */
export function oldestReading(): number | undefined {
  const storage = plant.system.value?.historian.storage
  return storage?.oldest
}

/** The long view: where the window of the chart lies in it. Dragging the window moves the chart, its edges zoom. */
export function Brush({ first }: { first: Drawn | undefined }) {
  const t = words('explore')
  const oldest = oldestReading()
  const whole = useWhole(oldest)
  const series = useLong(first, whole)
  if (!first) return null
  const paint = (pen: CanvasRenderingContext2D, width: number, high: number) => {
    if (!series) return pen.clearRect(0, 0, width, high)
    const line = {
      series,
      shiftUs: 0,
      colour: token('data'),
      dash: [],
      width: 1,
      envelope: true,
      gapUs: gapOf(series, first.property.definition.everyMs),
      axis: 0,
    }
    const scale = scaleOf([line], whole, undefined)
    drawPlot(pen, {
      width,
      height: high,
      left: 0,
      right: 0,
      view: whole,
      lines: [line],
      axes: [{ scale, side: 'left', at: -100, grid: false }],
      theme: plotTheme(),
      format: formatNumber,
    })
  }
  return (
    <div class="brush">
      <span class="xs quiet num">{lengthText(whole, t)}</span>
      <div class="brush-plot">
        <Canvas height={height} of={`${whole.from}`} follow={() => {}} paint={paint} />
        <Window whole={whole} />
      </div>
    </div>
  )
}

/** What the brush spans: it changes when the view leaves it or what is oldest becomes known, not with every move. */
function useWhole(oldest: number | undefined): Span {
  const [whole, setWhole] = useState<Span>(() => brushSpan(oldest, view.peek(), instanceNow()))
  const shown = view.value
  useEffect(() => {
    const now = instanceNow()
    const wanted = brushSpan(oldest, view.peek(), now)
    const length = whole.to - whole.from
    if (wanted.to - wanted.from !== length || now - whole.to > length / 200) setWhole(wanted)
  }, [oldest, Math.round(shown.from / dayUs), Math.round(shown.to / 60e6)])
  return whole
}

function useLong(first: Drawn | undefined, whole: Span): Series | undefined {
  const [series, setSeries] = useState<{ readonly tag: number; readonly series: Series }>()
  const tag = first?.property.definition.tag
  const waits = first === undefined || lineOf(first).series === undefined
  useEffect(() => {
    // After the lanes: they are what is looked at.
    if (tag === undefined || waits) return
    const abort = new AbortController()
    api.trend([tag], { from: Math.round(whole.from), to: Math.round(whole.to), buckets }, abort.signal).then(
      (page) => page.trends[0] && setSeries({ tag, series: seriesOf(page.trends[0], page) }),
      () => {}, // the lanes say what is wrong
    )
    return () => abort.abort()
  }, [tag, waits, whole.from, whole.to])
  return series?.tag === tag ? series?.series : undefined
}

function lengthText({ from, to }: Span, t: ReturnType<typeof words<'explore'>>): string {
  const days = Math.round((to - from) / dayUs)
  if (days <= 1) return t.brushSpans.day
  if (days < 360) return t.brushSpans.days(days)
  const years = Math.round(days / 366)
  return years === 1 ? t.brushSpans.year : t.brushSpans.years(years)
}

/** The part of the brush that the chart shows: a slider for keys, three grips for a hand. */
function Window({ whole }: { whole: Span }) {
  const t = words('explore')
  const box = useRef<HTMLDivElement>(null)
  const shown = view.value
  const share = (time: number) => Math.min(1, Math.max(0, (time - whole.from) / (whole.to - whole.from)))
  const [begin, end] = [share(shown.from), share(shown.to)]
  const grip = useGrip(box, whole)
  return (
    <div class="brush-box" ref={box} onPointerDown={(event) => grip(event, 'all', true)}>
      <div
        class="brush-window"
        role="slider"
        tabIndex={0}
        aria-label={t.brush(lengthText(whole, t))}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(end * 100)}
        aria-valuetext={spanText(shown)}
        style={{
          left: `min(${begin * 100}%, 100% - ${leastWindowPx}px)`,
          width: `max(${(end - begin) * 100}%, ${leastWindowPx}px)`,
        }}
        onPointerDown={(event) => grip(event, 'all')}
        onKeyDown={(event) => {
          const step = event.key === 'ArrowRight' ? 0.5 : event.key === 'ArrowLeft' ? -0.5 : 0
          if (step === 0) return
          event.preventDefault()
          event.stopPropagation()
          panView(step)
        }}
      >
        <i class="grip from" onPointerDown={(event) => grip(event, 'from')} />
        <i class="grip to" onPointerDown={(event) => grip(event, 'to')} />
      </div>
    </div>
  )
}

/** Begins to drag a part of the window; beside the window it is first put there. */
function useGrip(box: { current: HTMLElement | null }, whole: Span) {
  return (event: PointerEvent, part: Grip, beside = false): void => {
    if (event.button !== 0) return
    event.stopPropagation()
    event.preventDefault()
    const element = box.current!
    const { left, width } = element.getBoundingClientRect()
    const perPixel = (whole.to - whole.from) / width
    let start = view.peek()
    if (beside) {
      const middle = whole.from + (event.clientX - left) * perPixel
      start = dragWindow(start, 'all', middle - (start.from + start.to) / 2, whole)
      moveView(start)
    }
    const stop = new AbortController()
    const { signal } = stop
    addEventListener(
      'pointermove',
      (move) => moveView(dragWindow(start, part, (move.clientX - event.clientX) * perPixel, whole)),
      { signal },
    )
    const end = () => {
      stop.abort()
      settleView()
    }
    addEventListener('pointerup', end, { signal })
    addEventListener('pointercancel', end, { signal })
  }
}
