import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AggregateQuery, Aggregates } from '#ports'
import { Rollup, type RollupLevel } from '../../../src/historian/merge/rollup.ts'
import type { RowPage } from '../../../src/historian/parts/chunk.ts'
import type { RollupRows } from '../../../src/historian/parts/parquet/index.ts'
import { aggregateView } from '../../../src/historian/query/aggregate.ts'
import type { RollupSource } from '../../../src/historian/query/rollup-source.ts'
import { type RowSource, sliceOf } from '../../../src/historian/query/source.ts'
import { trendEdges, trendView } from '../../../src/historian/query/trend.ts'
import type { View } from '../../../src/historian/query/view.ts'
import { type PlainRow, plainAggregate } from '../../fakes/plain-aggregate.ts'

const minute = 60e6
const day = 86_400e6
const first = 20_000 * day

const pageOf = (rows: readonly PlainRow[]): RowPage => ({
  count: rows.length,
  time: Float64Array.from(rows, ({ time }) => time),
  value: Float64Array.from(rows, ({ value }) => value),
  quality: Uint8Array.from(rows, ({ quality }) => quality),
})

function sourceOf(rows: readonly PlainRow[], rank: number): RowSource {
  const page = pageOf(rows)
  return {
    rank,
    earliest: page.time[0] ?? 0,
    latest: page.time.at(-1) ?? -1,
    async *slices({ from, to }) {
      yield sliceOf(page, from, to)
    },
  }
}

/** As the merge writes them. */
function rollupOf(rows: readonly PlainRow[], level: RollupLevel): RollupSource {
  const rollup = new Rollup(level)
  rollup.reset()
  rollup.add(pageOf(rows) as Parameters<Rollup['add']>[0])
  const all = rollup.buckets
  return {
    level,
    rank: 1,
    earliest: all.time[0]!,
    latest: all.time[all.count - 1]!,
    async buckets(_tag, from, to) {
      const kept = Array.from({ length: all.count }, (_, row) => row).filter(
        (row) => all.time[row]! >= from && all.time[row]! < to,
      )
      const columns = Object.entries(all).flatMap(([name, column]) =>
        ArrayBuffer.isView(column) ? [[name, kept.map((row) => (column as Float64Array)[row]!)]] : [],
      )
      return { count: kept.length, ...Object.fromEntries(columns) } as RollupRows
    },
  }
}

const row = (from: number, days: number): fc.Arbitrary<PlainRow> =>
  fc.record({
    // Many rows in few minutes, so that buckets have more than one.
    time: fc
      .tuple(
        fc.integer({ min: 0, max: days - 1 }),
        fc.constantFrom(0, 1, 59, 60, 61, 700, 1439),
        fc.integer({ min: 0, max: 11 }),
      )
      .map(([d, m, s]) => from + d * day + m * minute + s * 5e6),
    value: fc.oneof(
      { weight: 12, arbitrary: fc.integer({ min: -9, max: 9 }) },
      { weight: 1, arbitrary: fc.constant(Number.NaN) },
    ),
    quality: fc.nat(6),
  })

const unique = (rows: readonly PlainRow[]): readonly PlainRow[] =>
  [...new Map(rows.map((one) => [one.time, one])).values()].toSorted((a, b) => a.time - b.time)

const sumOf = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

/** Three days, of which some are rolled up, and rows that came after. */
const story = fc.record({
  rows: fc.array(row(first, 3), { minLength: 1, maxLength: 120 }).map(unique),
  late: fc.array(row(first, 3), { maxLength: 2 }).map(unique),
  hours: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
  minutes: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
  start: fc.integer({ min: -60, max: 1500 }),
  widths: fc.array(fc.constantFrom(1, 2, 15, 60, 120, 1440, 2000), { minLength: 1, maxLength: 12 }),
  unit: fc.constantFrom(minute, 60 * minute),
  timeWeighted: fc.constantFrom(undefined, 'previous' as const, 'linear' as const),
})

function viewOf({
  rows,
  late,
  hours,
  minutes,
}: {
  rows: readonly PlainRow[]
  late: readonly PlainRow[]
  hours: boolean[]
  minutes: boolean[]
}): View {
  const days = [0, 1, 2].map((d) => rows.filter(({ time }) => Math.floor((time - first) / day) === d))
  const isRolled = (d: number) => hours[d] === true || minutes[d] === true
  const rolled = days.filter((of, d) => of.length > 0 && isRolled(d)).map((of) => sourceOf(of, 1))
  const unrolled = days.filter((of, d) => of.length > 0 && !isRolled(d)).map((of) => sourceOf(of, 1))
  if (late.length > 0) unrolled.push(sourceOf(late, 2))
  const rollups = days.flatMap((of, d) =>
    of.length === 0
      ? []
      : [...(hours[d] ? [rollupOf(of, 'hour')] : []), ...(minutes[d] ? [rollupOf(of, 'minute')] : [])],
  )
  return { sources: [...rolled, ...unrolled], rolled, unrolled, rollups, release() {} }
}

