/** Something the search leads to. */
export interface Target {
  readonly title: string
  /** What it belongs to, shown beside it. */
  readonly where: string
  readonly also?: readonly string[]
  readonly href: string
}

const shownAtMost = 8

/**
 * Targets that have every word of the query in their title, place or other names; those whose title begins with it
 * first, else in the order given.
 */
export function findIn(targets: readonly Target[], query: string): Target[] {
  const wanted = query.trim().toLowerCase().split(/\s+/).filter(Boolean)
  if (wanted.length === 0) return []
  const ranked: { target: Target; rank: number; index: number }[] = []
  for (const [index, target] of targets.entries()) {
    const title = target.title.toLowerCase()
    const all = [title, target.where.toLowerCase(), ...(target.also ?? []).map((text) => text.toLowerCase())].join(' ')
    if (!wanted.every((word) => all.includes(word))) continue
    ranked.push({ target, rank: title.startsWith(wanted[0]!) ? 0 : title.includes(wanted[0]!) ? 1 : 2, index })
  }
  return ranked
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .slice(0, shownAtMost)
    .map(({ target }) => target)
}
