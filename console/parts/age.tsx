import { tick } from '../lib/clock.ts'
import { formatAge } from '../lib/format.ts'

/** How old something is; ticks once a second, not with each reading. */
export function Age({ time }: { time: number | undefined }) {
  return <span class="num">{time === undefined ? '' : formatAge(tick.value - time)}</span>
}
