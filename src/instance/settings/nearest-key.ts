/** A JSON Schema, as far as keys are concerned. */
export interface KeySchema {
  readonly properties?: Readonly<Record<string, KeySchema>>
  readonly items?: KeySchema
  readonly anyOf?: readonly KeySchema[]
}

/** All valid keys of a schema as paths: `http.port`, `things[].id`. */
export function validPaths(schema: KeySchema, prefix = ''): string[] {
  const here = Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const path = prefix === '' ? key : `${prefix}.${key}`
    return [path, ...validPaths(value, path)]
  })
  const items = schema.items ? validPaths(schema.items, `${prefix}[]`) : []
  const branches = (schema.anyOf ?? []).flatMap((branch) => validPaths(branch, prefix))
  return [...new Set([...here, ...items, ...branches])]
}

/**
 * The valid path nearest to an unknown key: first a neighbour spelled alike, then the same or a similar word elsewhere.
 * Paths are as `validPaths` gives them.
 */
export function nearestPath(parent: string, key: string, paths: readonly string[]): string | undefined {
  const beside = paths.filter((path) => parentOf(path) === parent)
  return closest(key, beside) ?? closest(key, paths)
}

function closest(key: string, paths: readonly string[]): string | undefined {
  const ranked = paths
    .map((path) => ({ path, distance: editDistance(key.toLowerCase(), lastOf(path).toLowerCase()) }))
    .filter(({ distance }) => distance <= Math.max(1, Math.floor(key.length / 2.5)))
    .toSorted((a, b) => a.distance - b.distance || a.path.length - b.path.length)
  return ranked[0]?.path
}

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('.')))
const lastOf = (path: string): string => path.slice(path.lastIndexOf('.') + 1)

/** Insertions, deletions, changes and swaps of neighbours that make one word of the other (optimal string alignment). */
export function editDistance(one: string, other: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let i = 1; i <= one.length; i++) {
    const row = [i]
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1]
      let least = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]
      if (swapped) least = Math.min(least, beforePrevious[j - 2]! + 1)
      row.push(least)
    }
    beforePrevious = previous
    previous = row
  }
  return previous[other.length]!
}
