import { type Bus, type Clock, IwError, type Logger } from '#kernel'
import type { PlantEvents, PropertyDefinition, Tag, TagDefinition, Thing, ThingDefinition, ThingOrigin } from '#model'
import type { Driver, Historian } from '#ports'
import type { EventLog } from '../events/event-log.ts'
import type { ConnectLimits } from '../limits.ts'
import type { ProfileLibrary } from '../profiles/library.ts'
import { serial } from '../serial.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { checkWithDriver, parseThing } from './definition.ts'
import type { StoredThing, ThingStore } from './store.ts'

export interface RegistryOptions {
  readonly historian: Historian
  readonly store: ThingStore
  readonly sessions: Sessions
  readonly drivers: ReadonlyMap<string, Driver>
  readonly profiles: ProfileLibrary
  readonly events: EventLog
  readonly bus: Bus<PlantEvents>
  readonly clock: Clock
  readonly log: Logger
  readonly limits: ConnectLimits
  /** Called when a definition that was there is another one now, or gone. */
  readonly redefined: () => void
}

/** Properties that arrived unannounced, by the id of their thing. */
export type Arrivals = ReadonlyMap<string, readonly PropertyDefinition[]>

/** All things of this instance: kept in the state database or the settings, served from memory. */
export class Registry {
  readonly #options: RegistryOptions
  readonly #things = new Map<string, Thing>()
  /** Why a loaded thing cannot be opened as it is defined. */
  readonly #refused = new Map<string, unknown>()
  readonly #oneAtATime = serial()
  #list: readonly Thing[] | undefined
  #properties = 0
  #ingested = 0

  constructor(options: RegistryOptions) {
    this.#options = options
  }

  /** In the order of their ids. */
  list(): readonly Thing[] {
    this.#list ??= [...this.#things.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
    return this.#list
  }

  get(id: string): Thing | undefined {
    return this.#things.get(id)
  }

  tag(thing: string, property: string): Tag | undefined {
    return this.#things.has(thing) ? this.#options.historian.findTag(thing, property) : undefined
  }

