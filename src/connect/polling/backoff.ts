import type { Clock } from '#kernel'

export interface BackoffOptions {
  readonly clock: Clock
  readonly random: () => number
  readonly firstMs: number
  readonly longestMs: number
}

/** Pauses between attempts: each twice as long as the one before, with jitter, up to a longest. */
export class Backoff {
  readonly #options: BackoffOptions
  #tries = 0
  #cancel: (() => void) | undefined
  #nextAtMs: number | undefined

  constructor(options: BackoffOptions) {
    this.#options = options
  }

  /** Attempts that failed in a row. */
  get tries(): number {
    return this.#tries
  }

  /** When the next attempt is made, on the monotonic clock. */
  get nextAtMs(): number | undefined {
    return this.#nextAtMs
  }

  /** Another attempt failed: `attempt` is called after the pause. */
  failed(attempt: () => void): void {
    const { clock, random, firstMs, longestMs } = this.#options
    this.#cancel?.()
    const pauseMs = Math.min(longestMs, firstMs * 2 ** Math.min(this.#tries, 20)) * (0.5 + random() / 2)
    this.#tries++
    this.#nextAtMs = clock.monotonicMs() + pauseMs
    this.#cancel = clock.after(pauseMs, () => {
      this.#nextAtMs = undefined
      attempt()
    })
  }

  /** It works again: the next pause is a short one. */
  succeeded(): void {
    this.stop()
    this.#tries = 0
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#nextAtMs = undefined
  }
}
