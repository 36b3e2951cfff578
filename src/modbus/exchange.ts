import { describeException } from './exception.ts'
import type { ReplyExpectation } from './reply.ts'

/** Why an exchange has no answer. `sent`: the request may have reached the device, so a write may have taken effect. */
export type ExchangeFailure =
  /** The device refused: a well-formed exception. */
  | { readonly kind: 'exception'; readonly sent: true; readonly code: number }
  /** Nothing that can be believed came in time. */
  | { readonly kind: 'timeout'; readonly sent: true }
  /** What came under this request's name is not its answer. */
  | { readonly kind: 'malformed'; readonly sent: true; readonly message: string }
  /** There is no connection, or it ended before the answer. */
  | { readonly kind: 'disconnected'; readonly sent: boolean; readonly message: string }
  /** Taken back before it was sent. */
  | { readonly kind: 'cancelled'; readonly sent: false }

/**
 * One request and what its answer must look like. Made once and sent as often as needed, one time after the other: a
 * polling cycle makes no objects. Exactly one of `answered` and `failed` is called each time.
 */
export interface Exchange {
  readonly unit: number
  readonly pdu: Uint8Array
  readonly expected: ReplyExpectation
  readonly timeoutMs: number
  /** The reply's PDU is `bytes[at, at + length)`, judged to be the answer. The bytes are only valid during the call. */
  answered(bytes: Uint8Array, at: number, length: number, roundTripMs: number): void
  failed(failure: ExchangeFailure): void
}

/** Why bytes were thrown away instead of becoming an answer. */
export type DiscardKind =
  /** The answer to a request that was given up. */
  | 'late'
  /** A second answer. */
  | 'duplicate'
  /** A transaction that was never asked. */
  | 'foreign-transaction'
  /** Another unit than the one asked. */
  | 'foreign-unit'
  | 'wrong-function'
  | 'wrong-length'
  | 'wrong-echo'
  /** A frame that ends too early, or into which another one is spliced. */
  | 'truncated'
  /** Bytes that belong to no frame; RTU: a CRC that does not fit. */
  | 'garbage'

export type DiscardCounts = Record<DiscardKind, number>

export const noDiscards = (): DiscardCounts => ({
  late: 0,
  duplicate: 0,
  'foreign-transaction': 0,
  'foreign-unit': 0,
  'wrong-function': 0,
  'wrong-length': 0,
  'wrong-echo': 0,
  truncated: 0,
  garbage: 0,
})

export const totalDiscards = (counts: DiscardCounts): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0)

export function describeFailure(failure: ExchangeFailure): string {
  switch (failure.kind) {
    case 'exception':
      return describeException(failure.code)
    case 'timeout':
      return 'no answer in time'
    case 'cancelled':
      return 'taken back before it was sent'
    default:
      return failure.message
  }
}
