import type { PartEntry } from './manifest.ts'

/** What a merge, or retention, makes of the live parts: one new generation. */
export interface PartsChange {
  readonly add: readonly PartEntry[]
  readonly remove: readonly number[]
  /** Live parts of which more is known now; those that are not live any more are left out. */
  readonly mark: readonly PartEntry[]
  /** The UTC day of the last nightly pass. */
  readonly passedDay?: number
}

/** The live parts after a change, by rank. */
export function changedParts(
  live: readonly PartEntry[],
  { add, remove, mark }: Pick<PartsChange, 'add' | 'remove' | 'mark'>,
): PartEntry[] {
  const gone = new Set(remove)
  const marked = new Map(mark.map((part) => [part.number, part]))
  const stay = live.filter(({ number }) => !gone.has(number)).map((part) => marked.get(part.number) ?? part)
  return [...stay, ...add].toSorted(byRank)
}

/** The live parts without one that is damaged. The days of lost rollups count as not rolled up, so that they are again. */
export function withoutPart(live: readonly PartEntry[], lost: PartEntry): PartEntry[] {
  const stay = live.filter(({ number }) => number !== lost.number)
  if (lost.kind !== 'minute' && lost.kind !== 'hour') return stay
  return stay.map((part) =>
    part.kind === 'raw' && part.rolled && part.day?.startsWith(lost.day ?? '') ? { ...part, rolled: false } : part,
  )
}

const byRank = (a: PartEntry, b: PartEntry): number => a.rank - b.rank || a.number - b.number
