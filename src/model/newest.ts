import type { Microseconds } from '#kernel'

/** A device time further ahead of its arrival than this counts as the time of arrival. */
const aheadUs = 10 * 60 * 1e6
/** An arrival so long before the last one tells that the clock of this machine was set back; less is two that crossed. */
const setBackUs = 1e6

/**
 * Whether a reading takes the place of the last one, whose time is NaN where there is none. Newest is by the earlier of
 * device time and arrival: a device whose clock runs ahead does not hold its tag. A row without a device time always
 * counts as newer, even where the clock of this machine was set back. Every historian decides by this. All in µs.
 */
export function isNewer(time: Microseconds, arrivedAt: Microseconds, lastTime: number, lastArrivedAt: number): boolean {
  if (time === arrivedAt || Number.isNaN(lastTime)) return true
  // The clock of this machine was set back: what came before it is no measure any more.
  if (arrivedAt < lastArrivedAt - setBackUs) return true
  const order = Math.min(time, arrivedAt)
  const lastOrder = Math.min(lastTime, lastArrivedAt)
  if (order !== lastOrder) return order > lastOrder
  return believed(time, arrivedAt) >= believed(lastTime, lastArrivedAt)
}

const believed = (time: number, arrivedAt: number): number => (time > arrivedAt + aheadUs ? arrivedAt : time)
