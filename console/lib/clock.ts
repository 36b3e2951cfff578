import { signal } from '@preact/signals'

/** Difference between the instance's clock and ours, µs: ages are told by the clock that stamped the readings. */
let skewUs = 0

/** Now by the clock of the instance, µs. */
export const instanceNow = (): number => Date.now() * 1000 + skewUs

/** Takes the instance's word for what time it is. Differences below 200 ms are the way of the message, not skew. */
export function setInstanceTime(timeUs: number): void {
  const difference = timeUs - Date.now() * 1000
  const before = skewUs
  skewUs = Math.abs(difference) < 200_000 ? 0 : difference
  // What is shown by the clock must not wait for its next tick with the wrong time.
  if (Math.abs(skewUs - before) > 1e6) tick.value = instanceNow()
}

/** Now, once a second: what ages and ranges are shown by. Nothing on the screen ticks faster. */
export const tick = signal(instanceNow())

/** Starts the one timer of the page; on a hidden page it rests. */
export function startClock(): void {
  setInterval(() => {
    if (!document.hidden) tick.value = instanceNow()
  }, 1000)
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) tick.value = instanceNow()
  })
}
