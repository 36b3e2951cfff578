import type { SqlBatch, SqlEnd } from '#ports'
import type { Next } from './messages.ts'

/**
 * Batches one after another, each asked for when the one before was taken. No generator function: that one would not learn
 * of an end before its first batch, and the query would go on.
 */
export function batchesOf(next: () => Promise<Next>, close: () => void): AsyncGenerator<SqlBatch, SqlEnd, undefined> {
  let end: SqlEnd | undefined
  let isOver = false
  const finish = (): IteratorReturnResult<SqlEnd> => {
    isOver = true
    return { done: true, value: end ?? { rows: 0, truncated: false, ms: 0 } }
  }
  const stop = (): void => {
    if (!isOver && !end) close()
    isOver = true
  }
  return {
    async next() {
      if (isOver || end) return finish()
      const answer = await next().catch((error: unknown) => {
        isOver = true
        throw error
      })
      end = answer.end
      if (!answer.batch) return finish()
      return { done: false, value: answer.batch }
    },
    async return(value) {
      stop()
      return { done: true, value: await value }
    },
    async throw(error) {
      stop()
      throw error
    },
    [Symbol.asyncIterator]() {
      return this
    },
    async [Symbol.asyncDispose]() {
      stop()
    },
  }
}
