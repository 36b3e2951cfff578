import type { RowSource } from '../../query/source.ts'
import type { ParquetReader } from './parquet-reader.ts'

/** What a source must know of its part beforehand. */
export interface ParquetPart {
  readonly rank: number
  readonly minTime: number
  readonly maxTime: number
}

/** The rows of a Parquet part of readings. `open` gives a reader in use; it is released when the rows are read. */
export function parquetSource(part: ParquetPart, open: () => Promise<ParquetReader>): RowSource {
  return {
    rank: part.rank,
    earliest: part.minTime,
    latest: part.maxTime,
    async *slices({ tag, from, to, descending }) {
      const reader = await open()
      try {
        yield* reader.rawSlices(tag, from, to, descending)
      } finally {
        reader.release()
      }
    },
  }
}
