import type { DiscardKind, Exchange } from './exchange.ts'

/** What a framing tells its client. */
export interface FramingEvents {
  /** The exchange is over; its own callback has been or will be called by the client. */
  answered(exchange: Exchange, bytes: Uint8Array, at: number, length: number, roundTripMs: number): void
  /** The device refused. */
  refused(exchange: Exchange, code: number, roundTripMs: number): void
  /** What came under this exchange's name is not its answer. */
  malformed(exchange: Exchange, message: string): void
  discarded(kind: DiscardKind): void
}

/** How requests and replies travel on one connection, and which reply belongs to which request. */
export interface Framing {
  /** How many requests may be on the wire at once. */
  readonly capacity: number
  readonly inFlight: number
  /** Bytes that `frame` will write. */
  frameBytes(exchange: Exchange): number
  /** Writes the request's frame at `to[at…]` and expects its reply before `deadline`. */
  frame(exchange: Exchange, to: Uint8Array, at: number, now: number, deadline: number): void
  /** Takes bytes of the connection, valid only during the call. False: the stream is lost, close the connection. */
  receive(bytes: Uint8Array, now: number): boolean
  /** When the next request on the wire times out; `Infinity` without one. */
  earliestDeadline(): number
  /** Gives up the requests whose time is over; their late replies will not be taken for others. */
  expire(now: number): readonly Exchange[]
  /** Whether part of a frame has come in and the rest has not. */
  readonly partial: boolean
  /** Forgets everything at the end of a connection and gives the exchanges that were on the wire. */
  reset(): readonly Exchange[]
}
