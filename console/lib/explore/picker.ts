/** What the picker needs to know of a property: what it is called in every language, and where it belongs. */
export interface Pickable {
  readonly name: string
  readonly title: string
  readonly search: string
}

export interface PickGroup<Item extends Pickable> {
  readonly thing: string
  readonly title: string
  readonly search: string
  readonly items: readonly Item[]
}

export type PickRow<Item> =
  | { readonly kind: 'group'; readonly thing: string; readonly title: string; readonly count: number }
  | { readonly kind: 'item'; readonly thing: string; readonly item: Item }

/**
 * The rows of the picker: machines with those of their properties that have every word of the query in their names, their
 * machine's names counting too. Things stay in place.
 */
export function pickRows<Item extends Pickable>(
  groups: readonly PickGroup<Item>[],
  query: string,
): { rows: PickRow<Item>[]; count: number } {
  const wanted = query.trim().toLowerCase().split(/\s+/).filter(Boolean)
  const rows: PickRow<Item>[] = []
  let count = 0
  for (const { thing, title, search, items } of groups) {
    const found = items.filter((item) => wanted.every((word) => search.includes(word) || item.search.includes(word)))
    if (found.length === 0) continue
    count += found.length
    rows.push({ kind: 'group', thing, title, count: found.length })
    for (const item of found) rows.push({ kind: 'item', thing, item })
  }
  return { rows, count }
}

/** Rows of two heights near the part of a box that is seen. */
export function windowOf(
  rows: readonly { readonly kind: 'group' | 'item' }[],
  heights: { readonly group: number; readonly item: number },
  scrollTop: number,
  boxHeight: number,
): { first: number; last: number; above: number; below: number } {
  const spare = boxHeight / 2 + 200
  let y = 0
  let first = 0
  let above = 0
  let last = rows.length
  let seenTo = 0
  for (const [index, { kind }] of rows.entries()) {
    const height = heights[kind]
    if (y + height < scrollTop - spare) {
      first = index + 1
      above = y + height
    }
    if (y <= scrollTop + boxHeight + spare) {
      last = index + 1
      seenTo = y + height
    }
    y += height
  }
  return { first, last, above, below: Math.max(0, y - seenTo) }
}
