import type { Bus, Clock, Logger } from '#kernel'
import type { PlantEvent, PlantEvents } from '#model'
import type { Database } from '#ports'
import { sequentialIds } from '../sequential-ids.ts'
import type { ConnectTables } from '../tables.ts'

/** "Last events": what happened in the plant, newest first. */
export interface EventLog {
  /** Takes an event; it is on the bus at once and in the database within the same tick's batch. */
  record(event: Omit<PlantEvent, 'id'>): void
  /** Newest first; `before` is the id of an event. Sees everything recorded. */
  list(query: { limit: number; before?: string }): Promise<readonly PlantEvent[]>
}

export interface EventLogOptions {
  readonly database: Database
  readonly bus: Bus<PlantEvents>
  readonly clock: Clock
  readonly log: Logger
  /** How many are kept. */
  readonly keep: number
}

/** Beyond this many waiting (the database refuses, or an event storm) the oldest of them are dropped. */
const waitingLimit = 1_000
const insertsBetweenPrunings = 500

/** The event log with the part of it that only this room uses. */
export class StoredEventLog implements EventLog {
  readonly #options: EventLogOptions
  readonly #nextId: () => string
  #waiting: PlantEvent[] = []
  /** Whether all of it could be stored. */
  #flushing: Promise<boolean> | undefined
  #refusing = false
  #sincePruning = insertsBetweenPrunings

  constructor(options: EventLogOptions) {
    this.#options = options
    this.#nextId = sequentialIds(options.clock)
  }

  record(event: Omit<PlantEvent, 'id'>): void {
    const full: PlantEvent = { id: this.#nextId(), ...event }
    this.#waiting.push(full)
    if (this.#waiting.length > waitingLimit) this.#waiting.shift()
    this.#options.bus.emit('plant.event', full)
    void this.flush()
  }

  async list({ limit, before }: { limit: number; before?: string }): Promise<readonly PlantEvent[]> {
    await this.flush()
    const isAsked = ({ id }: PlantEvent) => before === undefined || id < before
    const unstored = this.#waiting.filter(isAsked).toReversed().slice(0, limit)
    let query = this.#table.selectFrom('connect_event').selectAll().orderBy('id', 'desc').limit(limit)
    if (before !== undefined) query = query.where('id', '<', before)
    const rows = (await query.execute()).map(fromRow)
    return [...unstored, ...rows.filter(({ id }) => !unstored.some((event) => event.id === id))].slice(0, limit)
  }

  /** Resolves when what was recorded is stored; what cannot be at present (a full disk) is tried again with the next. */
  async flush(): Promise<void> {
    do {
      this.#flushing ??= this.#drain().finally(() => {
        this.#flushing = undefined
      })
      if (!(await this.#flushing)) return
    } while (this.#waiting.length > 0)
  }

  get #table() {
    return this.#options.database.tables<ConnectTables>()
  }

  async #drain(): Promise<boolean> {
    await Promise.resolve() // the events of one tick go in one insert
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, 100)
      try {
        await this.#table.insertInto('connect_event').values(batch.map(toRow)).execute()
      } catch (error) {
        this.#waiting = [...batch, ...this.#waiting].slice(-waitingLimit)
        if (!this.#refusing) this.#options.log.error({ error }, 'plant events cannot be stored at present')
        this.#refusing = true
        return false
      }
      this.#refusing = false
      this.#sincePruning += batch.length
      if (this.#sincePruning >= insertsBetweenPrunings) await this.#prune()
    }
    return true
  }

  async #prune(): Promise<void> {
    this.#sincePruning = 0
    try {
      const newestToGo = await this.#table
        .selectFrom('connect_event')
        .select('id')
        .orderBy('id', 'desc')
        .offset(this.#options.keep)
        .limit(1)
        .executeTakeFirst()
      if (newestToGo) await this.#table.deleteFrom('connect_event').where('id', '<=', newestToGo.id).execute()
    } catch (error) {
      this.#options.log.error({ error }, 'old plant events could not be removed')
    }
  }
}

const toRow = ({ id, at, kind, thing, detail }: PlantEvent): ConnectTables['connect_event'] => ({
  id,
  at: String(at),
  kind,
  thing: thing ?? null,
  detail: JSON.stringify(detail),
})

const fromRow = ({ id, at, kind, thing, detail }: ConnectTables['connect_event']): PlantEvent => ({
  id,
  at: Number(at),
  kind: kind as PlantEvent['kind'],
  ...(thing !== null && { thing }),
  detail: JSON.parse(detail) as PlantEvent['detail'],
})
