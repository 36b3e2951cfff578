import { copyBytes, joinBytes } from './bytes.ts'
import type { Exchange } from './exchange.ts'
import type { Framing, FramingEvents } from './framing.ts'
import { mbapBytes, mbapFrameLength, transactionOf, writeMbap } from './mbap.ts'
import { judgeReply } from './reply.ts'

/** A transaction that was asked; kept after its end, so that what comes later is recognised. Reused, never dropped. */
interface Slot {
  transaction: number
  unit: number
  function: number
  /** Of the whole reply frame as the MBAP length field says it; 0 where the reply decides. */
  replyLength: number
  exchange: Exchange | undefined
  sentAt: number
  deadline: number
}

/** Slots are found by the low bits of the transaction id; a power of two, several times the most in flight. */
const slotCount = 64
const mostInFlight = 16

/** Ids this far back are taken for doubled answers, older ones for foreign ones. */
const rememberedTransactions = 1024

/** Enough bytes of what follows a frame to recognise the next one: MBAP header and function. */
const seamBytes = mbapBytes + 1

const exceptionLength = 3

export interface MbapFramingOptions {
  /** Requests on the wire at once, 1 to 16. */
  readonly inFlight: number
  /** The id before the first one; random, so that a restarted program is not answered what another asked. */
  readonly firstTransaction: number
  /** Takes any reply for the answer to the oldest request. Exists to show that the fault tests find what this breaks. */
  readonly brokenOnPurposeIgnoreTransactions?: boolean
}

/**
 * Modbus over TCP (Messaging on TCP V1.0b §3.1.3, §4.4.1.3): replies are matched by transaction id, then judged by unit,
 * function, length and echo. A truncated reply would borrow the bytes it lacks from the next one, and TCP frames carry no
 * checksum; so a frame is believed only if no header of another expected reply is inside it and what follows it, if
 * anything, is such a header.
 */
export class MbapFraming implements Framing {
  readonly capacity: number
  readonly #events: FramingEvents
  readonly #slots: readonly Slot[]
  readonly #ignoreTransactions: boolean
  /** Given up, and not answered since: not used again on this connection. */
  readonly #abandoned = new Set<number>()
  #next: number
  #inFlight = 0
  #rest: Uint8Array = new Uint8Array(0)

