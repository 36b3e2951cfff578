import { copyBytes, joinBytes } from './bytes.ts'
import { crcFits, frameRtu } from './crc16.ts'
import type { Exchange } from './exchange.ts'
import type { Framing, FramingEvents } from './framing.ts'
import { exceptionPduBytes, judgeReply, replyPduLength } from './reply.ts'

/** Unit and CRC around the PDU (Serial Line V1.02 §2.5.1). */
const overhead = 3
const longestFrame = 256

/**
 * RTU frames, one request at a time (Serial Line V1.02 §2.4.1). Replies carry no transaction id: unit, function, length,
 * echo and CRC must fit, and whoever uses this must keep silent after a time-out until a late reply has passed by.
 */
export class RtuFraming implements Framing {
  readonly capacity = 1
  readonly #events: FramingEvents
  #exchange: Exchange | undefined
  #sentAt = 0
  #deadline = Number.POSITIVE_INFINITY
  #rest: Uint8Array = nothing

  constructor(events: FramingEvents) {
    this.#events = events
  }

  get inFlight(): number {
    return this.#exchange ? 1 : 0
  }

  get partial(): boolean {
    return this.#rest.length > 0
  }

  frameBytes(exchange: Exchange): number {
    return exchange.pdu.length + overhead
  }

  frame(exchange: Exchange, to: Uint8Array, at: number, now: number, deadline: number): void {
    to.set(frameRtu(exchange.unit, exchange.pdu), at)
    this.#exchange = exchange
    this.#sentAt = now
    this.#deadline = deadline
    this.#rest = nothing
  }

  receive(chunk: Uint8Array, now: number): boolean {
    const exchange = this.#exchange
    if (!exchange) {
      this.#events.discarded('late')
      return true
    }
    const bytes = this.#rest.length > 0 ? joinBytes(this.#rest, chunk) : chunk
    const { start, length } = findReply(exchange, bytes)
    if (length === undefined) {
      this.#keep(exchange, bytes)
      return true
    }
    if (start > 0) this.#events.discarded(strayKind(exchange, bytes.subarray(0, start)))
    this.#finish()
    const pduLength = length - overhead
    const roundTripMs = now - this.#sentAt
    if (pduLength === exceptionPduBytes && bytes[start + 1]! & 0x80)
      this.#events.refused(exchange, bytes[start + 2]!, roundTripMs)
    else this.#events.answered(exchange, bytes, start + 1, pduLength, roundTripMs)
    if (start + length < bytes.length) this.#events.discarded('duplicate')
    return true
  }

  earliestDeadline(): number {
    return this.#deadline
  }

  expire(now: number): readonly Exchange[] {
    const exchange = this.#exchange
    if (!exchange || this.#deadline > now) return []
    if (this.#rest.length > 0) this.#events.discarded(strayKind(exchange, this.#rest))
    this.#finish()
    return [exchange]
  }

  reset(): readonly Exchange[] {
    const exchange = this.#exchange
    if (this.#rest.length > 0) this.#events.discarded('truncated')
    this.#finish()
    return exchange ? [exchange] : []
  }

  /** The answer may still come: its beginning is at most one frame back. */
  #keep(exchange: Exchange, bytes: Uint8Array): void {
    if (bytes.length > longestFrame) this.#events.discarded(strayKind(exchange, bytes))
    this.#rest = copyBytes(bytes, Math.max(0, bytes.length - longestFrame))
  }

  #finish(): void {
    this.#exchange = undefined
    this.#deadline = Number.POSITIVE_INFINITY
    this.#rest = nothing
  }
}

const nothing = new Uint8Array(0)

/** The first place where the answer stands whole; no `length` where it does not (yet). */
function findReply(exchange: Exchange, bytes: Uint8Array): { start: number; length: number | undefined } {
  for (let start = 0; start < bytes.length; start++) {
    if (bytes[start] !== exchange.unit) continue
    const pdu = replyPduLength(exchange.expected, bytes, start + 1, bytes.length)
    if (pdu === undefined || pdu === -1) continue
    const length = pdu + overhead
    if (length > longestFrame || start + length > bytes.length) continue
    if (isAnswer(exchange, bytes, start, length)) return { start, length }
  }
  return { start: 0, length: undefined }
}

function isAnswer({ expected }: Exchange, bytes: Uint8Array, start: number, length: number): boolean {
  if (!crcFits(bytes, start, start + length)) return false
  const verdict = judgeReply(expected, bytes, start + 1, length - overhead)
  return verdict === 'answer' || verdict === 'exception'
}

/** What the bytes were that did not make the answer: a whole frame of somebody, or nothing with a meaning. */
function strayKind(
  { unit, expected }: Exchange,
  bytes: Uint8Array,
): 'foreign-unit' | 'wrong-function' | 'wrong-length' | 'garbage' {
  for (let end = overhead + exceptionPduBytes; end <= Math.min(bytes.length, longestFrame); end++) {
    if (!crcFits(bytes, 0, end)) continue
    if (bytes[0] !== unit) return 'foreign-unit'
    return (bytes[1]! & 0x7f) === expected.function ? 'wrong-length' : 'wrong-function'
  }
  return 'garbage'
}
