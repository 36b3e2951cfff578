import type { Clock } from '#kernel'

export interface PollerOptions {
  readonly clock: Clock
  readonly everyMs: number
  /** Where in the interval this poller's grid lies, 0 to 1; random, so that many pollers do not all ask at once. */
  readonly phase: number
  /** One cycle. The next begins only after it has ended. */
  poll(): Promise<void>
  /** A cycle ended in an error nobody expected; the next one comes all the same. */
  failed(error: unknown): void
}

/**
 * Calls `poll` on an absolute grid, so that intervals do not drift: the first time at once, then at each point of the
 * grid. A point that comes while a cycle still runs is a missed poll, counted and not made up for.
 */
export class Poller {
  readonly #options: PollerOptions
  #dueMs = 0
  #running = false
  #started = false
  #missed = 0
  #cancel: () => void = () => {}

  constructor(options: PollerOptions) {
    this.#options = options
  }

  /** Points of the grid at which no poll began since the poller was made. */
  get missed(): number {
    return this.#missed
  }

  start(): void {
    if (this.#started) return
    this.#started = true
    const { clock, everyMs, phase } = this.#options
    this.#dueMs = clock.monotonicMs() + everyMs * (0.5 + phase)
    this.#arm()
    if (!this.#running) this.#run()
  }

  /** Begins no further cycle; one under way goes on. */
  stop(): void {
    this.#started = false
    this.#cancel()
  }

  #arm(): void {
    const { clock } = this.#options
    this.#cancel = clock.after(Math.max(0, this.#dueMs - clock.monotonicMs()), () => this.#due())
  }

  #due(): void {
    const { clock, everyMs } = this.#options
    const late = Math.max(0, Math.floor((clock.monotonicMs() - this.#dueMs) / everyMs))
    this.#missed += late
    this.#dueMs += (late + 1) * everyMs
    this.#arm()
    if (this.#running) this.#missed++
    else this.#run()
  }

  async #cycle(): Promise<void> {
    try {
      await this.#options.poll()
    } catch (error) {
      this.#options.failed(error)
    } finally {
      this.#running = false
    }
  }

  #run(): void {
    this.#running = true
    void this.#cycle()
  }
}
