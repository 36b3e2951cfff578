// biome-ignore-all lint/a11y/noNoninteractiveTabindex: the chart takes keys of its own
// biome-ignore-all lint/a11y/useSemanticElements: a surface for gestures is no fieldset
import { useRef, useState } from 'preact/hooks'
import { instanceNow } from '../../lib/clock.ts'
import { formatSelection } from '../../lib/explore/address.ts'
import { type Chosen, linesOf, statesOf } from '../../lib/explore/chosen.ts'
import { cursorAt } from '../../lib/explore/cursor.ts'
import { snap, stepIn } from '../../lib/explore/snap.ts'
import { timeTicks } from '../../lib/explore/time-ticks.ts'
import { goTo, plotWidth, view } from '../../lib/explore/view.ts'
import type { Span } from '../../lib/explore/zoom.ts'
import { formatClock, formatLength, formatShortDate, formatTick } from '../../lib/format.ts'
import { setQuery } from '../../lib/router.ts'
import { shownLanguage, words } from '../../lib/words.ts'
import { siteZone, spanText } from '../../parts/period.ts'
import { axisWidth, rightSpace } from '../../parts/plot-theme.ts'
import { useGestures } from './gestures.ts'
import { Lane } from './lane.tsx'
import { OverLane, rightOf } from './over-lane.tsx'
import { StateLane } from './state-lane.tsx'

const firstHeight = 152
const otherHeight = 120
const manyHeight = 92

interface LanesProps {
  readonly chosen: readonly Chosen[]
  readonly over: boolean
  readonly selection: Span | undefined
}

/** All lanes under one hand: one cursor, one selection, one time axis. */
export function Lanes({ chosen, over, selection }: LanesProps) {
  const numbers = linesOf(chosen)
  const states = statesOf(chosen)
  const right = over ? rightOf(numbers) : rightSpace
  const others = numbers.length > 4 ? manyHeight : otherHeight
  return (
    <div class="body lanes">
      {over && numbers.length > 0 ? (
        <OverLane key={String(right)} drawn={numbers} />
      ) : (
        numbers.map((one, index) => <Lane key={one.name} drawn={one} height={index === 0 ? firstHeight : others} />)
      )}
      {states.map((one) => (
        <StateLane key={one.name} drawn={one} right={right} />
      ))}
      <Surface selection={selection} right={right} />
      <TimeAxis right={right} />
    </div>
  )
}

/** Lies over the lanes, takes what the hand does, and shows selection and cursor. */
function Surface({ selection, right }: { selection: Span | undefined; right: number }) {
  const t = words('explore')
  const surface = useRef<HTMLDivElement>(null)
  const [dragging, setDragging] = useState<Span>()
  useGestures(surface, {
    selecting: (span) => setDragging(span && snapped(span)),
    selected: (span) => setQuery({ sel: span && formatSelection(snapped(span)) }, { replace: false }),
  })
  const shown = dragging ?? selection
  return (
    <div
      class="surface"
      ref={surface}
      role="group"
      tabIndex={0}
      aria-label={t.surface}
      style={{ left: `${axisWidth}px`, right: `${right}px` }}
    >
      {shown && <SelectionBox span={shown} />}
      <CursorLine />
    </div>
  )
}

/** On round times of the site's clock, so that its figures are exact. */
const snapped = (span: Span): Span => snap(span, stepIn(view.peek().to - view.peek().from), siteZone())

const percent = (share: number): string => `${share * 100}%`

function SelectionBox({ span }: { span: Span }) {
  const { from, to } = view.value
  const begin = Math.max(-0.01, (span.from - from) / (to - from))
  const end = Math.min(1.01, (span.to - from) / (to - from))
  if (end <= 0 || begin >= 1) return null
  return (
    <div class="selection" style={{ left: percent(begin), width: percent(end - begin) }}>
      <span class="tag box num">
        {spanText(span)} · {formatLength(span.to - span.from)}
      </span>
    </div>
  )
}

function CursorLine() {
  const at = cursorAt.value
  if (at === undefined) return null
  const { from, to } = view.value
  const share = (at - from) / (to - from)
  if (share < 0 || share > 1) return null
  const clock = formatClock(at, siteZone(), to - from < 6 * 3600e6)
  const text = to - from > 86_400e6 ? `${formatShortDate(at, siteZone(), shownLanguage())} ${clock}` : clock
  return (
    <div class="cursor" style={{ left: percent(share) }}>
      <span class={`tag box num${share > 0.9 ? ' flip' : ''}`}>{text}</span>
    </div>
  )
}

const pixelsPerTick = 110

/** Round times of the site's clock beneath all lanes. */
function TimeAxis({ right }: { right: number }) {
  const { from, to } = view.value
  const zone = siteZone()
  const { step, at } = timeTicks(from, to, zone, Math.max(2, Math.floor(plotWidth.value / pixelsPerTick)))
  const stepUs = 'us' in step ? step.us : step.months * 30 * 86_400e6
  return (
    <div
      class="time-axis xs quiet num"
      aria-hidden="true"
      style={{ marginLeft: `${axisWidth}px`, marginRight: `${right}px` }}
    >
      {at.map((tick) => (
        <span key={tick} style={{ left: percent((tick - from) / (to - from)) }}>
          {formatTick(tick, stepUs, zone, shownLanguage())}
        </span>
      ))}
    </div>
  )
}

/** All there is, up to now. */
export function showAll(oldest: number | undefined): void {
  const to = instanceNow()
  goTo({ live: false, from: oldest ?? to - 365 * 86_400e6, to })
}
