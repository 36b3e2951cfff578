import { type Bus, type Clock, isIwError, type Logger } from '#kernel'
import { type ConnectionStatus, type PlantEvents, type TagId, type ThingDefinition, zeroCounters } from '#model'
import type { DeviceSession, Driver, DriverSink, Historian } from '#ports'
import type { EventLog } from '../events/event-log.ts'
import { Delivery } from './delivery.ts'
import { Outages } from './outages.ts'

export interface SessionsOptions {
  readonly historian: Historian
  readonly drivers: ReadonlyMap<string, Driver>
  readonly events: EventLog
  readonly bus: Bus<PlantEvents>
  readonly clock: Clock
  readonly log: Logger
}

interface Entry {
  readonly session?: DeviceSession
  /** Instead of a session, where none could be made. */
  readonly refusal?: ConnectionStatus
}

const stopWithinMs = 5_000

/** One living connection for each thing that has an address. What goes wrong in one never reaches another. */
export class Sessions {
  readonly #options: SessionsOptions
  readonly #delivery: Delivery
  readonly #outages: Outages
  readonly #entries = new Map<string, Entry>()
  /** Sessions on their way out, by thing: a new one waits for the old one to let go of its address. */
  readonly #leaving = new Map<string, Promise<void>>()
  #stopped = false

  constructor(options: SessionsOptions) {
    this.#options = options
    this.#delivery = new Delivery(options)
    this.#outages = new Outages(options.events, options.clock)
  }

  /** Opens the connection of a checked definition in place of the one there was. `tags` in the order of its properties. */
  open(definition: ThingDefinition, tags: readonly TagId[]): void {
    const { id } = definition
    if (this.#entries.has(id)) void this.close(id)
    if (!definition.connection || this.#stopped) return
    try {
      const session = this.#make(definition, tags)
      this.#entries.set(id, { session })
      const before = this.#leaving.get(id)
      if (before === undefined) this.#start(definition, session)
      else void before.then(() => this.session(id) === session && this.#start(definition, session))
    } catch (error) {
      this.refuse(definition, error)
    }
  }

  /** Shows that no connection can be made, and why. */
  refuse(definition: ThingDefinition, error: unknown): void {
    if (!definition.connection) return
    this.#options.log.error({ thing: definition.id, error }, 'no connection can be made')
    this.#entries.set(definition.id, { refusal: this.#refusal(definition, error) })
  }

  session(id: string): DeviceSession | undefined {
    return this.#entries.get(id)?.session
  }

  status(id: string): ConnectionStatus | undefined {
    const entry = this.#entries.get(id)
    if (!entry) return undefined
    return entry.session ? this.#withLosses(entry.session.status()) : entry.refusal
  }

  /** Ends the connection; resolves when it is ended, or given up after 5 s. */
  async close(id: string): Promise<void> {
    const session = this.#entries.get(id)?.session
    this.#entries.delete(id)
    this.#outages.forget(id)
    if (!session) return this.#leaving.get(id)
    const left = this.#leave(id, session).finally(() => {
      if (this.#leaving.get(id) === left) this.#leaving.delete(id)
    })
    this.#leaving.set(id, left)
    await left
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all([...this.#entries.keys()].map((id) => this.close(id)))
    await Promise.all(this.#leaving.values())
    this.#outages.stop()
  }

  #make(definition: ThingDefinition, tags: readonly TagId[]): DeviceSession {
    const protocol = definition.connection!.protocol
    const driver = this.#options.drivers.get(protocol)!
    const log = this.#options.log.child({ thing: definition.id })
    let session: DeviceSession | undefined
    const current = () => session !== undefined && this.#entries.get(definition.id)?.session === session
    const sink: DriverSink = {
      readings: (readings) => this.#delivery.deliver(definition.id, protocol, readings),
      changed: (status) => {
        if (current()) this.#changed(status)
      },
    }
    session = driver.open(definition, { clock: this.#options.clock, log, sink, tags })
    return session
  }

  #start(definition: ThingDefinition, session: DeviceSession): void {
    try {
      session.start()
    } catch (error) {
      this.refuse(definition, error)
    }
  }

  #changed(status: ConnectionStatus): void {
    this.#outages.observe(status)
    this.#options.bus.emit('connection.changed', this.#withLosses(status))
  }

  #withLosses(status: ConnectionStatus): ConnectionStatus {
    const lost = this.#delivery.lost(status.thing)
    return lost === 0 ? status : { ...status, detail: { ...status.detail, lostReadings: lost } }
  }

  async #leave(id: string, session: DeviceSession): Promise<void> {
    const { clock, log } = this.#options
    let cancel = () => {}
    const patience = new Promise<void>((resolve) => {
      cancel = clock.after(stopWithinMs, resolve)
    })
    try {
      await Promise.race([session.stop(), patience])
    } catch (error) {
      log.error({ thing: id, error }, 'the connection could not be ended properly')
    } finally {
      cancel()
    }
  }

  #refusal({ id, connection }: ThingDefinition, error: unknown): ConnectionStatus {
    return {
      thing: id,
      protocol: connection?.protocol ?? '',
      address: '',
      state: 'failing',
      since: this.#options.clock.now(),
      error: {
        code: isIwError(error) ? error.code : 'IW_KERNEL_BUG',
        message: error instanceof Error ? error.message : String(error),
      },
      counters: zeroCounters(),
      detail: {},
    }
  }
}
