import { type Clock, type ErrorCode, type Logger, silentLogger, systemClock } from '#kernel'
import { type DiscardCounts, type DiscardKind, type Exchange, type ExchangeFailure, noDiscards } from './exchange.ts'
import type { Framing, FramingEvents } from './framing.ts'
import { Lanes } from './lanes.ts'
import { MbapFraming } from './mbap-framing.ts'
import { Outbox } from './outbox.ts'
import { RtuFraming } from './rtu-framing.ts'
import { frameGapMs, type SerialSettings, serialWire } from './serial-wire.ts'
import { type OpenWire, tcpWire, type Wire } from './wire.ts'

export type ModbusTransport =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'rtu-over-tcp'; readonly host: string; readonly port: number }
  | ({ readonly kind: 'rtu' } & SerialSettings)

export interface ModbusClientOptions {
  readonly transport: ModbusTransport
  readonly clock?: Clock
  readonly log?: Logger
  /** Between 0 and 1; for jitter and the first transaction id. */
  readonly random?: () => number
  /** Requests on the wire at once, all units together (TCP only, 1 to 16). Default 16; each unit has its own limit, 1. */
  readonly inFlight?: number
  readonly connectTimeoutMs?: number
  /** Unanswered requests in a row after which a TCP connection is taken for dead. Default 3. */
  readonly mostUnanswered?: number
  /** First and longest pause between attempts to connect. Default 500 and 30,000 ms, doubling, with jitter. */
  readonly retryMs?: { readonly first: number; readonly longest: number }
  /** In place of a socket or serial line; for tests. */
  readonly openWire?: OpenWire
  /** See `MbapFraming`: only for the control run of the fault tests. */
  readonly brokenOnPurposeIgnoreTransactions?: boolean
}

/** The connection to whatever answers at the other end. `retryAtMs`: on the monotonic clock. */
export type LinkState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting'; readonly tries: number }
  | { readonly kind: 'open' }
  | {
      readonly kind: 'waiting'
      readonly tries: number
      readonly code: ErrorCode
      readonly reason: string
      readonly retryAtMs: number
    }

export interface ClientCounters {
  requests: number
  answers: number
  exceptions: number
  timeouts: number
  connects: number
  readonly discarded: DiscardCounts
}

/**
 * One connection to Modbus devices, shared by all units behind it. It connects by itself, again after any transport
 * error, with growing pauses. A request gets the answer that was judged to be its own, or a failure; never another's.
 */
export class ModbusClient {
  readonly counters: ClientCounters = {
    requests: 0,
    answers: 0,
    exceptions: 0,
    timeouts: 0,
    connects: 0,
    discarded: noDiscards(),
  }
  readonly #options: ModbusClientOptions
  readonly #clock: Clock
  readonly #log: Logger
  readonly #random: () => number
  readonly #framing: Framing
  readonly #lanes = new Lanes()
  readonly #outbox = new Outbox()
  readonly #open: OpenWire
  /** Silence between frames (serial) and after a time-out (RTU, both transports). */
  readonly #gapMs: number
  readonly #isRtu: boolean
  readonly #watchers = new Set<(state: LinkState) => void>()
  #state: LinkState = { kind: 'idle' }
  #wire: Wire | undefined
  /** False while the wire is renewed behind an open state. */
  #wireReady = false
  #quietUntil = 0
  #failedAttempts = 0
  #unanswered = 0
  #pumpPlanned = false
  #cancelRetry: (() => void) | undefined
  #timer: { readonly at: number; cancel(): void } | undefined

  constructor(options: ModbusClientOptions) {
    const { transport, clock, log, random = Math.random } = options
    this.#options = options
    this.#clock = clock ?? systemClock
    this.#log = log ?? silentLogger
    this.#random = random
    this.#isRtu = transport.kind !== 'tcp'
    this.#gapMs = transport.kind === 'rtu' ? frameGapMs(transport) : 0
    this.#open = options.openWire ?? wireFor(transport, options.connectTimeoutMs ?? 3000)
    this.#framing = this.#isRtu ? new RtuFraming(this.#events()) : this.#mbap()
  }

  get state(): LinkState {
    return this.#state
  }

  /** Whether nothing waits and nothing is on the wire. */
  get isIdle(): boolean {
    return this.#lanes.waiting === 0 && this.#framing.inFlight === 0
  }

