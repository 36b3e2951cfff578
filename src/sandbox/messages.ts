import { type ErrorCode, errorCatalogue, IwError } from '#kernel'

/** What goes to a child. */
export type ToChild =
  | { readonly kind: 'ask'; readonly id: number; readonly request: unknown }
  | { readonly kind: 'abort'; readonly id: number }

/** What comes from it. */
export type FromChild =
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: SentError }
  | { readonly kind: 'progress'; readonly id: number; readonly progress: unknown }

/** An error as it travels: classes do not. */
export interface SentError {
  readonly code?: string
  readonly name: string
  readonly message: string
  readonly stack?: string | undefined
  readonly detail?: Readonly<Record<string, unknown>>
}

/** The exit code of a child that ended itself because it grew beyond its limit. */
export const memoryExitCode = 88

/** Where a child finds its limit of resident memory, bytes. */
export const memoryLimitVariable = 'IW_CHILD_MEMORY_LIMIT'

export function sendable(error: unknown): SentError {
  if (error instanceof IwError)
    return { code: error.code, name: error.name, message: error.message, stack: error.stack, detail: error.detail }
  if (error instanceof Error) return { name: error.name, message: error.message, stack: error.stack }
  return { name: 'Error', message: String(error) }
}

/** The error again, an `IwError` where it was one; its stack is the child's. */
export function received({ code, name, message, stack, detail }: SentError): Error {
  const error =
    code !== undefined && Object.hasOwn(errorCatalogue, code)
      ? new IwError(code as ErrorCode, message, { ...(detail && { detail }) })
      : Object.assign(new Error(message), { name })
  if (stack !== undefined) error.stack = stack
  return error
}
