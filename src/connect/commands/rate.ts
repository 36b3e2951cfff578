import type { Clock } from '#kernel'

const windowMs = 60_000

/** Counts writes to each property over the last minute. */
export class WriteRates {
  readonly #clock: Clock
  readonly #sent = new Map<string, number[]>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Seconds until one more may be sent; 0 when it may be now. */
  waitSeconds(property: string, maxPerMinute: number): number {
    const recent = this.#recent(property)
    if (recent.length < maxPerMinute) return 0
    const freed = recent[recent.length - maxPerMinute]! + windowMs
    return Math.max(1, Math.ceil((freed - this.#clock.monotonicMs()) / 1000))
  }

  /** Notes a write sent `agoMs` ago; those of before a restart count as well. */
  sent(property: string, agoMs = 0): void {
    const recent = this.#recent(property)
    recent.push(this.#clock.monotonicMs() - agoMs)
    recent.sort((a, b) => a - b)
    this.#sent.set(property, recent)
  }

  #recent(property: string): number[] {
    const since = this.#clock.monotonicMs() - windowMs
    return (this.#sent.get(property) ?? []).filter((at) => at > since)
  }
}

/** A bucket of `size` permits that fills at `perSecond`. */
export class Permits {
  readonly #clock: Clock
  readonly #size: number
  readonly #perSecond: number
  #left: number
  #at: number

  constructor(clock: Clock, size: number, perSecond: number) {
    this.#clock = clock
    this.#size = size
    this.#perSecond = perSecond
    this.#left = size
    this.#at = clock.monotonicMs()
  }

  take(): boolean {
    const now = this.#clock.monotonicMs()
    this.#left = Math.min(this.#size, this.#left + ((now - this.#at) / 1000) * this.#perSecond)
    this.#at = now
    if (this.#left < 1) return false
    this.#left--
    return true
  }
}
