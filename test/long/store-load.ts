import { BatchBuilder, type ReadingBatch, type TagDefinition, type Value } from '#model'
import type { Historian } from '#ports'

/*
 * What the writer of `store.ts` appends and its oracle expects. Each source has tags of its own and sends one batch after
 * another, so that the order is known; within them rows come late, out of order and twice, over a few days. The marker
 * carries the number of the batch: it tells how many of them are there.
 */
export const sources = ['mill', 'kiln', 'press'] as const
const kinds = ['marker', 'number', 'integer', 'boolean', 'string', 'expiring'] as const
export type Kind = (typeof kinds)[number]
const typeOf = { marker: 'number', expiring: 'number' } as const

export const firstTime = 1_767_225_600_000_000
const days = 3
const gridUs = 30_000_000
const slotsADay = 2880
const maxRows = 160

export const definitions: readonly TagDefinition[] = sources.flatMap((thing) =>
  kinds.map((property) => ({
    ...{ thing, property },
    type: property === 'marker' || property === 'expiring' ? typeOf[property] : property,
  })),
)

export interface SourceTag {
  readonly id: number
  readonly kind: Kind
}

/** The tags of each source. */
export async function tagsOf(historian: Historian): Promise<readonly (readonly SourceTag[])[]> {
  const ids = (await historian.defineTags(definitions)).map(({ id }) => id)
  return sources.map((_, source) => kinds.map((kind, i) => ({ kind, id: ids[source * kinds.length + i]! })))
}

const mix = (a: number, b: number): number => {
  let x = Math.imul(a ^ Math.imul(b, 0x9e3779b1), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}

export interface LoadRow {
  readonly kind: Kind
  readonly time: number
  readonly value: Value
  readonly quality: number
}

/** The rows of a batch, the marker first. */
export function rowsOf(source: number, sequence: number): readonly LoadRow[] {
  const seed = mix(source + 1, sequence)
  const rows: LoadRow[] = [{ kind: 'marker', time: firstTime + sequence * 1000, value: sequence, quality: 0 }]
  for (let row = 1; row < 1 + (seed % maxRows); row++) {
    const kind = kinds[1 + (mix(seed, row) % (kinds.length - 1))]!
    const slot = mix(seed + 1, row) % (days * slotsADay)
    const time = firstTime + slot * gridUs
    rows.push({
      kind,
      time,
      value: makeValue(kind, mix(seed + 2, row)),
      quality: mix(seed, row + 7) % 20 === 0 ? 3 : 0,
    })
  }
  return rows
}

function makeValue(kind: Kind, random: number): Value {
  if (random % 50 === 0) return null
  if (kind === 'integer') return random % 7 === 0 ? 2n ** 55n + BigInt(random) : random
  if (kind === 'boolean') return random % 2 === 0
  if (kind === 'string') return `state ${random % 9} ${'·'.repeat(random % 30)}`
  return random / 16
}

export function batchOf(source: number, sequence: number, tags: readonly SourceTag[]): ReadingBatch {
  const builder = new BatchBuilder()
  const idOf = new Map(tags.map(({ kind, id }) => [kind, id]))
  for (const { kind, time, value, quality } of rowsOf(source, sequence))
    builder.add(idOf.get(kind)!, time, value, quality)
  return builder.build({ source: sources[source]!, sequence, arrivedAt: firstTime + 30 * 86_400e6 + sequence })
}

/** The content of a source after its first batches, by kind and time. Goes forward only. */
export class Oracle {
  readonly #source: number
  #sequence = 0
  readonly rows = new Map<Kind, Map<number, LoadRow>>(kinds.map((kind) => [kind, new Map()]))

  constructor(source: number) {
    this.#source = source
  }

  goTo(sequence: number): void {
    while (this.#sequence < sequence)
      for (const row of rowsOf(this.#source, ++this.#sequence)) this.rows.get(row.kind)!.set(row.time, row)
  }

  get sequence(): number {
    return this.#sequence
  }

  ordered(kind: Kind): readonly LoadRow[] {
    return [...this.rows.get(kind)!.values()].toSorted((a, b) => a.time - b.time)
  }
}
