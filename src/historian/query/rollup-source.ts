import type { Microseconds } from '#kernel'
import type { Catalogue } from '../parts/catalogue.ts'
import type { RollupColumn, RollupRows } from '../parts/parquet/index.ts'
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
  /** Buckets of the tag that begin in [from, to), of the columns asked for. */
  buckets<C extends RollupColumn>(
    tag: number,
    from: Microseconds,
    to: Microseconds,
    columns: readonly C[],
  ): Promise<Pick<RollupRows, 'count' | 'time' | C>>
}

export const rollupSource = (catalogue: Catalogue, part: RollupEntry): RollupSource => ({
  level: part.kind,
  rank: part.rank,
  earliest: part.minTime,
  latest: part.maxTime,
  async buckets(tag, from, to, columns) {
    const reader = await catalogue.parquet(part)
    try {
      return await reader.rollupRows(tag, from, to, columns)
    } finally {
      reader.release()
    }
  },
})
