import type { Clock } from '#kernel'
import type { ConnectionStatus } from '#model'
import type { EventLog } from '../events/event-log.ts'

interface Outage {
  readonly startedAt: number
  readonly startedMs: number
  cancel: () => void
  reported: boolean
}

interface Past {
  outage: Outage | undefined
  /** When outages were reported, monotonic ms; within the memory only. */
  reports: number[]
}

const patienceMs = 5_000
const longestPatienceMs = 300_000
const memoryMs = 600_000

/**
 * Makes "connection lost" and "connection restored" of the states of connections. A loss is said only when it has lasted:
 * 5 s, and twice as long for each time it was said in the last 10 minutes, so that a flapping line does not fill the log.
 */
export class Outages {
  readonly #events: EventLog
  readonly #clock: Clock
  readonly #things = new Map<string, Past>()

  constructor(events: EventLog, clock: Clock) {
    this.#events = events
    this.#clock = clock
  }

  observe(status: ConnectionStatus): void {
    const past = this.#things.get(status.thing) ?? { outage: undefined, reports: [] }
    this.#things.set(status.thing, past)
    if (status.state === 'failing') this.#failing(past, status)
    else if (status.state === 'answering' || status.state === 'partly') this.#answering(past, status)
  }

  /** The thing is stopped or gone: no more to say of it. */
  forget(thing: string): void {
    this.#things.get(thing)?.outage?.cancel()
    this.#things.delete(thing)
  }

  stop(): void {
    for (const thing of [...this.#things.keys()]) this.forget(thing)
  }

  #failing(past: Past, status: ConnectionStatus): void {
    if (past.outage) return
    const now = this.#clock.monotonicMs()
    past.reports = past.reports.filter((at) => now - at < memoryMs)
    const patience = Math.min(longestPatienceMs, patienceMs * 2 ** past.reports.length)
    const outage: Outage = { startedAt: this.#clock.now(), startedMs: now, cancel: () => {}, reported: false }
    outage.cancel = this.#clock.after(patience, () => {
      outage.reported = true
      past.reports.push(this.#clock.monotonicMs())
      const { thing, address, error } = status
      const detail = { address, ...(error && { code: error.code, message: error.message }) }
      this.#events.record({ kind: 'connection.lost', at: outage.startedAt, thing, detail })
    })
    past.outage = outage
  }

  #answering(past: Past, { thing, address }: ConnectionStatus): void {
    const { outage } = past
    if (!outage) return
    past.outage = undefined
    outage.cancel()
    if (!outage.reported) return
    const seconds = Math.round((this.#clock.monotonicMs() - outage.startedMs) / 1000)
    const detail = { address, seconds }
    this.#events.record({ kind: 'connection.restored', at: this.#clock.now(), thing, detail })
  }
}
