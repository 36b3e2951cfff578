import type { Microseconds } from '#kernel'
import type { Catalogue } from '../parts/catalogue.ts'
import type { RollupRows } from '../parts/parquet/index.ts'
import type { PartEntry } from '../seal/manifest.ts'

export type Level = 'minute' | 'hour'

/** Length of a bucket, µs. */
export const levelUs: Readonly<Record<Level, number>> = { minute: 60e6, hour: 3_600e6 }

type RollupEntry = PartEntry & { readonly kind: Level }
export const isRollup = (part: PartEntry): part is RollupEntry => part.kind === 'minute' || part.kind === 'hour'

/** Somewhere that rollups of a tag come from. */
export interface RollupSource {
  readonly level: Level
  readonly rank: number
  /** Start of the first bucket, and of the last, µs. */
  readonly earliest: Microseconds
  readonly latest: Microseconds
  /** Buckets of the tag that begin in [from, to). */
  buckets(tag: number, from: Microseconds, to: Microseconds): Promise<RollupRows>
}

const columns = [
  'min',
  'max',
  'sum',
  'first',
  'last',
  'count32',
  'rows',
  'worst',
  'firstTime',
  'lastTime',
  'area',
  'covered',
] as const

export const rollupSource = (catalogue: Catalogue, part: RollupEntry): RollupSource => ({
  level: part.kind,
  rank: part.rank,
  earliest: part.minTime,
  latest: part.maxTime,
  async buckets(tag, from, to) {
    const reader = await catalogue.parquet(part)
    try {
      return await reader.rollupRows(tag, from, to, columns)
    } finally {
      reader.release()
    }
  },
})
