import { fromLocal, toLocal } from '../zoned.ts'
import type { Span } from './zoom.ts'

/** A step of the clock on the wall, and how `GET /readings/aggregate` calls it. */
export interface SnapStep {
  readonly us: number
  readonly text: string
}

const units = [
  ['ms', 1e3, [1, 5, 10, 50, 100, 500]],
  ['s', 1e6, [1, 5, 10, 30]],
  ['m', 60e6, [1, 5, 15, 30]],
  ['h', 3600e6, [1, 2, 6, 12]],
  ['d', 86_400e6, [1, 7, 28]],
] as const

const steps: readonly SnapStep[] = units.flatMap(([unit, us, counts]) =>
  counts.map((count) => ({ us: count * us, text: `${count}${unit}` })),
)
/** So many steps in a view: finer than a hand can point. */
const stepsInView = 400

/** The step that edges of a selection snap to in a view so long. */
export const stepIn = (viewUs: number): SnapStep => steps.find(({ us }) => viewUs / us <= stepsInView) ?? steps.at(-1)!

/** A selection with its edges on round times of the site's clock, at least a step long. */
export function snap({ from, to }: Span, { us }: SnapStep, zone: string): Span {
  const begin = Math.round(toLocal(from, zone) / us)
  const end = Math.max(begin + 1, Math.round(toLocal(to, zone) / us))
  return { from: fromLocal(begin * us, zone), to: fromLocal(end * us, zone) }
}

/**
 * What to ask for the figures of a span: the longest step that both its edges stand on; where they stand on none that is long
 * enough, the span grows to whole steps.
 */
export function figuresAsk(span: Span, zone: string): Span & { readonly step: string } {
  const usual = stepIn(span.to - span.from)
  const [from, to] = [toLocal(span.from, zone), toLocal(span.to, zone)]
  const exact = steps.findLast(({ us }) => us >= usual.us / 10 && from % us === 0 && to % us === 0)
  if (exact) return { ...span, step: exact.text }
  return {
    from: fromLocal(Math.floor(from / usual.us) * usual.us, zone),
    to: fromLocal(Math.ceil(to / usual.us) * usual.us, zone),
    step: usual.text,
  }
}