  get counts(): { readonly things: number; readonly ingested: number; readonly properties: number } {
    return { things: this.#things.size - this.#ingested, ingested: this.#ingested, properties: this.#properties }
  }

  /** Reads what there is: settings first, since they shadow the database. One bad definition does not stop the others. */
  async load(settings: readonly unknown[]): Promise<void> {
    const given = settings.flatMap((input, index) => this.#attempt(`things.${index}`, () => this.#parse(input)) ?? [])
    for (const definition of given) this.#keepLoaded(definition, 'settings', 1, this.#options.clock.now())
    for (const row of await this.#options.store.all()) {
      if (this.#things.has(row.id)) {
        this.#options.log.warn({ thing: row.id }, 'interwork.yaml defines this thing: the stored one is left aside')
        continue
      }
      this.#keepLoaded(row.definition, row.origin, row.version, row.createdAt)
    }
    await this.#defineLoadedTags()
  }

  /** Opens the sessions of all things loaded. */
  openSessions(): void {
    for (const thing of this.#things.values()) {
      const reason = this.#refused.get(thing.id)
      if (reason === undefined) this.#open(thing)
      else this.#options.sessions.refuse(thing, reason)
    }
    this.#refused.clear()
  }

  async add(input: unknown, origin: ThingOrigin): Promise<Thing> {
    const given = this.#parse(input)
    const checked = checkWithDriver(given, this.#options.drivers)
    return this.#oneAtATime(async () => {
      if (this.#things.has(given.id))
        throw new IwError('IW_CONNECT_THING_EXISTS', `There is a thing "${given.id}" already`, {
          detail: { thing: given.id },
        })
      this.#room(1, given.properties.length)
      await this.#defineTags(given)
      const createdAt = this.#options.clock.now()
      if (origin !== 'settings')
        await this.#options.store.insert({ id: given.id, origin, version: 1, createdAt, definition: given })
      const thing: Thing = { ...checked, origin, version: 1, createdAt }
      this.#keep(thing)
      this.#open(thing)
      this.#options.bus.emit('thing.added', thing)
      this.#event('thing.added', thing)
      return thing
    })
  }

  async replace(id: string, input: unknown, version: number): Promise<Thing> {
    const given = this.#parse(input)
    if (given.id !== id)
      throw new IwError('IW_CONNECT_INVALID_THING', `id: "${given.id}" is not "${id}"; an id is never changed`)
    const checked = checkWithDriver(given, this.#options.drivers)
    return this.#oneAtATime(async () => {
      const { createdAt, ...before } = this.#changeable(id)
      const origin = replacedOrigin(before.origin, given)
      if (before.version !== version)
        throw new IwError('IW_CONNECT_VERSION', `${id} is at version ${before.version}, not ${version}`, {
          detail: { thing: id, version: before.version },
        })
      this.#room(0, given.properties.length - before.properties.length)
      await this.#defineTags(given)
      const thing: Thing = { ...checked, origin, version: version + 1, createdAt }
      await this.#options.store.update({ id, origin, version: version + 1, createdAt, definition: given })
      this.#keep(thing)
      this.#options.redefined()
      this.#open(thing)
      this.#options.bus.emit('thing.changed', thing)
      return thing
    })
  }

  /** Ends the connection and forgets the definition; the readings stay. */
  async remove(id: string): Promise<void> {
    await this.#oneAtATime(async () => {
      const thing = this.#changeable(id)
      await this.#options.store.remove(id)
      this.#forget(thing)
      this.#options.redefined()
      this.#options.bus.emit('thing.removed', { id })
      this.#event('thing.removed', thing)
    })
    await this.#options.sessions.close(id)
  }

  /**
   * Makes what arrived unannounced: new things of origin `ingest`, new properties of such things. Stored when it resolves.
   * The caller keeps to the limits and asks for nothing that belongs to a person's definition.
   */
  async grow(arrivals: Arrivals): Promise<void> {
    await this.#oneAtATime(async () => {
      const rows: StoredThing[] = []
      const tags: TagDefinition[] = []
      for (const [id, properties] of arrivals) {
        const { missing, row } = this.#grown(id, properties)
        if (missing.length === 0) continue
        rows.push(row)
        for (const { name, type, unit } of missing)
          tags.push({ thing: id, property: name, type, ...(unit !== undefined && { unit }) })
      }
      if (rows.length === 0) return
      await this.#options.historian.defineTags(tags)
      await this.#options.store.put(rows)
      for (const row of rows) this.#announceGrown(row)
    })
  }

  #grown(id: string, properties: readonly PropertyDefinition[]): { missing: PropertyDefinition[]; row: StoredThing } {
    const before = this.#things.get(id)
    const known = new Set(before?.properties.map(({ name }) => name))
    const missing = properties
      .filter(({ name }) => !known.has(name))
      .map((property) => ({
        ...property,
        type: this.#options.historian.findTag(id, property.name)?.type ?? property.type,
      }))
    return {
      missing,
      row: {
        id,
        origin: 'ingest',
        version: (before?.version ?? 0) + 1,
        createdAt: before?.createdAt ?? this.#options.clock.now(),
        definition: {
          ...(before && definitionOf(before)),
          id,
          properties: [...(before?.properties ?? []), ...missing],
        },
      },
    }
  }

  #announceGrown({ definition, origin, version, createdAt }: StoredThing): void {
    const thing: Thing = { ...definition, origin, version, createdAt }
    this.#keep(thing)
    this.#options.bus.emit(version === 1 ? 'thing.added' : 'thing.changed', thing)
  }

  #parse(input: unknown): ThingDefinition {
    return parseThing(input, this.#options.profiles)
  }

  #keepLoaded(given: ThingDefinition, origin: ThingOrigin, version: number, createdAt: number): void {
    const checked = this.#attempt(given.id, () => checkWithDriver(given, this.#options.drivers))
    this.#keep({ ...(checked ?? given), origin, version, createdAt })
  }

  /** Defines all missing tags in one go; where one conflicts, thing by thing, so that only its thing suffers. */
  async #defineLoadedTags(): Promise<void> {
    try {
      await this.#options.historian.defineTags([...this.#things.values()].flatMap((thing) => this.#missingTags(thing)))
    } catch {
      for (const thing of this.#things.values())
        await this.#defineTags(thing).catch((error: unknown) => {
          this.#leaveAside(thing.id, error)
        })
    }
  }

  async #defineTags(definition: ThingDefinition): Promise<void> {
    const missing = this.#missingTags(definition)
    if (missing.length > 0) await this.#options.historian.defineTags(missing)
  }

  #missingTags({ id, properties }: ThingDefinition): TagDefinition[] {
    return properties
      .filter(({ name, type }) => this.#options.historian.findTag(id, name)?.type !== type)
      .map(({ name, type, unit }) => ({ thing: id, property: name, type, ...(unit !== undefined && { unit }) }))
  }

  #open(thing: Thing): void {
    const tags = thing.properties.map(({ name }) => this.#options.historian.findTag(thing.id, name)?.id ?? 0)
    this.#options.sessions.open(thing, tags)
  }

  #keep(thing: Thing): void {
    const before = this.#things.get(thing.id)
    this.#ingested += Number(thing.origin === 'ingest') - Number(before?.origin === 'ingest')
    this.#properties += thing.properties.length - (before?.properties.length ?? 0)
    this.#things.set(thing.id, thing)
    this.#list = undefined
  }

  #forget(thing: Thing): void {
    if (thing.origin === 'ingest') this.#ingested--
    this.#properties -= thing.properties.length
    this.#things.delete(thing.id)
    this.#list = undefined
  }

  #changeable(id: string): Thing {
    const thing = this.#things.get(id)
    if (!thing) throw new IwError('IW_CONNECT_UNKNOWN_THING', `There is no thing "${id}"`, { detail: { thing: id } })
    if (thing.origin === 'settings')
      throw new IwError('IW_CONNECT_READ_ONLY_SOURCE', `"${id}" is defined in interwork.yaml`, {
        detail: { thing: id },
      })
    return thing
  }

  #room(things: number, properties: number): void {
    const { limits } = this.#options
    if (this.#things.size - this.#ingested + things > limits.things)
      throw new IwError('IW_CONNECT_TOO_MANY', `There are ${limits.things} things, the limit connect.limits.things`)
    if (this.#properties + properties > limits.properties)
      throw new IwError(
        'IW_CONNECT_TOO_MANY',
        `${this.#properties + properties} properties are more than connect.limits.properties (${limits.properties})`,
      )
  }

  #event(kind: 'thing.added' | 'thing.removed', { id, title }: Thing): void {
    const at = this.#options.clock.now()
    this.#options.events.record({ kind, at, thing: id, detail: title ? { title: title.en } : {} })
  }

  #attempt<T>(what: string, run: () => T): T | undefined {
    try {
      return run()
    } catch (error) {
      this.#leaveAside(what, error)
      return undefined
    }
  }

  #leaveAside(thing: string, error: unknown): void {
    this.#refused.set(thing, error)
    this.#options.log.error({ thing, error }, 'the definition of a thing is not valid: it is left aside')
  }
}

/** A thing that arrived stays one when a person gives it a title; given an address it is a machine like any other. */
const replacedOrigin = (origin: ThingOrigin, given: ThingDefinition): 'database' | 'ingest' =>
  origin === 'ingest' && !given.connection ? 'ingest' : 'database'

const definitionOf = ({
  origin: _origin,
  version: _version,
  createdAt: _createdAt,
  ...definition
}: Thing): ThingDefinition => definition
