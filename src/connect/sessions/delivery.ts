import { type Clock, type ErrorCode, isIwError, type Logger } from '#kernel'
import type { DriverReadings, Historian } from '#ports'

export interface DeliveryOptions {
  readonly historian: Historian
  readonly clock: Clock
  readonly log: Logger
}

const reportEveryMs = 60_000
const longestSource = 200

/** The road from the drivers to the historian. What it refuses is lost: counted by thing, and logged at most once a minute. */
export class Delivery {
  readonly #options: DeliveryOptions
  readonly #lost = new Map<string, number>()
  #lostSinceReport = 0
  #reportedAt = Number.NEGATIVE_INFINITY

  constructor(options: DeliveryOptions) {
    this.#options = options
  }

  /** Readings of a thing that were refused since the start. */
  lost(thing: string): number {
    return this.#lost.get(thing) ?? 0
  }

  /** Resolves when the readings are on disk or given up; never rejects. */
  async deliver(thing: string, protocol: string, readings: DriverReadings): Promise<void> {
    const source = `${protocol}/${thing}`.slice(0, longestSource)
    try {
      await this.#options.historian.append({ source, sequence: 0, ...readings })
    } catch (error) {
      this.#refused(thing, readings.count, error)
    }
  }

  #refused(thing: string, count: number, error: unknown): void {
    this.#lost.set(thing, this.lost(thing) + count)
    this.#lostSinceReport += count
    const code: ErrorCode = isIwError(error) ? error.code : 'IW_KERNEL_BUG'
    const now = this.#options.clock.monotonicMs()
    if (now - this.#reportedAt < reportEveryMs) return
    this.#reportedAt = now
    this.#options.log.warn({ thing, code, error, readings: this.#lostSinceReport }, 'readings were lost: not stored')
    this.#lostSinceReport = 0
  }
}
