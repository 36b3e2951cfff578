import type { Bus, Clock, Logger } from '#kernel'
import type { ConnectionStatus, PlantEvents, Tag, Thing, ThingOrigin } from '#model'
import type { Authorizer, Database, DeviceSession, Driver, Historian } from '#ports'
import { type Commands, GuardedCommands } from './commands/commands.ts'
import { type EventLog, StoredEventLog } from './events/event-log.ts'
import { FileImports, type Imports } from './imports/imports.ts'
import { ImportStore } from './imports/store.ts'
import { type Ingest, LineProtocolIngest } from './ingest/ingest.ts'
import { type ConnectLimits, connectLimits } from './limits.ts'
import { MachineStates, type MachineView } from './machine-states.ts'
import { migrations } from './migrations/index.ts'
import { createProfileLibrary, type ProfileLibrary } from './profiles/library.ts'
import { Quarantine } from './quarantine.ts'
import { Registry } from './registry/registry.ts'
import { ThingStore } from './registry/store.ts'
import { Sessions } from './sessions/sessions.ts'

export interface ConnectOptions {
  readonly historian: Historian
  readonly database: Database
  readonly bus: Bus<PlantEvents>
  readonly authorizer: Authorizer
  readonly drivers: readonly Driver[]
  readonly clock: Clock
  readonly log: Logger
  readonly profilesFolder: string
  /** The things of interwork.yaml: they win over stored ones and cannot be changed through the API. */
  readonly settingsThings?: readonly unknown[]
  readonly limits?: Partial<ConnectLimits>
  /** Done by `start` once all things and their tags are known, before any machine is asked. */
  readonly beforeSessions?: () => Promise<void>
  /** For imported files that have to be there as a whole (Parquet); without it they are refused. */
  readonly importsFolder?: string
}

/** All things, and what is known of each now. */
export interface ThingRegistry {
  /** In the order of their ids. */
  list(): readonly Thing[]
  get(id: string): Thing | undefined
  /**
   * Adds a thing: a whole definition, or `{profile, id, title?, area?, connection, properties?}` whose properties come from
   * the profile. Throws `IW_CONNECT_INVALID_THING`, `_UNKNOWN_PROFILE`, `_UNKNOWN_PROTOCOL`, `_THING_EXISTS`, `_TOO_MANY`,
   * `IW_HISTORIAN_TYPE`.
   */
  add(input: unknown, origin: ThingOrigin): Promise<Thing>
  /** Puts a new definition in place of version `version`. Throws as `add`, `IW_CONNECT_VERSION`, `_READ_ONLY_SOURCE`. */
  replace(id: string, input: unknown, version: number): Promise<Thing>
  /** Ends its connection and forgets its definition; its readings stay. */
  remove(id: string): Promise<void>
  tag(thing: string, property: string): Tag | undefined
  /** Of things with a connection. */
  status(id: string): ConnectionStatus | undefined
  machine(id: string): MachineView
  session(id: string): DeviceSession | undefined
}

/** The first room: machines come in here, and commands go out. */
export interface Connect {
  /** Reads the state database, defines the tags and opens all connections; does not wait for any machine. */
  start(): Promise<void>
  /** Ends all connections; what they delivered is with the historian then. */
  stop(): Promise<void>
  readonly things: ThingRegistry
  readonly commands: Commands
  readonly events: EventLog
  readonly profiles: ProfileLibrary
  readonly ingest: Ingest
  readonly imports: Imports
  readonly quarantine: Quarantine
  /** The words for `connection.protocol` there is a driver for. */
  readonly protocols: readonly string[]
}

/** Wires the room together. Nothing is opened before `start()`. */
export function createConnect(options: ConnectOptions): Connect {
  const { historian, database, bus, clock, log, authorizer } = options
  const limits = connectLimits.parse(options.limits ?? {})
  const drivers = new Map(options.drivers.map((driver) => [driver.protocol, driver]))
  const profiles = createProfileLibrary(options.profilesFolder, log)
  const quarantine = new Quarantine(clock)
  const events = new StoredEventLog({ database, bus, clock, log, keep: limits.events })
  const sessions = new Sessions({ historian, drivers, events, bus, clock, log })
  const store = new ThingStore(database)
  const registry: Registry = new Registry({
    ...{ historian, store, sessions, drivers, profiles, events, bus, clock, log, limits },
    redefined: () => {
      ingest.forget()
      imports.forget()
    },
  })
  const thing = (id: string) => registry.get(id)
  const session = (id: string) => sessions.session(id)
  const status = (id: string) => sessions.status(id)
  const states = new MachineStates({ historian, clock, log, thing, status })
  const ingest = new LineProtocolIngest({ historian, registry, quarantine, events, clock, limits })
  const imports = new FileImports({
    ...{ historian, registry, quarantine, events, clock, limits, log },
    store: new ImportStore(database),
    folder: options.importsFolder,
  })
  const keepRefused = limits.refusedCommands
  const commands = new GuardedCommands({ thing, session, authorizer, database, events, bus, clock, log, keepRefused })

  const follow = (changed: Thing) => void states.follow(changed)
  let endings: readonly (() => void)[] = []

  return {
    async start() {
      await database.migrate('connect', migrations)
      await registry.load(options.settingsThings ?? [])
      await commands.recover()
      states.start()
      for (const known of registry.list()) follow(known)
      endings = [bus.on('thing.added', follow), bus.on('thing.changed', follow), profiles.preload(clock)]
      await options.beforeSessions?.()
      await imports.start()
      registry.openSessions()
    },
    async stop() {
      await imports.stop()
      await sessions.stop()
      await commands.settled()
      await Promise.all(options.drivers.map((driver) => driver.close()))
      states.stop()
      for (const end of endings) end()
      await events.flush()
    },
    things: {
      list: () => registry.list(),
      get: thing,
      add: (input, origin) => registry.add(input, origin),
      replace: (id, input, version) => registry.replace(id, input, version),
      remove: (id) => registry.remove(id),
      tag: (id, property) => registry.tag(id, property),
      machine: (id) => states.machine(id),
      status,
      session,
    },
    commands,
    events,
    profiles,
    ingest,
    imports,
    quarantine,
    protocols: [...drivers.keys()],
  }
}
