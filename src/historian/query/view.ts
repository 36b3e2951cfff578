import { type IwError, isIwError } from '#kernel'
import type { Tag } from '#model'
import type { Head } from '../head/head.ts'
import type { Catalogue } from '../parts/catalogue.ts'
import type { PartEntry } from '../seal/manifest.ts'
import { headSource } from './head-source.ts'
import { partSource } from './part-source.ts'
import { isRollup, type RollupSource, rollupSource } from './rollup-source.ts'
import type { Range, RowSource, Slice } from './source.ts'

export interface QueryContext {
  readonly head: Head
  readonly catalogue: Catalogue
  findTag(id: number): Tag | undefined
  /** Takes a damaged part out of what is served. */
  setAside(part: PartEntry, error: IwError): Promise<void>
}

/** Head and parts as they were at one moment; they stay readable until `release`. */
export interface View {
  /** All that may have rows of the tag. */
  readonly sources: readonly RowSource[]
  /** Those of them that rollups have taken in, and the others. */
  readonly rolled: readonly RowSource[]
  readonly unrolled: readonly RowSource[]
  /** What may have rollups of the tag. */
  readonly rollups: readonly RollupSource[]
  release(): void
}

export function viewOf({ head, catalogue }: QueryContext, tag: Tag): View {
  const pinned = catalogue.pin()
  const segments = [...head.segments]
  for (const segment of segments) segment.pin()
  const isString = tag.type === 'string'
  const parts = pinned.parts.filter(({ minTag, maxTag }) => minTag <= tag.id && tag.id <= maxTag)
  const rawOf = (kept: readonly PartEntry[]) => kept.map((part) => named(part, partSource(catalogue, part)))
  const rolled = rawOf(parts.filter(({ kind, rolled }) => kind === 'raw' && rolled === true))
  const newest = pinned.parts.reduce((most, { rank }) => Math.max(most, rank), 0)
  const unrolled = [
    ...rawOf(parts.filter(({ kind, rolled }) => kind === 'level0' || (kind === 'raw' && rolled !== true))),
    ...segments.map((segment, at) => headSource(segment, newest + 1 + at, tag.id, isString)),
  ]
  return {
    sources: [...rolled, ...unrolled],
    rolled,
    unrolled,
    rollups: parts.filter(isRollup).map((part) => namedRollup(part, rollupSource(catalogue, part))),
    release() {
      for (const segment of segments) segment.unpin()
      pinned.release()
    },
  }
}

/**
 * Runs a query over head and parts as they are now. Where a part turns out to be damaged it is set aside and the query is
 * run again without it, so that everything else is served.
 */
export async function overView<T>(context: QueryContext, tag: Tag, run: (view: View) => Promise<T>): Promise<T> {
  for (;;) {
    const view = viewOf(context, tag)
    try {
      return await run(view)
    } catch (error) {
      await setAsideOrThrow(context, error)
    } finally {
      view.release()
    }
  }
}

/** Sets aside the part that an error names; throws every other error. */
export async function setAsideOrThrow(context: QueryContext, error: unknown): Promise<void> {
  if (!(error instanceof DamagedPart)) throw error
  await context.setAside(error.part, error.error)
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

const damaged = (part: PartEntry, error: unknown): unknown =>
  isIwError(error, 'IW_HISTORIAN_CORRUPT') ? new DamagedPart(part, error) : error

/** The same source, whose damage names the part. */
function named(part: PartEntry, source: RowSource): RowSource {
  return {
    ...source,
    async *slices(range: Range): AsyncGenerator<Slice> {
      try {
        yield* source.slices(range)
      } catch (error) {
        throw damaged(part, error)
      }
    },
  }
}

const namedRollup = (part: PartEntry, source: RollupSource): RollupSource => ({
  ...source,
  async buckets(tag, from, to, columns) {
    try {
      return await source.buckets(tag, from, to, columns)
    } catch (error) {
      throw damaged(part, error)
    }
  },
})
