import type { Clock, ErrorCode } from '#kernel'

/** Something that came in and could not be taken. */
export interface Quarantined {
  readonly at: number
  /** The door or machine it came from. */
  readonly from: string
  readonly code: ErrorCode
  readonly reason: string
  /** Its first bytes, as text, control characters shown as `\xNN`. */
  readonly sample: string
}

const kept = 100
const sampleBytes = 200

/** Keeps the last bad messages so that a person can look at them; the count goes on. */
export class Quarantine {
  readonly #clock: Clock
  readonly #entries: Quarantined[] = []
  #count = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** All since the start, also those no longer kept. */
  get count(): number {
    return this.#count
  }

  put(from: string, code: ErrorCode, reason: string, message: Uint8Array): void {
    this.#count++
    this.#entries.push({ at: this.#clock.now(), from, code, reason, sample: printable(message) })
    if (this.#entries.length > kept) this.#entries.shift()
  }

  /** Counts messages that are not kept (the rest of a bad request). */
  add(count: number): void {
    this.#count += count
  }

  /** Newest first. */
  list(): readonly Quarantined[] {
    return this.#entries.toReversed()
  }
}

function printable(message: Uint8Array): string {
  const text = new TextDecoder().decode(message.subarray(0, sampleBytes))
  return text.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
