import type { TagId } from '#model'
import { Damaged } from './damaged.ts'
import type { MergeSource } from './source.ts'
import { TagRows } from './tag-rows.ts'

/** What of a tag is in memory at once; a day that may have more is read window after window. */
const windowBytes = 8 << 20

/** Takes what comes out of a merge, tag after tag. */
export interface SpanTaker {
  /** A tag begins, which has no more rows than these. */
  begin(tag: TagId, atMost: number): void
  /** Rows in order, each time once; perhaps in several calls. */
  take(tag: TagId, rows: TagRows): Promise<void> | void
  end(tag: TagId): Promise<void> | void
}

/** Merges [from, to) of sources whose greater rank is newer: each (tag, time) once, the newest. */
export async function mergeSpan(
  unordered: readonly MergeSource[],
  [from, to]: readonly [from: number, to: number],
  taker: SpanTaker,
): Promise<void> {
  const sources = unordered.toSorted((a, b) => a.part.rank - b.part.rank || a.part.number - b.part.number)
  const rows = new TagRows()
  for (const source of sources) source.begin()
  const next = sources.map((source) => Damaged.named(source.part, () => source.nextTag(-1, from, to)))
  for (;;) {
    const tag = Math.min(...next)
    if (tag === Number.POSITIVE_INFINITY) return
    const having = sources.filter((_, i) => next[i] === tag)
    const sizes = having.map((source) => source.sizeAtMost(tag, from, to))
    taker.begin(
      tag,
      sizes.reduce((sum, { rows: own }) => sum + own, 0),
    )
    const bytes = sizes.reduce((sum, { bytes: own }) => sum + own, 0)
    const windows = Math.max(1, Math.ceil(bytes / windowBytes))
    for (let window = 0; window < windows; window++) {
      const begin = edge(from, to, window, windows)
      const end = edge(from, to, window + 1, windows)
      rows.reset()
      for (const source of having) {
        const gathering = Damaged.named(source.part, () => source.gather(tag, begin, end, rows))
        if (gathering) await Damaged.namedLater(source.part, gathering)
      }
      rows.settle()
      if (rows.count > 0) await taker.take(tag, rows)
    }
    await taker.end(tag)
    for (let i = 0; i < sources.length; i++)
      if (next[i] === tag) next[i] = Damaged.named(sources[i]!.part, () => sources[i]!.nextTag(tag, from, to))
  }
}

const edge = (from: number, to: number, window: number, windows: number): number =>
  window === windows ? to : from + Math.floor(((to - from) * window) / windows)
