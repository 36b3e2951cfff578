import { IwError } from '#kernel'
import { maxTextBytes, type ReadingBatch, type Tag } from '#model'
import type { AggregateQuery, TrendQuery } from '#ports'

const maxLimit = 100_000
const maxBuckets = 4_000
const maxEdges = 100_001

/** The questions that have no answer, refused before the server is asked. All throw `IW_HISTORIAN_RANGE` or `_TYPE`. */
export function checkRange({ from, to }: { from: number; to: number }): void {
  if (!(from < to)) throw outside(`The range from ${from} to ${to} holds no time`)
}

export function checkLimit(limit: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit)
    throw outside(`limit is ${limit}, not 1 to ${maxLimit}`)
}

export function checkTrend({ from, to, buckets }: TrendQuery, tag: Tag): void {
  checkRange({ from, to })
  if (!Number.isInteger(buckets) || buckets < 1 || buckets > maxBuckets)
    throw outside(`buckets is ${buckets}, not 1 to ${maxBuckets}`)
  if (!Number.isFinite(to - from)) throw outside(`A trend from ${from} to ${to} has no end`)
  checkNumeric(tag, 'trend')
}

export function checkAggregate({ edges }: AggregateQuery, tag: Tag): void {
  if (edges.length < 2 || edges.length > maxEdges)
    throw outside(`${edges.length - 1} buckets, not 1 to ${maxEdges - 1}`)
  for (let i = 0; i < edges.length; i++) {
    if (!Number.isFinite(edges[i])) throw outside(`A bucket at ${edges[i]} has no end`)
    if (i > 0 && !(edges[i]! > edges[i - 1]!)) throw outside(`Edges are not ascending at ${edges[i]}`)
  }
  checkNumeric(tag, 'mean')
}

/** Throws `IW_HISTORIAN_INVALID_BATCH` where a text is longer than the model permits. */
export function checkTexts({ texts }: ReadingBatch): void {
  for (const text of texts?.text ?? []) {
    const bytes = Buffer.byteLength(text)
    if (bytes > maxTextBytes)
      throw new IwError('IW_HISTORIAN_INVALID_BATCH', `A text of ${bytes} bytes is longer than ${maxTextBytes}`)
  }
}

function checkNumeric({ thing, property, type }: Tag, what: string): void {
  if (type === 'string') throw new IwError('IW_HISTORIAN_TYPE', `${thing}/${property} is a text: it has no ${what}`)
}

const outside = (message: string): IwError => new IwError('IW_HISTORIAN_RANGE', message)
