import { IwError, isIwError } from '#kernel'

/** Why a query was interrupted. */
export type Stop = 'timeout' | 'cancelled' | 'disk'

/** The failure of a query, in our words where DuckDB's class of it says what to do. */
export function sqlError(error: unknown, stopped: Stop | undefined): unknown {
  if (isIwError(error)) return error
  const message = messageOf(error)
  if (stopped === 'timeout') return new IwError('IW_SQL_TIMEOUT', 'The query took longer than it may')
  if (stopped === 'cancelled') return new IwError('IW_SQL_CANCELLED', 'The query was cancelled')
  if (stopped === 'disk') return new IwError('IW_SQL_MEMORY', 'The disk has no room for what the query needs')
  if (/^(Out of Memory|TransactionContext Error: .*Out of Memory|.*failed to (allocate|offload))/i.test(message))
    return new IwError('IW_SQL_MEMORY', message.split('\n')[0]!.slice(0, 300))
  if (/^(IO|Permission|Internal|FATAL|HTTP|Serialization|TransactionContext) Error/i.test(message)) return error
  return new IwError('IW_SQL_INVALID', message.slice(0, 1000), { cause: error })
}

/** What DuckDB says, without its drawing of the place and the advice for its shell. */
const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n\n')[0]!.trim()
