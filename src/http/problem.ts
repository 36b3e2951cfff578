import { z } from 'zod'
import { type ErrorCode, errorCatalogue, IwError, type Logger } from '#kernel'
import type { Problem } from './contract.ts'

/** A failure as the wire shows it. */
export interface Refusal {
  readonly status: number
  readonly problem: Problem
  readonly retryAfterSeconds?: number
}

/** Fastify's own failures that are the caller's doing. Others of its 4xx are `IW_HTTP_BAD_REQUEST`. */
const fastifyCodes: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'IW_HTTP_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'IW_HTTP_MEDIA_TYPE',
  FST_ERR_NOT_FOUND: 'IW_HTTP_NOT_FOUND',
}

/**
 * What is answered for something thrown. Surprises are logged with their stack under the request's id and their message
 * stays here.
 */
export function refusalOf(thrown: unknown, id: string, log: Logger): Refusal {
  const error = asIwError(thrown)
  if (!error) {
    log.error({ id, err: thrown, code: 'IW_KERNEL_BUG' }, 'a request failed by a defect')
    return refusal('IW_KERNEL_BUG', 'Something went wrong inside; the log has it under this id', id, {})
  }
  if (error.status >= 500) log.warn({ id, code: error.code, err: error }, 'a request was not served')
  return refusal(error.code, error.message, id, error.detail)
}

function refusal(code: ErrorCode, message: string, id: string, detail: Readonly<Record<string, unknown>>): Refusal {
  const { status, remedy } = errorCatalogue[code]
  const retryAfterSeconds = retryAfter(status, detail)
  return {
    status,
    problem: { code, message, remedy, ...(Object.keys(detail).length > 0 && { detail: { ...detail } }), id },
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  }
}

/** Seconds for Retry-After (RFC 9110 §10.2.3) where trying again may help. */
function retryAfter(status: number, detail: Readonly<Record<string, unknown>>): number | undefined {
  const asked = detail['retryAfterSeconds']
  if (typeof asked === 'number') return Math.max(1, Math.ceil(asked))
  if (status === 507) return 30
  return status === 429 || status === 503 ? 1 : undefined
}

function asIwError(thrown: unknown): IwError | undefined {
  if (thrown instanceof IwError) return thrown
  if (thrown instanceof z.ZodError) return new IwError('IW_HTTP_BAD_REQUEST', issuesOf(thrown))
  const { code, statusCode, message } = thrown as { code?: string; statusCode?: number; message?: string }
  if (statusCode === undefined || statusCode < 400 || statusCode >= 500) return undefined
  return new IwError(fastifyCodes[code ?? ''] ?? 'IW_HTTP_BAD_REQUEST', message ?? 'not understood')
}

/** `query.limit: Too big: expected number to be <=1000`, at most three of them. */
function issuesOf(error: z.ZodError): string {
  const told = error.issues.slice(0, 3).map(({ path, message }) => `${path.join('.')}: ${message}`)
  const others = error.issues.length - told.length
  return told.join('; ') + (others > 0 ? `; and ${others} more` : '')
}
