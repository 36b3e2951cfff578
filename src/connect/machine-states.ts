import type { Clock, Logger } from '#kernel'
import type { ConnectionStatus, MachineState, PropertyDefinition, ReadingBatch, TagId, Thing, Value } from '#model'
import { Quality } from '#model'
import type { Historian } from '#ports'

/** What a machine does now, from its state property. `since`: µs, when it began to. */
export interface MachineView {
  readonly state: MachineState | 'unknown'
  readonly text?: string
  readonly since?: number
}

interface Tracked {
  text: string
  since: number
}

export interface MachineStatesOptions {
  readonly historian: Historian
  readonly clock: Clock
  readonly log: Logger
  readonly thing: (id: string) => Thing | undefined
  readonly status: (id: string) => ConnectionStatus | undefined
}

const historyRows = 1_000
const historyUs = 24 * 3600 * 1e6

/** Follows the state properties of all machines, so that "running for 3 h" is known without a query. */
export class MachineStates {
  readonly #options: MachineStatesOptions
  readonly #tracked = new Map<TagId, Tracked>()
  /** 1 at the tags followed: looked at for every row that is stored. */
  #followed = new Uint8Array(0)
  #unsubscribe = () => {}

  constructor(options: MachineStatesOptions) {
    this.#options = options
  }

  start(): void {
    this.#unsubscribe = this.#options.historian.onCommitted((batch) => this.#committed(batch))
  }

  stop(): void {
    this.#unsubscribe()
  }

  /** Begins to follow a thing that has a state property; when its state began is read back from the history. */
  async follow(thing: Thing): Promise<void> {
    const tag = this.#tag(thing.id, stateProperty(thing))
    if (tag === undefined || this.#follows(tag)) return
    this.#mark(tag)
    try {
      const found = await this.#recover(tag)
      const seen = this.#tracked.get(tag)
      if (found && (!seen || seen.text === found.text)) this.#tracked.set(tag, found)
    } catch (error) {
      this.#options.log.warn({ thing: thing.id, error }, 'since when the machine is in its state is not known')
    }
  }

  machine(id: string): MachineView {
    const thing = this.#options.thing(id)
    const property = thing && stateProperty(thing)
    if (!property) return { state: 'unknown' }
    const status = this.#options.status(id)
    if (status?.state === 'failing' || status?.state === 'stopped') return { state: 'unknown', since: status.since }
    const tag = this.#tag(id, property)
    const last = tag === undefined ? undefined : this.#options.historian.last(tag)
    if (!last || last.quality > Quality.substituted || last.value === null) return { state: 'unknown' }
    const text = String(last.value)
    const tracked = this.#tracked.get(tag!)
    const since = tracked?.text === text ? tracked.since : last.time
    return { state: property.states![text] ?? 'unknown', text, since }
  }

  #tag(thing: string, property: PropertyDefinition | undefined): TagId | undefined {
    return property && this.#options.historian.findTag(thing, property.name)?.id
  }

  #committed(batch: ReadingBatch): void {
    const { count, tag } = batch
    const followed = this.#followed
    if (followed.length === 0) return
    for (let row = 0; row < count; row++) if (followed[tag[row]!] === 1) this.#observe(tag[row]!)
  }

  #follows(tag: TagId): boolean {
    return this.#followed[tag] === 1
  }

  #mark(tag: TagId): void {
    if (tag >= this.#followed.length) {
      const larger = new Uint8Array(Math.max(256, (tag + 1) * 2))
      larger.set(this.#followed)
      this.#followed = larger
    }
    this.#followed[tag] = 1
  }

  /** The historian's last reading decides, not the row: a late row must not move the present. */
  #observe(tag: TagId): void {
    const last = this.#options.historian.last(tag)
    if (!last || last.quality > Quality.substituted || last.value === null) return
    const text = String(last.value)
    if (this.#tracked.get(tag)?.text !== text) this.#tracked.set(tag, { text, since: last.time })
  }

  /** Walks back through at most a day to the reading where the present state began. */
  async #recover(tag: TagId): Promise<Tracked | undefined> {
    const { historian } = this.#options
    const last = historian.last(tag)?.lastGood ?? historian.last(tag)
    if (!last || last.value === null) return undefined
    const series = await historian.read({
      tag,
      from: Math.max(0, last.time - historyUs),
      to: last.time + 1,
      descending: true,
      limit: historyRows,
    })
    const present = String(last.value)
    let since = last.time
    for (let row = 0; row < series.count; row++) {
      const text = rowText(this.#valueAt(tag, series, row))
      if (text === undefined) continue
      if (text !== present) break
      since = series.time[row]!
    }
    return { text: present, since }
  }

  #valueAt(tag: TagId, series: Awaited<ReturnType<Historian['read']>>, row: number): Value {
    if (series.quality[row]! > Quality.substituted) return null
    const type = this.#options.historian.tag(tag)?.type
    if (type === 'string') return series.text?.[row] ?? null
    const exact = series.integer?.[row]
    if (exact !== undefined && exact !== null) return exact
    const value = series.value[row]!
    if (Number.isNaN(value)) return null
    return type === 'boolean' ? value !== 0 : value
  }
}

const rowText = (value: Value): string | undefined => (value === null ? undefined : String(value))

const found = new WeakMap<Thing, PropertyDefinition | null>()

/** The first property with `states`; looked for once for each version of a thing. */
function stateProperty(thing: Thing): PropertyDefinition | undefined {
  let property = found.get(thing)
  if (property === undefined) {
    property = thing.properties.find(({ states }) => states !== undefined) ?? null
    found.set(thing, property)
  }
  return property ?? undefined
}
