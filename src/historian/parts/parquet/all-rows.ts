import { breathe } from '../../query/source.ts'
import type { ArrivedPage, ParquetReader } from './parquet-reader.ts'
import { decodeRuns } from './tag-runs.ts'

/** Rows of one tag, ascending by time; a tag that goes on in the next row group comes again. */
export interface TagRows {
  readonly tag: number
  readonly page: ArrivedPage
}

/** All rows of a file in its order, (tag, time), for merges: one row group in memory. Throws `IW_HISTORIAN_CORRUPT`. */
export async function* allRows(reader: ParquetReader): AsyncGenerator<TagRows> {
  for (const group of reader.index.groups) {
    const page = await reader.wholeGroup(group)
    for (const { tag, begin, end } of decodeRuns(group.runs)) yield { tag, page: part(page, begin, end) }
    await breathe()
  }
}

function part(page: ArrivedPage, begin: number, end: number): ArrivedPage {
  const text = page.text?.slice(begin, end)
  const integer = page.integer?.slice(begin, end)
  return {
    count: end - begin,
    time: page.time.subarray(begin, end),
    value: page.value.subarray(begin, end),
    quality: page.quality.subarray(begin, end),
    arrivedAt: page.arrivedAt.subarray(begin, end),
    ...(text?.some((one) => one !== null) && { text }),
    ...(integer?.some((one) => one !== null) && { integer }),
  }
}
