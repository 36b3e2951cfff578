import type { ErrorCode, Microseconds } from '#kernel'
import type { Value } from './reading-batch.ts'

/** A wish to write one property of one thing. */
export interface Command {
  readonly id: string
  readonly thing: string
  readonly property: string
  readonly value: Value
  readonly principal: string
  readonly reason?: string
  readonly requestedAt: Microseconds
}

/**
 * `done`: written, and read back equal. `refused`: never sent, the rules forbid it. `failed`: sent, and surely without
 * effect, or the machine did not keep it. `unknown`: sent, and nobody knows; it is never repeated blindly.
 */
export type CommandOutcome = 'pending' | 'done' | 'refused' | 'failed' | 'unknown'

/** The audit record: what was asked by whom, what it was before, what became of it. */
export interface CommandRecord extends Command {
  readonly outcome: CommandOutcome
  readonly code?: ErrorCode
  readonly message?: string
  readonly previous?: Value
  readonly readBack?: Value
  readonly finishedAt?: Microseconds
}
