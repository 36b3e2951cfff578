import type { Clock } from '#kernel'

interface Timer {
  readonly dueMs: number
  readonly run: () => void
}

/** A clock that only moves when a test says so. Starts at 2026-01-01 00:00 UTC. */
export class ManualClock implements Clock {
  #wallUs = 1_767_225_600_000_000
  #monotonic = 0
  readonly #timers = new Set<Timer>()

  now(): number {
    return this.#wallUs
  }

  monotonicMs(): number {
    return this.#monotonic
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { dueMs: this.#monotonic + delayMs, run }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Moves both clocks on and runs what falls due, in order of time. */
  advance(ms: number): void {
    const end = this.#monotonic + ms
    for (;;) {
      const due = [...this.#timers].filter(({ dueMs }) => dueMs <= end).sort((a, b) => a.dueMs - b.dueMs)[0]
      if (!due) break
      this.#timers.delete(due)
      this.#move(Math.max(0, due.dueMs - this.#monotonic))
      due.run()
    }
    this.#move(end - this.#monotonic)
  }

  /** The wall clock alone is set, as by a person or NTP. */
  setWall(us: number): void {
    this.#wallUs = us
  }

  #move(ms: number): void {
    this.#monotonic += ms
    this.#wallUs += ms * 1000
  }
}
