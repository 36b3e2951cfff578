/** Microseconds since 1970-01-01 UTC, exact as a float64 until the year 2255. */
export type Microseconds = number

/** Time handed in, so that tests own it. */
export interface Clock {
  /** Wall clock in µs since the epoch. May step backwards when the machine's clock is set. */
  now(): Microseconds
  /** Milliseconds that only ever grow; for intervals and time-outs. */
  monotonicMs(): number
  /** Calls `run` once after `delayMs`; the function returned cancels it. */
  after(delayMs: number, run: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now() * 1000,
  monotonicMs: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
}

/** The last µs a reading's time may have (2255-01-01): beyond it float64 loses single microseconds. */
export const latestTime: Microseconds = 2 ** 53

/** Waits `delayMs` on the given clock. */
export function delay(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => clock.after(delayMs, resolve))
}