describe('rollups', () => {
  it('give what the rows would, also weighed by time, wherever they take their place', async () => {
    let used = 0
    await fc.assert(
      fc.asyncProperty(story, async ({ start, widths, unit, timeWeighted, ...kept }) => {
        const rows = unique([...kept.rows, ...kept.late])
        const from = first + Math.floor((start * minute) / unit) * unit
        const edges = Float64Array.from([from, ...widths.map((_, n) => from + unit * sumOf(widths.slice(0, n + 1)))])
        const query: AggregateQuery = { tag: 1, edges, ...(timeWeighted && { timeWeighted }) }
        const got = await aggregateView(viewOf(kept), query)
        used += got.read.rollup
        expectSame(got, plainAggregate(rows, query))
      }),
      { numRuns: 3000 },
    )
    expect(used).toBeGreaterThan(1000)
  })

  it('are not used for buckets that they do not fit, nor for straight lines', async () => {
    const rows = Array.from({ length: 600 }, (_, n) => ({ time: first + n * 2e6, value: n, quality: 0 }))
    const view = viewOf({ rows, late: [], hours: [true, true, true], minutes: [true, true, true] })
    const of = async (edges: readonly number[], more: Partial<AggregateQuery> = {}) =>
      (await aggregateView(view, { tag: 1, edges: Float64Array.from(edges), ...more })).read
    expect(await of([first, first + day])).toEqual({ raw: 0, rollup: 1 })
    expect(await of([first, first + 10 * minute])).toEqual({ raw: 0, rollup: 10 })
    expect(await of([first, first + 10 * minute + 1])).toEqual({ raw: 301, rollup: 0 })
    expect(await of([first, first + day], { timeWeighted: 'previous' })).toEqual({ raw: 0, rollup: 1 })
    expect(await of([first, first + day], { timeWeighted: 'linear' })).toEqual({ raw: 600, rollup: 0 })
  })

  it('stand for rows that are not kept any more', async () => {
    const rows = [0, 1, 2].map((n) => ({ time: first + n * minute, value: n, quality: 0 }))
    const gone: View = { sources: [], rolled: [], unrolled: [], rollups: [rollupOf(rows, 'hour')], release() {} }
    const edges = Float64Array.from([first, first + day])
    const got = await aggregateView(gone, { tag: 1, edges, timeWeighted: 'previous' })
    const later = Float64Array.from([first + 2 * day, first + 3 * day])
    const next = sourceOf([{ time: first + 3 * day, value: 9, quality: 0 }], 2)
    const held = { ...gone, sources: [next], unrolled: [next] }
    const after = await aggregateView(held, { tag: 1, edges: later, timeWeighted: 'previous' })
    expect([after.timeWeighted![0], after.coveredUs![0]]).toEqual([2, day])
    expect([got.mean[0], got.count[0], got.timeWeighted![0], got.coveredUs![0]]).toEqual([1, 3, 0.5, 2 * minute])
  })
})

describe('a trend', () => {
  it('is made of longer buckets where nothing shorter is kept any more', async () => {
    const rows = Array.from({ length: 120 }, (_, n) => ({ time: first + n * minute, value: n, quality: 0 }))
    const gone: View = { sources: [], rolled: [], unrolled: [], rollups: [rollupOf(rows, 'hour')], release() {} }
    const trend = await trendView(gone, { tag: 1, from: first, to: first + 120 * minute, buckets: 1000 })
    expect([trend.bucketUs, ...trend.time, ...trend.max]).toEqual([60 * minute, first, first + 60 * minute, 59, 119])
    const none = await trendView(gone, { tag: 1, from: first + day, to: first + 2 * day, buckets: 10 })
    expect([none.time.length, none.bucketUs]).toEqual([0, 144 * minute])
  })

  it('has as many buckets as asked for at most, whatever the range, and encloses it', () => {
    const range = fc.record({
      from: fc.integer({ min: 0, max: 2 ** 50 }),
      length: fc.oneof(fc.integer({ min: 1, max: 1e9 }), fc.integer({ min: 1, max: 1e15 })),
      buckets: fc.integer({ min: 1, max: 4000 }),
    })
    fc.assert(
      fc.property(range, ({ from, length, buckets }) => {
        const to = from + length
        const edges = trendEdges({ from, to, buckets })
        const width = edges[1]! - edges[0]!
        expect(edges.length - 1).toBeLessThanOrEqual(buckets)
        expect(edges[0]! <= from && edges.at(-1)! >= to - 1e-3 * width).toBe(true)
        if (length / buckets >= 6 * minute) expect([width % minute, edges[0]! % minute]).toEqual([0, 0])
        if (length / buckets >= 360 * minute) expect([width % (60 * minute), edges[0]! % (60 * minute)]).toEqual([0, 0])
      }),
    )
  })
})

function expectSame(got: Aggregates, wanted: Aggregates): void {
  const { read: _got, timeWeighted: means, ...exact } = got
  const { read: _wanted, timeWeighted, ...plain } = wanted
  expect(exact).toEqual(plain)
  for (const [at, mean] of (timeWeighted ?? []).entries())
    if (Number.isNaN(mean)) expect(means![at]).toBeNaN()
    else expect(means![at]).toBeCloseTo(mean, 9)
}
