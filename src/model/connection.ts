import type { ErrorCode, Microseconds } from '#kernel'

/** Whether a machine answers. `partly`: it does, but some of its values are refused. */
export type ConnectionState = 'connecting' | 'answering' | 'partly' | 'failing' | 'stopped'

/** What is known of the connection to one thing; counters since the instance started. */
export interface ConnectionStatus {
  readonly thing: string
  readonly protocol: string
  /** Where it is reached, for people: `127.0.0.1:5020`, `/dev/ttyUSB0`. */
  readonly address: string
  readonly state: ConnectionState
  readonly since: Microseconds
  readonly lastAnswerAt?: Microseconds
  /** Time from request to answer, ms, smoothed. */
  readonly roundTripMs?: number
  readonly error?: { readonly code: ErrorCode; readonly message: string }
  /** Failing: when it is tried next, and how often it was tried in vain. */
  readonly nextTryAt?: Microseconds
  readonly tries?: number
  readonly counters: ConnectionCounters
  /** What the driver has to say of itself, for people: unit id, requests a cycle, limits learned. */
  readonly detail: Readonly<Record<string, string | number>>
}

export interface ConnectionCounters {
  requests: number
  answers: number
  timeouts: number
  /** Answers that were an error of the device (Modbus exceptions). */
  deviceErrors: number
  /** Bytes or frames thrown away: late, doubled, truncated, foreign, malformed. Never a value under a wrong name. */
  discarded: number
  connects: number
  missedPolls: number
  readings: number
}

export const zeroCounters = (): ConnectionCounters => ({
  requests: 0,
  answers: 0,
  timeouts: 0,
  deviceErrors: 0,
  discarded: 0,
  connects: 0,
  missedPolls: 0,
  readings: 0,
})
