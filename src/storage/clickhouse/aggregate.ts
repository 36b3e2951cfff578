import type { AggregateQuery, Aggregates, Interpolation, ReadingRow } from '#ports'
import type { Block } from './native.ts'

/** A row of `selectBuckets`, by the place of its columns. */
const Column = {
  bucket: 0,
  min: 1,
  max: 2,
  sum: 3,
  first: 4,
  last: 5,
  firstTime: 6,
  lastTime: 7,
  count: 8,
  worst: 9,
  rows: 10,
  firstRowTime: 11,
  firstRowValue: 12,
  lastRowTime: 13,
  lastRowValue: 14,
  area: 15,
  coveredUs: 16,
} as const

/** The number of a reading; NaN where it has none. */
const numberOf = ({ value }: ReadingRow): number =>
  value === null || typeof value === 'string' ? Number.NaN : Number(value)

/** What the server summed up, joined to the answer; `before` and `after` are the rows around the range. */
export function aggregatesOf(
  { tag, edges, timeWeighted }: AggregateQuery,
  blocks: readonly Block[],
  before?: ReadingRow,
  after?: ReadingRow,
): Aggregates {
  const found = new Found(edges, blocks)
  const weights = timeWeighted && weightsOf(found, edges, timeWeighted, before, after)
  const bucket = [...found.byBucket.keys()]
  if (weights)
    for (const [at, covered] of weights.covered.entries()) if (covered > 0 && !found.byBucket.has(at)) bucket.push(at)
  bucket.sort((a, b) => a - b)
  const column = (of: number) => Float64Array.from(bucket, (at) => found.usable(at, of))
  const sum = column(Column.sum)
  return {
    tag,
    bucket: Int32Array.from(bucket),
    min: column(Column.min),
    max: column(Column.max),
    sum,
    mean: sum.map((value, i) => value / found.value(bucket[i]!, Column.count)),
    first: column(Column.first),
    last: column(Column.last),
    firstTime: column(Column.firstTime),
    lastTime: column(Column.lastTime),
    count: Uint32Array.from(bucket, (at) => found.value(at, Column.count)),
    worst: Uint8Array.from(bucket, (at) => found.value(at, Column.worst)),
    ...(weights && {
      timeWeighted: Float64Array.from(bucket, (at) => weights.area[at]! / (weights.covered[at]! / 1e6)),
      coveredUs: Float64Array.from(bucket, (at) => weights.covered[at]!),
    }),
    read: { raw: found.rows, rollup: 0 },
  }
}

/** The rows of the answer by bucket, in order. */
class Found {
  readonly byBucket = new Map<number, { readonly block: Block; readonly row: number }>()
  rows = 0

  constructor(edges: Float64Array, blocks: readonly Block[]) {
    let at = 0
    for (const block of blocks)
      for (let row = 0; row < block.rows; row++) {
        at = bucketAt(edges, block.columns[Column.bucket]![row] as number, at)
        this.byBucket.set(at, { block, row })
        this.rows += block.columns[Column.rows]![row] as number
      }
  }

  value(at: number, column: number): number {
    const found = this.byBucket.get(at)
    return found ? (found.block.columns[column]![found.row] as number) : 0
  }

  /** NaN in a bucket without a usable value. */
  usable(at: number, column: number): number {
    return this.value(at, Column.count) > 0 ? this.value(at, column) : Number.NaN
  }
}

/** The last bucket, from `at` on, that begins at or before `time`. */
function bucketAt(edges: Float64Array, time: number, at: number): number {
  let low = at
  let high = edges.length - 2
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (edges[middle]! <= time) low = middle
    else high = middle - 1
  }
  return low
}

interface Weights {
  /** value·seconds, and µs, by bucket. */
  readonly area: Float64Array
  readonly covered: Float64Array
}

/** What lies between the first and last row of a bucket came from the server; here is what lies between the buckets. */
function weightsOf(
  found: Found,
  edges: Float64Array,
  interpolation: Interpolation,
  before: ReadingRow | undefined,
  after: ReadingRow | undefined,
): Weights {
  const area = new Float64Array(edges.length - 1)
  const covered = new Float64Array(edges.length - 1)
  let time = before?.time ?? Number.NaN
  let value = before ? numberOf(before) : Number.NaN
  let at = 0
  const cover = (end: number, next: number) => {
    if (!Number.isFinite(value)) return
    const endValue = interpolation === 'linear' && Number.isFinite(next) ? next : value
    const slope = (endValue - value) / (end - time)
    const to = Math.min(end, edges.at(-1)!)
    for (let from = Math.max(time, edges[0]!); from < to; ) {
      at = bucketAt(edges, from, at)
      const until = Math.min(to, edges[at + 1]!)
      const middle = slope === 0 ? value : value + slope * ((from + until) / 2 - time)
      area[at]! += middle * ((until - from) / 1e6)
      covered[at]! += until - from
      from = until
    }
  }
  for (const bucket of found.byBucket.keys()) {
    cover(found.value(bucket, Column.firstRowTime), found.value(bucket, Column.firstRowValue))
    area[bucket]! += found.value(bucket, Column.area)
    covered[bucket]! += found.value(bucket, Column.coveredUs)
    time = found.value(bucket, Column.lastRowTime)
    value = found.value(bucket, Column.lastRowValue)
  }
  if (after) cover(after.time, numberOf(after))
  return { area, covered }
}