  constructor(options: MbapFramingOptions, events: FramingEvents) {
    this.capacity = Math.min(options.inFlight, mostInFlight)
    this.#events = events
    this.#next = options.firstTransaction & 0xffff
    this.#ignoreTransactions = options.brokenOnPurposeIgnoreTransactions ?? false
    this.#slots = Array.from({ length: slotCount }, () => ({
      transaction: -1,
      unit: 0,
      function: 0,
      replyLength: 0,
      exchange: undefined,
      sentAt: 0,
      deadline: Number.POSITIVE_INFINITY,
    }))
  }

  get inFlight(): number {
    return this.#inFlight
  }

  get partial(): boolean {
    return this.#rest.length > 0
  }

  frameBytes(exchange: Exchange): number {
    return mbapBytes + exchange.pdu.length
  }

  frame(exchange: Exchange, to: Uint8Array, at: number, now: number, deadline: number): void {
    const { unit, pdu, expected } = exchange
    const slot = this.#takeSlot()
    slot.unit = unit
    slot.function = expected.function
    slot.replyLength = expected.length > 0 ? expected.length + 1 : 0
    slot.exchange = exchange
    slot.sentAt = now
    slot.deadline = deadline
    this.#inFlight++
    writeMbap(to, at, slot.transaction, unit, pdu.length)
    to.set(pdu, at + mbapBytes)
  }

  receive(chunk: Uint8Array, now: number): boolean {
    const bytes = this.#rest.length > 0 ? joinBytes(this.#rest, chunk) : chunk
    let at = 0
    for (;;) {
      const length = mbapFrameLength(bytes, at, bytes.length)
      if (length === -1) return this.#lost('garbage')
      if (length === undefined || at + length > bytes.length) break
      const end = at + length
      if (!this.#ignoreTransactions) {
        const follows = bytes.length - end
        if (follows > 0 && follows < seamBytes) break
        if (follows > 0 && !this.#beginsKnownReply(bytes, end)) return this.#lost('truncated')
        if (this.#hidesKnownReply(bytes, at + seamBytes, end)) return this.#lost('truncated')
      }
      this.#take(bytes, at, length, now)
      at = end
    }
    this.#rest = at < bytes.length ? copyBytes(bytes, at) : nothing
    return true
  }

  earliestDeadline(): number {
    let earliest = Number.POSITIVE_INFINITY
    if (this.#inFlight > 0)
      for (const slot of this.#slots) if (slot.exchange && slot.deadline < earliest) earliest = slot.deadline
    return earliest
  }

  expire(now: number): readonly Exchange[] {
    const expired: Exchange[] = []
    for (const slot of this.#slots) {
      if (!slot.exchange || slot.deadline > now) continue
      expired.push(slot.exchange)
      this.#abandoned.add(slot.transaction)
      this.#free(slot)
    }
    return expired
  }

  reset(): readonly Exchange[] {
    const open = this.#slots.flatMap(({ exchange }) => (exchange ? [exchange] : []))
    if (this.#rest.length > 0) this.#events.discarded('truncated')
    for (const slot of this.#slots) {
      this.#free(slot)
      slot.transaction = -1
    }
    this.#inFlight = 0
    this.#abandoned.clear()
    this.#rest = nothing
    return open
  }

  /** The next id that is neither on the wire nor given up, and the slot it falls into. */
  #takeSlot(): Slot {
    for (;;) {
      this.#next = (this.#next + 1) & 0xffff
      const slot = this.#slots[this.#next & (slotCount - 1)]!
      if (slot.exchange || this.#abandoned.has(this.#next)) continue
      slot.transaction = this.#next
      return slot
    }
  }

  #free(slot: Slot): void {
    if (slot.exchange) this.#inFlight--
    slot.exchange = undefined
    slot.deadline = Number.POSITIVE_INFINITY
  }

  #slotOf(transaction: number): Slot | undefined {
    const slot = this.#slots[transaction & (slotCount - 1)]!
    return slot.transaction === transaction ? slot : undefined
  }

  #take(bytes: Uint8Array, at: number, length: number, now: number): void {
    const transaction = transactionOf(bytes, at)
    const slot = this.#ignoreTransactions ? this.#oldest() : this.#slotOf(transaction)
    const exchange = slot?.exchange
    if (!slot || !exchange) {
      this.#events.discarded(this.#strayKind(transaction))
      return
    }
    const unit = bytes[at + 6]!
    const roundTripMs = now - slot.sentAt
    if (unit !== exchange.unit) {
      this.#reject(slot, exchange, 'foreign-unit', `unit ${unit} answered for unit ${exchange.unit}`)
      return
    }
    const verdict = judgeReply(exchange.expected, bytes, at + mbapBytes, length - mbapBytes)
    if (verdict === 'answer') {
      this.#free(slot)
      this.#events.answered(exchange, bytes, at + mbapBytes, length - mbapBytes, roundTripMs)
    } else if (verdict === 'exception') {
      this.#free(slot)
      this.#events.refused(exchange, bytes[at + mbapBytes + 1]!, roundTripMs)
    } else this.#reject(slot, exchange, verdict, `the answer has the ${verdict.replace('-', ' ')}`)
  }

  #reject(
    slot: Slot,
    exchange: Exchange,
    kind: 'foreign-unit' | 'wrong-function' | 'wrong-length' | 'wrong-echo',
    message: string,
  ): void {
    this.#abandoned.add(slot.transaction)
    this.#free(slot)
    this.#events.discarded(kind)
    this.#events.malformed(exchange, message)
  }

  #strayKind(transaction: number): 'late' | 'duplicate' | 'foreign-transaction' {
    if (this.#abandoned.delete(transaction)) return 'late'
    const age = (this.#next - transaction) & 0xffff
    return age < rememberedTransactions ? 'duplicate' : 'foreign-transaction'
  }

  /** Whether a reply we asked for, or asked for lately, may begin at `at`. */
  #beginsKnownReply(bytes: Uint8Array, at: number): boolean {
    if (bytes[at + 2] !== 0 || bytes[at + 3] !== 0 || bytes[at + 4] !== 0) return false
    const slot = this.#slotOf(transactionOf(bytes, at))
    if (!slot) return this.#abandoned.has(transactionOf(bytes, at))
    return isHeaderOf(slot, bytes, at)
  }

  /** Whether the header of a reply we asked for lately stands inside `bytes[from, end)`. */
  #hidesKnownReply(bytes: Uint8Array, from: number, end: number): boolean {
    // Bytes 2 to 4 of a header are 0: a byte that is not rules out up to three places at once.
    for (let at = from; at + seamBytes <= end; ) {
      if (bytes[at + 4] !== 0) at += 3
      else if (bytes[at + 3] !== 0) at += 2
      else {
        const slot = bytes[at + 2] === 0 ? this.#slotOf(transactionOf(bytes, at)) : undefined
        if (slot && isHeaderOf(slot, bytes, at)) return true
        at++
      }
    }
    return false
  }

  #oldest(): Slot | undefined {
    let oldest: Slot | undefined
    for (const slot of this.#slots) if (slot.exchange && (!oldest || slot.sentAt < oldest.sentAt)) oldest = slot
    return oldest
  }

  #lost(kind: 'garbage' | 'truncated'): false {
    this.#rest = nothing
    this.#events.discarded(kind)
    return false
  }
}

const nothing = new Uint8Array(0)

function isHeaderOf(slot: Slot, bytes: Uint8Array, at: number): boolean {
  const length = bytes[at + 5]!
  const code = bytes[at + 7]!
  if (code === (slot.function | 0x80)) return length === exceptionLength
  return code === slot.function && (slot.replyLength === 0 || length === slot.replyLength)
}
