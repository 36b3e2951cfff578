import { type IwError, isIwError } from '#kernel'
import type { Tag } from '#model'
import type { Head } from '../head/head.ts'
import type { Catalogue } from '../parts/catalogue.ts'
import type { PartEntry } from '../seal/manifest.ts'
import { headSource } from './head-source.ts'
import { partSource } from './part-source.ts'
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
  release(): void
}

export function viewOf({ head, catalogue }: QueryContext, tag: Tag): View {
  const pinned = catalogue.pin()
  const segments = [...head.segments]
  for (const segment of segments) segment.pin()
  const parts = pinned.parts.map((part) => named(part, partSource(catalogue, part)))
  const newest = pinned.parts.reduce((most, { rank }) => Math.max(most, rank), 0)
  const isString = tag.type === 'string'
  return {
    sources: [...parts, ...segments.map((segment, at) => headSource(segment, newest + 1 + at, tag.id, isString))],
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
