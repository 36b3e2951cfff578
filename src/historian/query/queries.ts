import { IwError, type Microseconds } from '#kernel'
import type { Tag } from '#model'
import type { AggregateQuery, Aggregates, RangeQuery, ReadingRow, ScanQuery, Series, Trend, TrendQuery } from '#ports'
import { aggregateView } from './aggregate.ts'
import { firstRow, readingRow, scanRows } from './rows.ts'
import { readSeries } from './series.ts'
import { trendView } from './trend.ts'
import { overView, type QueryContext } from './view.ts'

const maxLimit = 100_000
const maxTrendBuckets = 4_000
const maxBuckets = 100_000

/** Throws `IW_HISTORIAN_RANGE`, `_UNKNOWN_TAG`. */
export async function read(context: QueryContext, query: RangeQuery): Promise<Series> {
  checkRange(query)
  const { limit } = query
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit)
    throw new IwError('IW_HISTORIAN_RANGE', `limit is ${limit}, not 1 to ${maxLimit}`)
  const tag = tagOf(context, query.tag)
  return overView(context, tag, ({ sources }) => readSeries(sources, query, tag.type === 'string'))
}

/** Throws `IW_HISTORIAN_RANGE`, `_UNKNOWN_TAG`, and `_TYPE` for a string tag. */
export async function trend(context: QueryContext, query: TrendQuery): Promise<Trend> {
  checkRange(query)
  const { buckets, from, to } = query
  if (!Number.isInteger(buckets) || buckets < 1 || buckets > maxTrendBuckets)
    throw new IwError('IW_HISTORIAN_RANGE', `buckets is ${buckets}, not 1 to ${maxTrendBuckets}`)
  if (!Number.isFinite(to - from)) throw new IwError('IW_HISTORIAN_RANGE', `A trend from ${from} to ${to} has no end`)
  const tag = numericTagOf(context, query.tag)
  return overView(context, tag, (view) => trendView(view, query))
}

/** Throws `IW_HISTORIAN_RANGE`, `_UNKNOWN_TAG`. */
export async function* scan(context: QueryContext, query: ScanQuery): AsyncGenerator<Series, void, undefined> {
  checkRange(query)
  yield* scanRows(context, tagOf(context, query.tag), query)
}

/** Throws `IW_HISTORIAN_UNKNOWN_TAG`. */
export async function before(context: QueryContext, id: number, time: Microseconds): Promise<ReadingRow | undefined> {
  const tag = tagOf(context, id)
  const range = { tag: id, from: Number.NEGATIVE_INFINITY, to: time, descending: true }
  return overView(context, tag, async ({ sources }) => {
    const found = await firstRow(sources, range)
    return found && readingRow(found.page, found.row, tag)
  })
}

/** Throws `IW_HISTORIAN_RANGE`, `_UNKNOWN_TAG`, and `_TYPE` for a string tag. */
export async function aggregate(context: QueryContext, query: AggregateQuery): Promise<Aggregates> {
  checkEdges(query.edges)
  const tag = numericTagOf(context, query.tag)
  return overView(context, tag, (view) => aggregateView(view, query))
}

function checkRange({ from, to }: { from: number; to: number }): void {
  if (!(from < to)) throw new IwError('IW_HISTORIAN_RANGE', `The range from ${from} to ${to} holds no time`)
}

function checkEdges(edges: Float64Array): void {
  const count = edges.length - 1
  if (count < 1 || count > maxBuckets)
    throw new IwError('IW_HISTORIAN_RANGE', `${count} buckets are not 1 to ${maxBuckets}`)
  if (!Number.isFinite(edges[0]! - edges[count]!))
    throw new IwError('IW_HISTORIAN_RANGE', `Buckets from ${edges[0]} to ${edges[count]} have no end`)
  for (let i = 0; i < count; i++)
    if (!(edges[i]! < edges[i + 1]!))
      throw new IwError('IW_HISTORIAN_RANGE', `Edge ${i + 1} (${edges[i + 1]}) is not after edge ${i} (${edges[i]})`)
}

function tagOf({ findTag }: QueryContext, id: number): Tag {
  const tag = findTag(id)
  if (!tag) throw new IwError('IW_HISTORIAN_UNKNOWN_TAG', `No tag has the id ${id}`)
  return tag
}

function numericTagOf(context: QueryContext, id: number): Tag {
  const tag = tagOf(context, id)
  if (tag.type === 'string')
    throw new IwError('IW_HISTORIAN_TYPE', `${tag.thing}/${tag.property} is a text: it has states, not numbers`)
  return tag
}
