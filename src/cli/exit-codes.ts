import { type ErrorCode, IwError } from '#kernel'

/** How a command ends, for programs. `docs/reference/cli.md` is made of this table. */
export const exitCodes = {
  ok: { code: 0, meaning: 'done' },
  failed: { code: 1, meaning: 'it was tried and failed; the code on the standard error says why' },
  usage: { code: 2, meaning: 'the command line is not understood' },
  notRunning: { code: 3, meaning: 'no running instance answers' },
  refused: { code: 4, meaning: 'refused: not permitted, or against the rules of the property' },
  unknown: { code: 5, meaning: 'a write was sent and nobody knows whether it took effect; look at the machine' },
  partly: { code: 6, meaning: 'done, but some rows of a file were not taken; the output says which and why' },
  stopped: { code: 7, meaning: 'stopped before the end; the same command goes on from there' },
} as const

const byError: Partial<Record<ErrorCode, keyof typeof exitCodes>> = {
  IW_INSTANCE_NOT_RUNNING: 'notRunning',
  IW_IDENTITY_UNAUTHENTICATED: 'refused',
  IW_IDENTITY_FORBIDDEN: 'refused',
  IW_CONNECT_READ_ONLY_SOURCE: 'refused',
  IW_COMMAND_NOT_WRITABLE: 'refused',
  IW_COMMAND_OUT_OF_RANGE: 'refused',
  IW_COMMAND_STEP: 'refused',
  IW_COMMAND_RATE: 'refused',
  IW_COMMAND_TYPE: 'refused',
  IW_COMMAND_BUSY: 'refused',
  IW_COMMAND_UNKNOWN_OUTCOME: 'unknown',
}

/** A command line that is not understood, told by the command itself. */
export class UsageError extends Error {}

export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return exitCodes.usage.code
  const name = error instanceof IwError ? byError[error.code] : undefined
  return exitCodes[name ?? 'failed'].code
}
