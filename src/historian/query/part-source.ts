import type { Catalogue } from '../parts/catalogue.ts'
import { parquetSource } from '../parts/parquet/index.ts'
import type { PartEntry } from '../seal/manifest.ts'
import { type Range, type RowSource, type Slice, sliceOf } from './source.ts'

/** The rows of a part of level 0 or of merged readings. What it needs of the file is read as it is needed. */
export function partSource(catalogue: Catalogue, part: PartEntry): RowSource {
  return part.kind === 'level0' ? level0Source(catalogue, part) : parquetSource(part, () => catalogue.parquet(part))
}

const level0Source = (catalogue: Catalogue, part: PartEntry): RowSource => ({
  rank: part.rank,
  earliest: part.minTime,
  latest: part.maxTime,
  async *slices({ tag, from, to, descending }: Range): AsyncGenerator<Slice> {
    const reader = await catalogue.reader(part)
    try {
      const chunks = await reader.chunksOf(tag, from, to)
      for (const entry of descending ? chunks.toReversed() : chunks) yield sliceOf(await reader.chunk(entry), from, to)
    } finally {
      reader.release()
    }
  },
})
