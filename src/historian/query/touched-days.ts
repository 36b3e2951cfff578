import type { Microseconds } from '#kernel'
import { lowerBound, type RowSource, type Slice } from './source.ts'

export const dayUs = 86_400e6
export const dayOf = (time: Microseconds): number => Math.floor(time / dayUs)

/** A source with rows in more days is taken to have some in every day. */
const maxDays = 1_000

/** The UTC days, since 1970, in which any of the sources has a row of the tag in [from, to). */
export async function touchedDays(
  sources: readonly RowSource[],
  tag: number,
  from: Microseconds,
  to: Microseconds,
): Promise<ReadonlySet<number>> {
  const days = new Set<number>()
  for (const source of sources)
    if (source.latest >= from && source.earliest < to)
      await addDays(days, source, tag, Math.max(from, source.earliest), Math.min(to, source.latest + 1))
  return days
}

async function addDays(days: Set<number>, source: RowSource, tag: number, from: number, to: number): Promise<void> {
  let found = 0
  for (let at = from; at < to; ) {
    const slices = source.slices({ tag, from: at, to, descending: false })
    at = to
    try {
      for await (const slice of slices) {
        if (slice.begin >= slice.end) continue
        found += addDaysOf(slice, days)
        if (source.isInMemory) continue
        // The rest of the day is passed over without being read.
        at = (dayOf(slice.page.time[slice.end - 1]!) + 1) * dayUs
        break
      }
    } finally {
      await slices.return(undefined)
    }
    if (found <= maxDays) continue
    for (let day = dayOf(at); day * dayUs < to; day++) days.add(day)
    return
  }
}

/** Adds the days of a slice and returns how many it has. */
function addDaysOf({ page, begin, end }: Slice, days: Set<number>): number {
  let found = 0
  for (let row = begin; row < end; found++) {
    const day = dayOf(page.time[row]!)
    days.add(day)
    row = lowerBound(page.time, row, end, (day + 1) * dayUs)
  }
  return found
}
