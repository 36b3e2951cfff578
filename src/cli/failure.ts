import { IwError } from '#kernel'
import { exitCodeOf, UsageError } from './exit-codes.ts'
import type { Io } from './io.ts'

/** Says what went wrong: for people message, code and remedy; for programs the same as one JSON line. Gives the exit code. */
export function tellFailure(error: unknown, json: boolean, io: Pick<Io, 'err'>): number {
  io.err(json ? `${JSON.stringify({ error: described(error) })}\n` : text(error))
  return exitCodeOf(error)
}

function described(error: unknown): object {
  if (error instanceof IwError) {
    const { code, message, remedy, detail } = error
    return { code, message, remedy, ...(Object.keys(detail).length > 0 && { detail }) }
  }
  const code = error instanceof UsageError ? 'usage' : 'IW_KERNEL_BUG'
  return { code, message: error instanceof Error ? error.message : String(error) }
}

function text(error: unknown): string {
  if (error instanceof IwError) return `${error.message}\n${error.code}: ${error.remedy}\n`
  if (error instanceof UsageError) return `${error.message}\n`
  return `IW_KERNEL_BUG: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`
}
