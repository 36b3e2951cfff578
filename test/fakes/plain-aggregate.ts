import type { AggregateQuery, Aggregates, Interpolation } from '#ports'

export interface PlainRow {
  readonly time: number
  /** NaN where there is none. */
  readonly value: number
  readonly quality: number
}

/** What `aggregate` promises, over all rows of a tag, written down as simply as can be: bucket by bucket, row by row. */
export function plainAggregate(rows: readonly PlainRow[], { tag, edges, timeWeighted }: AggregateQuery): Aggregates {
  const all = Array.from({ length: edges.length - 1 }, (_, bucket) =>
    plainBucket(rows, bucket, edges[bucket]!, edges[bucket + 1]!, timeWeighted),
  )
  const given = all.filter(({ rows, covered }) => rows > 0 || covered > 0)
  const floats = (of: (bucket: (typeof given)[number]) => number) => Float64Array.from(given, of)
  return {
    tag,
    bucket: Int32Array.from(given, ({ bucket }) => bucket),
    min: floats(({ min }) => min),
    max: floats(({ max }) => max),
    sum: floats(({ sum }) => sum),
    mean: floats(({ sum, count }) => sum / count),
    first: floats(({ first }) => first),
    last: floats(({ last }) => last),
    firstTime: floats(({ firstTime }) => firstTime),
    lastTime: floats(({ lastTime }) => lastTime),
    count: Uint32Array.from(given, ({ count }) => count),
    worst: Uint8Array.from(given, ({ worst }) => worst),
    ...(timeWeighted && {
      timeWeighted: floats(({ area, covered }) => area / covered),
      coveredUs: floats(({ covered }) => covered),
    }),
    read: { raw: rows.length, rollup: 0 },
  }
}

function plainBucket(rows: readonly PlainRow[], bucket: number, from: number, to: number, mode?: Interpolation) {
  const inside = rows.filter(({ time }) => time >= from && time < to)
  const usable = inside.filter(({ value }) => Number.isFinite(value))
  const values = usable.map(({ value }) => value)
  const least = (a: number, b: number) => (b < a ? b : a)
  const most = (a: number, b: number) => (b > a ? b : a)
  return {
    bucket,
    rows: inside.length,
    min: values.length === 0 ? Number.NaN : values.reduce(least),
    max: values.length === 0 ? Number.NaN : values.reduce(most),
    sum: values.length === 0 ? Number.NaN : values.reduce((a, b) => a + b),
    first: values[0] ?? Number.NaN,
    last: values.at(-1) ?? Number.NaN,
    firstTime: usable[0]?.time ?? Number.NaN,
    lastTime: usable.at(-1)?.time ?? Number.NaN,
    count: values.length,
    worst: inside.reduce((worst, { quality }) => Math.max(worst, quality), 0),
    ...(mode ? plainIntegral(rows, from, to, mode) : { area: 0, covered: 0 }),
  }
}

function plainIntegral(rows: readonly PlainRow[], from: number, to: number, mode: Interpolation) {
  let area = 0
  let covered = 0
  for (let i = 0; i + 1 < rows.length; i++) {
    const [row, next] = [rows[i]!, rows[i + 1]!]
    const begin = Math.max(row.time, from)
    const end = Math.min(next.time, to)
    if (!Number.isFinite(row.value) || begin >= end) continue
    const goal = mode === 'linear' && Number.isFinite(next.value) ? next.value : row.value
    const at = (time: number) => row.value + ((goal - row.value) * (time - row.time)) / (next.time - row.time)
    area += ((at(begin) + at(end)) / 2) * (end - begin)
    covered += end - begin
  }
  return { area, covered }
}
