import type { AggregateQuery, Aggregates } from '#ports'
import { Buckets, numberAt } from './buckets.ts'
import { mergeRuns } from './merge.ts'
import { firstRow } from './rows.ts'
import type { RowSource } from './source.ts'
import { TimeWeights } from './weights.ts'

/** The rows of a tag in buckets between the edges. */
export async function aggregateRows(sources: readonly RowSource[], query: AggregateQuery): Promise<Aggregates> {
  const { tag, edges, timeWeighted } = query
  const from = edges[0]!
  const to = edges[edges.length - 1]!
  const buckets = new Buckets(edges)
  const weights = timeWeighted && new TimeWeights(edges, timeWeighted)
  const addFirst = async (from: number, to: number, descending: boolean) => {
    const found = await firstRow(sources, { tag, from, to, descending })
    if (found) weights!.add(found.page.time[found.row]!, numberAt(found.page, found.row))
  }
  if (weights) await addFirst(Number.NEGATIVE_INFINITY, from, true)
  await mergeRuns(sources, { tag, from, to, descending: false }, (page, begin, end) => {
    buckets.addRows(page, begin, end)
    weights?.addRows(page, begin, end)
    return true
  })
  if (weights) await addFirst(to, Number.POSITIVE_INFINITY, false)
  return buckets.build(tag, weights)
}
