import { IwError, isIwError } from '#kernel'
import type { Tag } from '#model'
import type { RangeQuery, Series, Trend, TrendQuery } from '#ports'
import type { Head } from '../head/head.ts'
import type { Catalogue } from '../parts/catalogue.ts'
import type { PartEntry } from '../seal/manifest.ts'
import { headSource } from './head-source.ts'
import { partSource } from './part-source.ts'
import { readSeries } from './series.ts'
import type { Range, RowSource, Slice } from './source.ts'
import { readTrend } from './trend.ts'

const maxLimit = 100_000
const maxBuckets = 4_000

export interface QueryContext {
  readonly head: Head
  readonly catalogue: Catalogue
  findTag(id: number): Tag | undefined
  /** Takes a damaged part out of what is served. */
  setAside(part: PartEntry, error: IwError): Promise<void>
}

/** Throws `IW_HISTORIAN_RANGE`, `_UNKNOWN_TAG`. */
export async function read(context: QueryContext, query: RangeQuery): Promise<Series> {
  checkRange(query)
  const { limit } = query
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit)
    throw new IwError('IW_HISTORIAN_RANGE', `limit is ${limit}, not 1 to ${maxLimit}`)
  const isString = tagOf(context, query.tag).type === 'string'
  return overSources(context, query.tag, isString, (sources) => readSeries(sources, query, isString))
}

/** Throws `IW_HISTORIAN_RANGE`, `_UNKNOWN_TAG`, and `_TYPE` for a string tag. */
export async function trend(context: QueryContext, query: TrendQuery): Promise<Trend> {
  checkRange(query)
  const { buckets, from, to } = query
  if (!Number.isInteger(buckets) || buckets < 1 || buckets > maxBuckets)
    throw new IwError('IW_HISTORIAN_RANGE', `buckets is ${buckets}, not 1 to ${maxBuckets}`)
  if (!Number.isFinite(to - from)) throw new IwError('IW_HISTORIAN_RANGE', `A trend from ${from} to ${to} has no end`)
  const { thing, property, type } = tagOf(context, query.tag)
  if (type === 'string') throw new IwError('IW_HISTORIAN_TYPE', `${thing}/${property} is a text: it has no trend`)
  return overSources(context, query.tag, false, (sources) => readTrend(sources, query))
}

function checkRange({ from, to }: { from: number; to: number }): void {
  if (!(from < to)) throw new IwError('IW_HISTORIAN_RANGE', `The range from ${from} to ${to} holds no time`)
}

function tagOf({ findTag }: QueryContext, id: number): Tag {
  const tag = findTag(id)
  if (!tag) throw new IwError('IW_HISTORIAN_UNKNOWN_TAG', `No tag has the id ${id}`)
  return tag
}

/** A part that cannot be believed: which one, so that it can be set aside. */
class DamagedPart {
  readonly part: PartEntry
  readonly error: IwError
  constructor(part: PartEntry, error: IwError) {
    this.part = part
    this.error = error
  }
}

/**
 * Runs a query over head and parts as they are now. Where a part turns out to be damaged it is set aside and the query is
 * run again without it, so that everything else is served.
 */
async function overSources<T>(
  context: QueryContext,
  tag: number,
  isString: boolean,
  run: (sources: readonly RowSource[]) => Promise<T>,
): Promise<T> {
  for (;;) {
    const pinned = context.catalogue.pin()
    const segments = context.head.segments
    for (const segment of segments) segment.pin()
    try {
      const parts = pinned.parts.map((part) => named(part, partSource(context.catalogue, part)))
      const newest = pinned.parts.at(-1)?.number ?? 0
      const heads = segments.map((segment, index) => headSource(segment, newest + 1 + index, tag, isString))
      return await run([...parts, ...heads])
    } catch (error) {
      if (!(error instanceof DamagedPart)) throw error
      await context.setAside(error.part, error.error)
    } finally {
      for (const segment of segments) segment.unpin()
      pinned.release()
    }
  }
}

/** The same source, whose damage names the part. */
function named(part: PartEntry, source: RowSource): RowSource {
  return {
    ...source,
    async *slices(range: Range): AsyncGenerator<Slice> {
      try {
        yield* source.slices(range)
      } catch (error) {
        throw isIwError(error, 'IW_HISTORIAN_CORRUPT') ? new DamagedPart(part, error) : error
      }
    },
  }
}
