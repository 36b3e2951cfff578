/** A stretch of time, µs. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** Nothing is zoomed closer than a second or wider than fifty years. */
export const shortestSpanUs = 1e6
export const longestSpanUs = 50 * 366 * 86_400e6

const width = ({ from, to }: Span): number => to - from

/** Makes a range `factor` times as long around a point of it that stays where it is; never shorter or longer than allowed. */
export function zoomAround(span: Span, at: number, factor: number): Span {
  const wanted = Math.min(longestSpanUs, Math.max(shortestSpanUs, width(span) * factor))
  const share = (at - span.from) / width(span)
  const from = at - wanted * share
  return { from, to: from + wanted }
}

/** Moves a range, not beyond now: the future is empty. */
export function moveBy(span: Span, us: number, nowUs: number): Span {
  const by = Math.min(us, Math.max(0, nowUs - span.to))
  return { from: span.from + by, to: span.to + by }
}

/** Two fingers: where they were and where they are, as shares of the width; the times beneath them stay beneath them. */
export function pinch(span: Span, before: readonly [number, number], after: readonly [number, number]): Span {
  const [a, b] = before.map((share) => span.from + share * width(span)) as [number, number]
  const distance = after[1] - after[0]
  if (Math.abs(distance) < 0.01) return span
  const wanted = Math.min(longestSpanUs, Math.max(shortestSpanUs, Math.abs((b - a) / distance)))
  const from = (a + b) / 2 - ((after[0] + after[1]) / 2) * wanted
  return { from, to: from + wanted }
}

/** The part of the brush that is being dragged. */
export type Grip = 'from' | 'to' | 'all'

/** Moves one edge of the window in the brush, or all of it, within the brush. */
export function dragWindow(window: Span, grip: Grip, us: number, brush: Span): Span {
  if (grip === 'all') {
    const by = Math.min(brush.to - window.to, Math.max(brush.from - window.from, us))
    return { from: window.from + by, to: window.to + by }
  }
  if (grip === 'from')
    return {
      from: Math.max(brush.from, Math.min(window.from + us, window.to - shortestSpanUs)),
      to: window.to,
    }
  return { from: window.from, to: Math.min(brush.to, Math.max(window.to + us, window.from + shortestSpanUs)) }
}

const day = 86_400e6
const brushSpans = [day, 7 * day, 35 * day, 100 * day, 366 * day, 5 * 366 * day, 20 * 366 * day, longestSpanUs]

/** How far the brush reaches back: the shortest usual span that holds what there is and what is shown. */
export function brushSpan(oldest: number | undefined, shown: Span, nowUs: number): Span {
  const reach = nowUs - Math.min(oldest ?? nowUs - 360 * day, shown.from)
  const span = brushSpans.find((candidate) => candidate >= reach) ?? longestSpanUs
  return { from: nowUs - span, to: nowUs }
}
