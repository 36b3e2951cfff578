import { IwError } from './errors.ts'

/** A stretch of time over which a zone keeps one offset from UTC: [from, to) in ms, local time = UTC + offset. */
export interface OffsetSpan {
  readonly from: number
  readonly to: number
  readonly offset: number
}

const dayMs = 86_400_000
/** Zones are looked at so often; no zone has left an offset and come back within two weeks since 1970. */
const lookMs = 14 * dayMs
const keptZones = 64
const known = new Map<string, Zone>()

/**
 * The spans of a zone that overlap [from, to), ms, in order, without a gap; neighbours differ in their offset. The first
 * may begin before `from`, the last end after `to`. Throws `IW_HISTORIAN_STEP` where there is no such zone.
 */
export function offsetSpans(zone: string, from: number, to: number): readonly OffsetSpan[] {
  return zoneOf(zone).spans(from, to)
}

function zoneOf(name: string): Zone {
  const found = known.get(name)
  if (found) return found
  if (known.size >= keptZones) known.clear()
  const zone = new Zone(name)
  known.set(name, zone)
  return zone
}

/** Finds out where a zone changes its offset, and remembers it. */
class Zone {
  readonly #format: Intl.DateTimeFormat
  /** The time that was looked at, and the changes in it: at[i] begins offset[i + 1]. */
  #from = 0
  #to = 0
  #at: number[] = []
  #offset: number[]

  constructor(name: string) {
    try {
      this.#format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset', year: 'numeric' })
    } catch {
      throw new IwError('IW_HISTORIAN_STEP', `"${name.slice(0, 100)}" is not a time zone`)
    }
    this.#offset = [this.#offsetAt(0)]
  }

  spans(from: number, to: number): readonly OffsetSpan[] {
    this.#lookAt(from, to)
    const spans: OffsetSpan[] = []
    for (let i = 0; i < this.#offset.length; i++) {
      const begin = this.#at[i - 1] ?? Math.min(this.#from, from)
      const end = this.#at[i] ?? Math.max(this.#to, to)
      if (end > from && begin < to) spans.push({ from: begin, to: end, offset: this.#offset[i]! })
    }
    return spans
  }

  #lookAt(from: number, to: number): void {
    while (this.#to < to) {
      const next = this.#to + lookMs
      this.#add(this.#to, this.#offset.at(-1)!, next, this.#offsetAt(next))
      this.#to = next
    }
    const changes: [at: number, offset: number][] = []
    while (this.#from > from) {
      const next = this.#from - lookMs
      const after = changes.at(-1)?.[1] ?? this.#offset[0]!
      const offset = this.#offsetAt(next)
      if (offset !== after) changes.push([this.#changeBetween(next, offset, this.#from), offset])
      this.#from = next
    }
    if (changes.length === 0) return
    changes.reverse()
    this.#at = [...changes.map(([at]) => at), ...this.#at]
    this.#offset = [...changes.map(([, offset]) => offset), ...this.#offset]
  }

  #add(from: number, before: number, to: number, after: number): void {
    if (before === after) return
    this.#at.push(this.#changeBetween(from, before, to))
    this.#offset.push(after)
  }

  /** The first whole second with another offset than `before`, which holds at `from` and not at `to`. */
  #changeBetween(from: number, before: number, to: number): number {
    while (to - from > 1000) {
      const middle = from + Math.floor((to - from) / 2000) * 1000
      if (this.#offsetAt(middle) === before) from = middle
      else to = middle
    }
    return to
  }

  #offsetAt(time: number): number {
    const text = this.#format.format(time)
    const parts = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text)
    if (!parts) throw new IwError('IW_HISTORIAN_STEP', `An offset as "${text}" is not understood`)
    const [, sign, hours = '0', minutes = '0', seconds = '0'] = parts
    const offset = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000
    return sign === '-' ? -offset : offset
  }
}
