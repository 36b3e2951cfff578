import { type ErrorCode, failure, isIwError, type Result, success } from '#kernel'
import { call, describeFailure, type ExchangeFailure, type LinkState, type ModbusClient, totalDiscards } from '#modbus'
import {
  type ConnectionCounters,
  type ConnectionState,
  type ConnectionStatus,
  type ThingDefinition,
  type Value,
  zeroCounters,
} from '#model'
import type { DeviceSession, DriverReadings, SessionContext, WriteResult } from '#ports'
import { Backoff, Poller } from '../../polling/index.ts'
import { readPoint, refusalOf, writeProperty } from './access.ts'
import { type Block, readRequest } from './block.ts'
import { checkedAddress, checkedConnection } from './check.ts'
import { lostReadings } from './columns.ts'
import { addressOf, inFlightOf, type ModbusConnection } from './connection.ts'
import { Group, type GroupHost } from './group.ts'
import { Learned } from './learned.ts'
import type { Links } from './links.ts'
import { type NameplateEntry, nameplateEveryMs, readEntry, readNameplate } from './nameplate.ts'
import { type Point, pointOf } from './point.ts'

export interface ModbusSessionOptions extends SessionContext {
  readonly links: Links
  readonly random: () => number
}

/** Pauses between questions to a device that is silent while its line is fine. */
const retry = { firstMs: 500, longestMs: 30_000 }
/** What a device refused is tried again after so long; it may have got another program meanwhile. */
const forgiveAfterMs = 600_000

/** The living connection to one thing on Modbus: polls it, notices when it falls silent, reads and writes on demand. */
export class ModbusSession implements DeviceSession, GroupHost {
  readonly unit: number
  readonly timeoutMs: number
  readonly learned: Learned
  readonly #thing: ThingDefinition
  readonly #connection: ModbusConnection
  readonly #options: ModbusSessionOptions
  readonly #points = new Map<string, Point>()
  readonly #nameplate: readonly NameplateEntry[]
  readonly #groups: readonly Group[]
  readonly #pollers: readonly Poller[]
  readonly #backoff: Backoff
  readonly #counters = zeroCounters()
  #link: { readonly client: ModbusClient; release(): void } | undefined
  #unwatch: () => void = () => {}
  #usable = false
  #forgivenAtMs = 0
  #refusedEntries = 0
  #state: ConnectionState = 'connecting'
  #since: number
  #error: { readonly code: ErrorCode; readonly message: string } | undefined
  #lastAnswerAt: number | undefined
  #roundTripMs: number | undefined
  #base = { discarded: 0, connects: 0 }

