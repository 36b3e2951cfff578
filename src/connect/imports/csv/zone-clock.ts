import { type OffsetSpan, offsetSpans } from '#kernel'

const dayUs = 86_400e6
const daysKept = 50_000

/** Whether a zone is one of the IANA database. */
export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** Turns local times of one zone into UTC. */
export class ZoneClock {
  readonly #zone: string
  /** By local day: its offset (µs), or the spans of one on which, or near which, the offset changes. */
  readonly #days = new Map<number, readonly [number] | readonly OffsetSpan[]>()

  constructor(zone: string) {
    this.#zone = zone
  }

  /** The offsets (µs) a local time may have: one; none where the clock skips it; two where it comes twice, first first. */
  offsets(localUs: number): readonly number[] {
    const day = Math.floor(localUs / dayUs)
    let known = this.#days.get(day)
    if (!known) {
      known = this.#ofDay(day)
      if (this.#days.size >= daysKept) this.#days.clear()
      this.#days.set(day, known)
    }
    if (isOffset(known)) return known
    const localMs = localUs / 1000
    return known.filter(({ from, to, offset }) => localMs - offset >= from && localMs - offset < to).map(inUs)
  }

  /** Zones lie within a day of UTC: what holds from the day before to the day after is all that may hold. */
  #ofDay(day: number): readonly [number] | readonly OffsetSpan[] {
    const startMs = (day * dayUs) / 1000
    const spans = offsetSpans(this.#zone, startMs - dayUs / 1000, startMs + (2 * dayUs) / 1000)
    return spans.length === 1 ? [inUs(spans[0]!)] : spans
  }
}

const isOffset = (known: readonly [number] | readonly OffsetSpan[]): known is readonly [number] =>
  typeof known[0] === 'number'

const inUs = ({ offset }: OffsetSpan): number => offset * 1000
