import type { Exchange } from './exchange.ts'

/** What waits for one unit, and how much of it may be on the wire at once. */
interface Lane {
  limit: number
  inFlight: number
  readonly urgent: Exchange[]
  readonly queue: Exchange[]
}

/**
 * The requests that wait for one connection. Units take turns, so that none starves another; each has its own limit of
 * requests on the wire, and urgent ones go first within their unit.
 */
export class Lanes {
  readonly #lanes = new Map<number, Lane>()
  /** Lanes in turn; the next to be asked first. */
  #turn: Lane[] = []
  #waiting = 0

  get waiting(): number {
    return this.#waiting
  }

  /** Requests of this unit that may be on the wire at once. Default 1. */
  limit(unit: number, inFlight: number): void {
    this.#lane(unit).limit = inFlight
  }

  add(exchange: Exchange, urgent: boolean): void {
    const lane = this.#lane(exchange.unit)
    ;(urgent ? lane.urgent : lane.queue).push(exchange)
    this.#waiting++
  }

  /** The next to be sent, now on the wire as far as its lane is concerned. */
  take(): Exchange | undefined {
    if (this.#waiting === 0) return undefined
    for (let i = 0; i < this.#turn.length; i++) {
      const lane = this.#turn[i]!
      if (lane.inFlight >= lane.limit || lane.urgent.length + lane.queue.length === 0) continue
      if (this.#turn.length > 1) {
        this.#turn.splice(i, 1)
        this.#turn.push(lane)
      }
      lane.inFlight++
      this.#waiting--
      return lane.urgent.shift() ?? lane.queue.shift()
    }
    return undefined
  }

  /** An exchange is off the wire. */
  finished(exchange: Exchange): void {
    const lane = this.#lanes.get(exchange.unit)
    if (lane && lane.inFlight > 0) lane.inFlight--
  }

  /** Takes back what has not been sent. Whether it was still waiting. */
  remove(exchange: Exchange): boolean {
    const lane = this.#lanes.get(exchange.unit)
    return lane !== undefined && (this.#drop(lane.queue, exchange) || this.#drop(lane.urgent, exchange))
  }

  /** Takes back everything. */
  clear(): readonly Exchange[] {
    const waiting: Exchange[] = []
    for (const lane of this.#lanes.values()) {
      waiting.push(...lane.urgent.splice(0), ...lane.queue.splice(0))
      lane.inFlight = 0
    }
    this.#waiting = 0
    return waiting
  }

  #lane(unit: number): Lane {
    let lane = this.#lanes.get(unit)
    if (!lane) {
      lane = { limit: 1, inFlight: 0, urgent: [], queue: [] }
      this.#lanes.set(unit, lane)
      this.#turn.push(lane)
    }
    return lane
  }

  #drop(from: Exchange[], exchange: Exchange): boolean {
    const index = from.indexOf(exchange)
    if (index < 0) return false
    from.splice(index, 1)
    this.#waiting--
    return true
  }
}
