import { type ErrorCode, IwError } from './errors.ts'

/** An expected refusal: returned, not thrown. */
export interface Failure {
  readonly ok: false
  readonly code: ErrorCode
  readonly message: string
  readonly detail?: Readonly<Record<string, unknown>>
}
export interface Success<T> {
  readonly ok: true
  readonly value: T
}
export type Result<T> = Success<T> | Failure

export const success = <T>(value: T): Success<T> => ({ ok: true, value })

export const failure = (code: ErrorCode, message: string, detail?: Record<string, unknown>): Failure =>
  detail ? { ok: false, code, message, detail } : { ok: false, code, message }

/** The value of a success; a failure is thrown as `IwError`. */
export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw new IwError(result.code, result.message, result.detail ? { detail: { ...result.detail } } : {})
}
