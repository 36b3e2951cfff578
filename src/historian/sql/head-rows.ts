import type { HeadSegment } from '../head/head-segment.ts'
import { pageBits, pageRows } from '../head/pages.ts'
import { breathe } from '../query/source.ts'
import type { HeadRows } from './messages.ts'

const stepsABreath = 30_000

/** What the SQL process needs to know of tags to read rows of the head. */
export interface TagKinds {
  isString(tag: number): boolean
}

/** Rows [from, from + tags) of a pinned segment, in the order they came; all lie in one page. `tag`: of each (`tagsOfRows`). */
export function headRows(segment: HeadSegment, tag: Int32Array, kinds: TagKinds, from: number): HeadRows {
  const page = segment.page(from)
  const begin = from & (pageRows - 1)
  const count = tag.length
  const value = page.value.slice(begin, begin + count)
  let text: (string | null)[] | undefined
  let integer: (bigint | null)[] | undefined
  for (let i = 0; i < count; i++) {
    if (!kinds.isString(tag[i]!)) continue
    text ??= new Array<string | null>(count).fill(null)
    text[i] = Number.isNaN(value[i]) ? null : segment.textOf(value[i]!)
    value[i] = Number.NaN
  }
  if (segment.hasIntegers) integer = Array.from({ length: count }, (_, i) => segment.integerOf(from + i))
  return {
    count,
    tag,
    time: page.time.slice(begin, begin + count),
    value,
    quality: page.quality.slice(begin, begin + count),
    ...(text && { text }),
    ...(integer && { integer }),
  }
}

/** The rows after `from` are taken page by page. */
export const endOfPage = (from: number): number => ((from >> pageBits) + 1) << pageBits

/** The tag of each row [from, to): by following the rows of every tag back from its newest. */
export async function tagsOfRows(
  segment: HeadSegment,
  highest: number,
  from: number,
  to: number,
): Promise<Int32Array<ArrayBuffer>> {
  const tags = new Int32Array(to - from)
  let steps = 0
  for (let tag = 0; tag <= highest; tag++)
    for (let next = segment.newestRow(tag); next > from; ) {
      const row = next - 1
      if (row < to) tags[row - from] = tag
      next = segment.page(row).previous[row & (pageRows - 1)]!
      if (++steps % stepsABreath === 0) await breathe()
    }
  return tags
}
