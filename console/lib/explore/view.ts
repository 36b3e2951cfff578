import { computed, signal } from '@preact/signals'
import { instanceNow, tick } from '../clock.ts'
import { range, setRange } from '../range.ts'
import { boundsAt, type TimeRange } from '../time-range.ts'
import { moveBy, type Span, zoomAround } from './zoom.ts'

/** Width of a plot in pixels: as many buckets are asked for. */
export const plotWidth = signal(800)

/** What fingers, wheel and keys have made of the range and the address does not know yet. */
const gesture = signal<{ readonly span: Span; readonly live: boolean } | undefined>(undefined)
/** Now, as of the newest message: live lines go on between two seconds. */
const newest = signal(0)

const settleMs = 300
let settling: ReturnType<typeof setTimeout> | undefined
/** Where one came from, to go back with a double click. */
const before: TimeRange[] = []
const beforeAtMost = 50

/** The range on the screen, the same for all lanes. While live it moves by whole pixels, so that lines do not creep. */
export const view = computed((): Span => {
  const next = spanNow()
  // The same object while nothing has moved: what follows the view is not told of every message.
  if (next.from !== last.from || next.to !== last.to) last = next
  return last
})
let last: Span = { from: 0, to: 1 }

function spanNow(): Span {
  const moved = gesture.value
  if (moved && !moved.live) return moved.span
  const current = moved ? { live: true as const, spanUs: moved.span.to - moved.span.from } : range.value
  if (!current.live) return boundsAt(current, 0)
  const pixel = current.spanUs / Math.max(1, plotWidth.value)
  const to = Math.ceil(Math.max(tick.value, newest.value) / pixel) * pixel
  return { from: to - current.spanUs, to }
}

/** Whether the view follows now. */
export const isLive = computed(() => gesture.value?.live ?? range.value.live)

/** Live readings came: the view follows. */
export function followNow(): void {
  newest.value = instanceNow()
}

/** Shows a range at once; the address follows when the hand has come to rest. */
export function moveView(span: Span, options: { live?: boolean } = {}): void {
  gesture.value = { span, live: options.live ?? false }
  clearTimeout(settling)
  settling = setTimeout(settleView, settleMs)
}

/** Takes what the hand has made of the range into the address. */
export function settleView(): void {
  clearTimeout(settling)
  const moved = gesture.peek()
  if (!moved) return
  goTo(moved.live ? { live: true, spanUs: wholeSpan(moved.span.to - moved.span.from) } : { live: false, ...moved.span })
  gesture.value = undefined
}

/** Goes to a range, and remembers where from. */
export function goTo(next: TimeRange): void {
  before.push(range.peek())
  if (before.length > beforeAtMost) before.shift()
  setRange(next)
}

/** Back to the range before, else twice as wide. */
export function goBack(): void {
  const last = before.pop()
  if (last) setRange(last)
  else zoomView(2)
}

/** Zooms around a moment; a live view without one keeps its end at now, and stays live. */
export function zoomView(factor: number, at?: number): void {
  const span = view.peek()
  const live = isLive.peek() && at === undefined
  moveView(zoomAround(span, at ?? (live ? span.to : (span.from + span.to) / 2), factor), { live })
}

/** Pans by a share of the width. Back from now, Live stops; at now again, it goes on. */
export function panView(share: number): void {
  const span = view.peek()
  const now = instanceNow()
  const moved = moveBy(span, share * (span.to - span.from), now)
  moveView(moved, { live: share > 0 && moved.to >= now })
}

/** The address tells live ranges in whole seconds, minutes or hours. */
function wholeSpan(us: number): number {
  const unit = us > 86_400e6 ? 3600e6 : us > 3600e6 ? 60e6 : 1e6
  return Math.max(1, Math.round(us / unit)) * unit
}
