import type { PartEntry } from '../seal/manifest.ts'
import type { TagRows } from './tag-rows.ts'

/**
 * A part as a merge reads it: day after day, in each day tag after tag, in each tag window after window. Every method throws
 * `IW_HISTORIAN_CORRUPT` where the bytes are not what was written.
 */
export interface MergeSource {
  readonly part: PartEntry
  /** A day begins: tags start from the first. */
  begin(): void
  /** The least tag above `after` that may have rows in [from, to); Infinity where there is none. `after` never falls in a day. */
  nextTag(after: number, from: number, to: number): number
  /** No more rows than these in [from, to), of the tag that `nextTag` gave, and what they take in memory, about. */
  sizeAtMost(tag: number, from: number, to: number): { readonly rows: number; readonly bytes: number }
  /** Adds the rows of [from, to), of the tag that `nextTag` gave. */
  gather(tag: number, from: number, to: number, into: TagRows): void | Promise<void>
  close(): void
}