  /** Begins to connect and goes on trying until `close()`. */
  start(): void {
    if (this.#state.kind === 'idle') this.#connect()
  }

  /** Ends the connection; what waits or is on the wire fails as disconnected. */
  close(): void {
    this.#cancelRetry?.()
    this.#cancelRetry = undefined
    this.#endConnection('closed by us')
    this.#become({ kind: 'idle' })
  }

  /** Calls `watcher` at each change of the connection. Returns how to stop. */
  watch(watcher: (state: LinkState) => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Requests of one unit that may be on the wire at once. */
  limitUnit(unit: number, inFlight: number): void {
    this.#lanes.limit(unit, inFlight)
  }

  /** Sends a request when its turn comes. Without a connection it fails at once. */
  send(exchange: Exchange, urgent = false): void {
    if (this.#state.kind !== 'open') {
      const message = this.#state.kind === 'waiting' ? this.#state.reason : 'not connected'
      exchange.failed({ kind: 'disconnected', sent: false, message })
      return
    }
    this.#lanes.add(exchange, urgent)
    this.#planPump()
  }

  /** Takes back a request that has not been sent; it fails as cancelled. False: too late. */
  cancel(exchange: Exchange): boolean {
    if (!this.#lanes.remove(exchange)) return false
    exchange.failed({ kind: 'cancelled', sent: false })
    return true
  }

  #mbap(): MbapFraming {
    const { inFlight = 16, brokenOnPurposeIgnoreTransactions = false } = this.#options
    const firstTransaction = Math.floor(this.#random() * 0x10000)
    return new MbapFraming({ inFlight, firstTransaction, brokenOnPurposeIgnoreTransactions }, this.#events())
  }

  #events(): FramingEvents {
    return {
      answered: (exchange, bytes, at, length, roundTripMs) => {
        this.counters.answers++
        this.#alive(exchange)
        this.#guard(() => exchange.answered(bytes, at, length, roundTripMs))
      },
      refused: (exchange, code) => {
        this.counters.exceptions++
        this.#alive(exchange)
        this.#guard(() => exchange.failed({ kind: 'exception', sent: true, code }))
      },
      malformed: (exchange, message) => {
        this.#unanswered++
        this.#finish(exchange, { kind: 'malformed', sent: true, message })
      },
      discarded: (kind) => this.#discard(kind),
    }
  }

  /** Something that can be believed came: the device at the other end lives. */
  #alive(exchange: Exchange): void {
    this.#unanswered = 0
    this.#failedAttempts = 0
    this.#lanes.finished(exchange)
    if (this.#lanes.waiting > 0) this.#planPump()
  }

  #finish(exchange: Exchange, failure: ExchangeFailure): void {
    this.#lanes.finished(exchange)
    if (this.#lanes.waiting > 0) this.#planPump()
    this.#guard(() => exchange.failed(failure))
  }

  /** Whoever asked may fail over the answer; the connection and the others do not. */
  #guard(tell: () => void): void {
    try {
      tell()
    } catch (error) {
      this.#log.error({ error }, 'an answer could not be taken')
    }
  }

  #discard(kind: DiscardKind): void {
    this.counters.discarded[kind]++
    this.#log.debug({ kind }, 'Modbus reply discarded')
    // On a line without transaction ids anything unasked means disorder: wait until it is over.
    if (this.#isRtu) this.#keepQuiet(Math.max(this.#gapMs, disorderMs))
  }

  #connect(): void {
    this.#become({ kind: 'connecting', tries: this.#failedAttempts })
    this.#unanswered = 0
    this.#openWire()
  }

  #openWire(): void {
    this.#wireReady = false
    this.#framing.reset()
    this.#wire = this.#open({
      opened: () => this.#opened(),
      data: (bytes) => this.#received(bytes),
      closed: (reason, code) => this.#disconnect(reason, code),
    })
  }

  #opened(): void {
    this.counters.connects++
    this.#wireReady = true
    if (this.#state.kind === 'open') this.#planPump()
    else this.#become({ kind: 'open' })
  }

  #received(bytes: Uint8Array): void {
    const now = this.#clock.monotonicMs()
    if (this.#gapMs > 0) this.#keepQuiet(this.#gapMs)
    if (!this.#framing.receive(bytes, now)) this.#disconnect('the stream of replies is broken')
  }

  #planPump(): void {
    if (this.#pumpPlanned) return
    this.#pumpPlanned = true
    process.nextTick(this.#pump)
  }

  /** Sends what may be sent, all in one write. */
  readonly #pump = (): void => {
    this.#pumpPlanned = false
    const wire = this.#wire
    if (!wire || !this.#wireReady || this.#lanes.waiting === 0) return
    const now = this.#clock.monotonicMs()
    if (now < this.#quietUntil) {
      this.#wakeAt(this.#quietUntil)
      return
    }
    const { capacity } = this.#framing
    while (this.#framing.inFlight < capacity) {
      const exchange = this.#lanes.take()
      if (!exchange) break
      const deadline = now + exchange.timeoutMs
      const at = this.#outbox.reserve(this.#framing.frameBytes(exchange))
      this.#framing.frame(exchange, this.#outbox.bytes, at, now, deadline)
      this.counters.requests++
      this.#wakeAt(deadline)
    }
    this.#outbox.flush(wire)
  }

  /** One timer for all requests: it fires at the earliest deadline known when it was set, and then looks again. */
  #wakeAt(at: number): void {
    if (this.#timer && this.#timer.at <= at) return
    this.#timer?.cancel()
    const delayMs = Math.max(1, Math.ceil(at - this.#clock.monotonicMs()))
    this.#timer = { at, cancel: this.#clock.after(delayMs, () => this.#wake()) }
  }

  #wake(): void {
    this.#timer = undefined
    const now = this.#clock.monotonicMs()
    const expired = this.#framing.expire(now)
    if (expired.length > 0) this.#timedOut(expired, now)
    const next = this.#framing.earliestDeadline()
    if (next < Number.POSITIVE_INFINITY) this.#wakeAt(next)
    if (this.#lanes.waiting > 0) this.#planPump()
  }

  #timedOut(expired: readonly Exchange[], now: number): void {
    this.counters.timeouts += expired.length
    this.#unanswered += expired.length
    if (this.#isRtu) this.#keepQuiet(Math.max(...expired.map(({ timeoutMs }) => timeoutMs)), now)
    const reason = this.#reasonToReconnect()
    for (const exchange of expired) this.#finish(exchange, { kind: 'timeout', sent: true })
    if (this.#state.kind !== 'open') return
    if (reason) this.#disconnect(reason)
    else if (this.#options.transport.kind === 'rtu-over-tcp') this.#renewWire()
  }

  /** Half a frame would borrow bytes from the next, and silence in a row means a half-open connection. */
  #reasonToReconnect(): string | undefined {
    if (this.#options.transport.kind === 'rtu') return undefined
    if (!this.#isRtu && this.#framing.partial) return 'an answer ended in the middle'
    if (this.#unanswered >= (this.#options.mostUnanswered ?? 3)) return 'no answer in time'
    return undefined
  }

  /**
   * RTU over TCP: a late reply could pass for the next answer, so its stream is left at once. What waits for other units
   * goes on waiting: one dead device on the line behind must not take the others with it. The new stream is kept silent
   * for a while too, as a serial device server may deliver the late reply there.
   */
  #renewWire(): void {
    this.#wire?.close()
    this.#outbox.clear()
    this.#openWire()
  }

  #keepQuiet(ms: number, now = this.#clock.monotonicMs()): void {
    this.#quietUntil = Math.max(this.#quietUntil, now + ms)
  }

  /** The connection is over: tell whoever waits, and try again after a pause. */
  #disconnect(reason: string, code: ErrorCode = 'IW_CONNECT_NO_ANSWER'): void {
    if (this.#state.kind === 'idle' || this.#state.kind === 'waiting') return
    const { first = 500, longest = 30_000 } = this.#options.retryMs ?? {}
    const pauseMs = Math.min(longest, first * 2 ** Math.min(this.#failedAttempts, 20)) * (0.5 + this.#random() / 2)
    this.#failedAttempts++
    const retryAtMs = this.#clock.monotonicMs() + pauseMs
    this.#cancelRetry = this.#clock.after(pauseMs, () => this.#connect())
    this.#state = { kind: 'waiting', tries: this.#failedAttempts, code, reason, retryAtMs }
    this.#endConnection(reason)
    this.#become(this.#state)
  }

  #endConnection(reason: string): void {
    this.#wire?.close()
    this.#wire = undefined
    this.#wireReady = false
    this.#timer?.cancel()
    this.#timer = undefined
    this.#outbox.clear()
    const onTheWire = this.#framing.reset()
    const waiting = this.#lanes.clear()
    for (const exchange of onTheWire)
      this.#guard(() => exchange.failed({ kind: 'disconnected', sent: true, message: reason }))
    for (const exchange of waiting)
      this.#guard(() => exchange.failed({ kind: 'disconnected', sent: false, message: reason }))
  }

  #become(state: LinkState): void {
    this.#state = state
    for (const watcher of this.#watchers) watcher(state)
  }
}

/** How long an RTU line is left alone after bytes nobody asked for: a frame of 256 bytes at 38,400 baud. */
const disorderMs = 75

function wireFor(transport: ModbusTransport, connectTimeoutMs: number): OpenWire {
  if (transport.kind === 'rtu') return serialWire(transport)
  return tcpWire(transport.host, transport.port, connectTimeoutMs)
}