  constructor(thing: ThingDefinition, options: ModbusSessionOptions) {
    const { clock, random } = options
    this.#thing = thing
    this.#options = options
    this.#connection = checkedConnection(thing)
    this.unit = this.#connection.unit
    this.timeoutMs = this.#connection.timeoutMs
    this.learned = new Learned(this.#connection)
    this.#nameplate = this.#sortProperties()
    const byRhythm = Map.groupBy(this.#points.values(), ({ everyMs }) => everyMs)
    this.#groups = [...byRhythm].map(([everyMs, points]) => new Group(everyMs, points, this))
    const rounds = this.#groups.map((group) => ({ everyMs: group.everyMs, poll: () => group.poll() }))
    if (this.#nameplate.length > 0) rounds.push({ everyMs: nameplateEveryMs, poll: () => this.#askNameplate() })
    this.#pollers = rounds.map(
      (round) => new Poller({ ...round, clock, phase: random(), failed: (error) => this.broken(error) }),
    )
    this.#backoff = new Backoff({ clock, random, ...retry })
    this.#since = clock.now()
  }

  start(): void {
    const { links, clock, log } = this.#options
    try {
      this.#link = links.acquire(this.#connection, clock, log)
    } catch (error) {
      if (!isIwError(error)) throw error
      this.#lose({ code: error.code, message: error.message })
      return
    }
    const { client } = this.#link
    this.#base = { discarded: totalDiscards(client.counters.discarded), connects: client.counters.connects }
    client.limitUnit(this.unit, inFlightOf(this.#connection))
    this.#unwatch = client.watch((state) => this.#linkChanged(state))
    if (client.state.kind === 'open') this.#linkOpened()
    else client.start()
  }

  async stop(): Promise<void> {
    this.#usable = false
    this.#state = 'stopped'
    for (const poller of this.#pollers) poller.stop()
    for (const group of this.#groups) group.abandon()
    this.#backoff.stop()
    this.#unwatch()
    this.#link?.release()
    this.#link = undefined
  }

  async read(property: string): Promise<Result<Value>> {
    const access = this.#access()
    if (!access) return failure('IW_CONNECT_NO_ANSWER', this.#error?.message ?? 'not connected')
    const point = this.#points.get(property)
    if (point) return readPoint(access, point)
    const entry = this.#nameplate.find(({ property: { name } }) => name === property)
    if (!entry) return failure('IW_CONNECT_UNKNOWN_PROPERTY', `${this.#thing.id} has no property "${property}"`)
    const answer = await readEntry(access, entry, true)
    return 'value' in answer ? success(answer.value) : refusalOf(answer.failure, property)
  }

  async write(property: string, value: Value): Promise<WriteResult> {
    const access = this.#access()
    if (!access) return { outcome: 'failed', message: this.#error?.message ?? 'not connected' }
    const point = this.#points.get(property)
    if (!point) return { outcome: 'failed', message: `"${property}" cannot be written` }
    const group = this.#groups.find(({ everyMs }) => everyMs === point.everyMs)
    const exponent = point.scaleAt === undefined ? undefined : group?.exponent(point)
    return writeProperty(access, point.property, value, exponent)
  }

  status(): ConnectionStatus {
    const link = this.#link?.client.state
    const nextTryMs = link?.kind === 'waiting' ? link.retryAtMs : this.#backoff.nextAtMs
    const tries = Math.max(
      link?.kind === 'waiting' || link?.kind === 'connecting' ? link.tries : 0,
      this.#backoff.tries,
    )
    const failing = this.#state === 'failing'
    return {
      thing: this.#thing.id,
      protocol: 'modbus',
      address: addressOf(this.#connection),
      state: this.#state,
      since: this.#since,
      ...(this.#lastAnswerAt !== undefined && { lastAnswerAt: this.#lastAnswerAt }),
      ...(this.#roundTripMs !== undefined && { roundTripMs: this.#roundTripMs }),
      ...(this.#error && { error: this.#error }),
      ...(failing && nextTryMs !== undefined && { nextTryAt: this.#wallClock(nextTryMs) }),
      ...(failing && { tries }),
      counters: this.#currentCounters(),
      detail: this.#detail(),
    }
  }

  // What the groups need of their session.

  usable(): boolean {
    return this.#usable
  }

  now(): number {
    return this.#options.clock.now()
  }

  send(block: Block): void {
    this.#counters.requests++
    this.#link!.client.send(block)
  }

  cancel(block: Block): void {
    if (this.#link?.client.cancel(block)) this.#counters.requests--
  }

  answered(roundTripMs: number | undefined): void {
    this.#counters.answers++
    this.#lastAnswerAt = this.now()
    if (roundTripMs === undefined) return
    this.#roundTripMs = this.#roundTripMs === undefined ? roundTripMs : this.#roundTripMs * 0.9 + roundTripMs * 0.1
  }

  failed({ kind }: ExchangeFailure): void {
    if (kind === 'timeout') this.#counters.timeouts++
    else if (kind === 'exception') this.#counters.deviceErrors++
  }

  lost(failed: ExchangeFailure): void {
    if (!this.#usable) return
    const code = failed.kind === 'malformed' ? 'IW_CONNECT_DEVICE_ERROR' : 'IW_CONNECT_NO_ANSWER'
    this.#lose({ code, message: `unit ${this.unit}: ${describeFailure(failed)}` })
    this.#backoff.failed(() => void this.#tryAgain())
    this.#tell()
  }

  broken(error: unknown): void {
    this.#options.log.error({ thing: this.#thing.id, error }, 'a polling cycle failed')
  }

  readings(readings: DriverReadings): void {
    if (this.#state === 'stopped') return
    this.#counters.readings += readings.count
    void this.#options.sink.readings(readings)
  }

  changed(): void {
    if (!this.#usable) return
    const trouble = this.#groups.find(({ troubles }) => troubles > 0)?.trouble
    if (trouble !== undefined) this.#become('partly', { code: 'IW_CONNECT_DEVICE_ERROR', message: trouble })
    else if (this.#refusedEntries > 0)
      this.#become('partly', {
        code: 'IW_CONNECT_DEVICE_ERROR',
        message: 'the device does not tell all of its nameplate',
      })
    else this.#become('answering', undefined)
    this.#forgiveInTime()
  }

  // The connection and its ups and downs.

  #linkChanged(state: LinkState): void {
    if (state.kind === 'open') this.#linkOpened()
    else if (state.kind === 'waiting') {
      this.#lose({ code: state.code, message: state.reason })
      this.#backoff.stop()
      this.#tell()
    }
  }

  #linkOpened(): void {
    this.#backoff.stop()
    this.#forgive()
    this.#poll()
  }

  /** The device is to be polled: begins at once. */
  #poll(): void {
    this.#usable = true
    for (const poller of this.#pollers) {
      poller.stop()
      poller.start()
    }
    if (this.#groups.length === 0 && this.#nameplate.length === 0) this.changed()
  }

  /** The line is fine and the device was silent: one small question. */
  async #tryAgain(): Promise<void> {
    const access = this.#access()
    const first = this.#points.values().next().value
    if (!access || this.#usable) return
    const { table = 'holding', at = 0, size = 1 } = first ?? {}
    this.#counters.requests++
    const outcome = await call(access.client, this.unit, readRequest(table, at, size), { timeoutMs: this.timeoutMs })
    if (this.#state === 'stopped' || this.#usable) return
    if ('failure' in outcome) this.failed(outcome.failure)
    if ('pdu' in outcome || outcome.failure.kind === 'exception') {
      this.answered(undefined)
      this.#backoff.succeeded()
      this.#poll()
    } else if (outcome.failure.kind !== 'disconnected') {
      this.#backoff.failed(() => void this.#tryAgain())
      this.#tell()
    }
  }

  #lose(error: { readonly code: ErrorCode; readonly message: string }): void {
    this.#usable = false
    for (const poller of this.#pollers) poller.stop()
    const tags = this.#groups.flatMap((group) => group.lose(error.message))
    if (this.#state !== 'failing') tags.push(...this.#nameplate.map(({ tag }) => tag))
    if (tags.length > 0) this.readings(lostReadings(tags, this.now()))
    this.#become('failing', error)
  }

  #forgive(): void {
    this.#forgivenAtMs = this.#options.clock.monotonicMs()
    if (!this.learned.hasRefused) return
    this.learned.forgive()
    for (const group of this.#groups) group.replan()
  }

  #forgiveInTime(): void {
    if (this.#options.clock.monotonicMs() - this.#forgivenAtMs >= forgiveAfterMs) this.#forgive()
  }

  async #askNameplate(): Promise<void> {
    const access = this.#access()
    if (!access) return
    const { readings, asked, answered, refused } = await readNameplate(access, this.#nameplate, () => this.now())
    this.#counters.requests += asked
    this.#counters.answers += answered
    if (!this.#usable || !readings) return
    this.#refusedEntries = refused
    this.readings(readings)
    // Where there is more to poll, its first answers say how the device is.
    if (this.#groups.length === 0 || this.#state === 'answering' || this.#state === 'partly') this.changed()
  }

  #access() {
    return this.#link && this.#link.client.state.kind === 'open'
      ? { client: this.#link.client, connection: this.#connection }
      : undefined
  }

  #become(state: ConnectionState, error: { readonly code: ErrorCode; readonly message: string } | undefined): void {
    if (this.#state === 'stopped') return
    const changed = this.#state !== state || this.#error?.message !== error?.message
    if (this.#state !== state) this.#since = this.now()
    this.#state = state
    this.#error = error
    if (changed && state !== 'failing') this.#tell()
  }

  #tell(): void {
    if (this.#state !== 'stopped') this.#options.sink.changed(this.status())
  }

  /** Properties in registers and bits become points, by name; the others are given back. */
  #sortProperties(): readonly NameplateEntry[] {
    const entries: NameplateEntry[] = []
    for (const [index, property] of this.#thing.properties.entries()) {
      const tag = this.#options.tags[index]!
      const address = checkedAddress(property)
      if (address.table === 'identification' || address.table === 'server-id') entries.push({ property, tag, address })
      else this.#points.set(property.name, pointOf(property, tag, address, this.#connection)!)
    }
    return entries
  }

  #currentCounters(): ConnectionCounters {
    const counters = this.#link?.client.counters
    return {
      ...this.#counters,
      discarded: counters ? totalDiscards(counters.discarded) - this.#base.discarded : 0,
      connects: counters ? counters.connects - this.#base.connects : 0,
      missedPolls: this.#pollers.reduce((sum, { missed }) => sum + missed, 0),
    }
  }

  #detail(): Record<string, string | number> {
    const { maxRegisters } = this.learned.limits
    const discarded = this.#link?.client.counters.discarded ?? {}
    const kinds = Object.entries<number>(discarded).filter(([, count]) => count > 0)
    return {
      transport: this.#connection.transport,
      unit: this.unit,
      requestsPerCycle: this.#groups.reduce((sum, { requests }) => sum + requests, 0),
      ...(maxRegisters < 125 && { maxRegisters }),
      ...(this.learned.holes > 0 && { holes: this.learned.holes }),
      ...(kinds.length > 0 && { discarded: kinds.map(([kind, count]) => `${kind} ${count}`).join(', ') }),
    }
  }

  #wallClock(monotonicMs: number): number {
    const { clock } = this.#options
    return clock.now() + Math.round((monotonicMs - clock.monotonicMs()) * 1000)
  }
}
