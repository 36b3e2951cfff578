import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Historian } from '#ports'
import { LossyFiles } from '../../fakes/lossy-files.ts'
import { plainAggregate } from '../../fakes/plain-aggregate.ts'
import { batchOf, everything, expected, type Row, rows, smallOptions, startedWith, until } from './samples.ts'

/** One step of a story: a batch, or the end of the present segment's life in memory, or a restart. */
type Step = readonly Row[] | 'settle' | 'restart'
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: rows },
  { weight: 1, arbitrary: fc.constant('settle' as const) },
  { weight: 1, arbitrary: fc.constant('restart' as const) },
)

const asText = (_: string, value: unknown) =>
  typeof value === 'bigint' ? `${value}n` : Object.is(value, -0) ? 0 : value

describe('reads over head and parts', () => {
  it('equal a plain list whatever the order of arrival, the segments, the sealing and the restarts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 25 }),
        fc.integer({ min: 300, max: 4000 }),
        async (steps, segmentBytes) => {
          const files = new LossyFiles({ random: () => 0.5 })
          let historian = await startedWith(smallOptions(files, { segmentBytes }))
          const sent: Row[] = []
          for (const one of steps) {
            if (one === 'restart') {
              await historian.stop()
              historian = await startedWith(smallOptions(files, { segmentBytes }))
            } else if (one === 'settle') await until(() => historian.status().accepting)
            else {
              await historian.append(batchOf(one))
              sent.push(...one)
            }
          }
          for (const tag of [1, 2, 3, 4])
            expect(JSON.stringify(await everything(historian, tag), asText)).toBe(
              JSON.stringify(expected(sent, tag), asText),
            )
          await expectTrend(historian, sent)
          for (const tag of [1, 2, 3]) await expectAggregates(historian, sent, tag)
          for (const tag of [1, 2, 3, 4]) await expectScan(historian, sent, tag)
          await historian.stop()
        },
      ),
      { numRuns: 120 },
    )
  })

  it('go on undisturbed while their segments are sealed and the head turns over', async () => {
    const historian = await startedWith(smallOptions(new LossyFiles({ random: () => 0.5 }), { segmentBytes: 60_000 }))
    const count = 2000
    const append = (from: number) =>
      historian.append(
        batchOf(Array.from({ length: count }, (_, n) => ({ tag: 1, time: from + n, value: from + n, quality: 0 }))),
      )
    await append(0)
    const reads: Promise<void>[] = []
    for (let round = 1; round < 30; round++) {
      reads.push(
        historian.read({ tag: 1, from: 0, to: 1e9, limit: 100_000 }).then((series) => {
          expect(series.count).toBeGreaterThanOrEqual(round * count)
          expect(series.value).toEqual(series.time)
        }),
      )
      await append(round * count)
    }
    await Promise.all(reads)
    expect(historian.status().parts).toBeGreaterThan(3)
    await historian.stop()
  })
})

/** Columns that do not depend on the order in which numbers are added up. */
async function expectAggregates(historian: Historian, sent: readonly Row[], tag: number): Promise<void> {
  const rows = expected(sent, tag).map(({ time, value, quality }) => ({
    time,
    value: value === null ? Number.NaN : Number(value),
    quality,
  }))
  const edges = Float64Array.from([999_000, 1_000_000, 1_004_000, 1_004_500, 1_020_000, 1_029_999, 1_040_000])
  for (const timeWeighted of ['previous', 'linear'] as const) {
    const got = await historian.aggregate({ tag, edges, timeWeighted })
    const wanted = plainAggregate(rows, { tag, edges, timeWeighted })
    for (const column of ['bucket', 'firstTime', 'lastTime', 'count', 'worst', 'coveredUs'] as const)
      expect(got[column], column).toEqual(wanted[column])
    for (const column of ['min', 'max', 'first', 'last'] as const)
      expect(got[column].map(unsigned), column).toEqual(wanted[column].map(unsigned))
  }
}

const unsigned = (number: number): number => number + 0

async function expectScan(historian: Historian, sent: readonly Row[], tag: number): Promise<void> {
  const range = { tag, from: 1_000_500, to: 1_029_000 }
  const inRange = expected(sent, tag).filter(({ time }) => time >= range.from && time < range.to)
  for (const descending of [false, true]) {
    const times: number[] = []
    for await (const { time } of historian.scan({ ...range, descending })) times.push(...time)
    expect(times).toEqual((descending ? inRange.toReversed() : inRange).map(({ time }) => time))
  }
  const before = await historian.before(tag, range.from)
  const newest = expected(sent, tag).findLast(({ time }) => time < range.from)
  expect([before?.time, before?.quality]).toEqual([newest?.time, newest?.quality])
}

async function expectTrend(historian: Historian, sent: readonly Row[]): Promise<void> {
  const range = { from: 1_000_000, to: 1_030_000, buckets: 6 }
  const trend = await historian.trend({ tag: 1, ...range })
  const wanted = new Map<number, { min: number; max: number; count: number; worst: number }>()
  for (const { time, value, quality } of expected(sent, 1)) {
    if (time >= range.to) continue
    const start = range.from + Math.floor((time - range.from) / 5000) * 5000
    const bucket = wanted.get(start) ?? { min: Number.NaN, max: Number.NaN, count: 0, worst: 0 }
    wanted.set(start, bucket)
    bucket.worst = Math.max(bucket.worst, quality)
    if (typeof value !== 'number' || !Number.isFinite(value)) continue
    bucket.min = bucket.count === 0 ? value : Math.min(bucket.min, value)
    bucket.max = bucket.count === 0 ? value : Math.max(bucket.max, value)
    bucket.count++
  }
  const got = Array.from(trend.time, (time, i) => [
    time,
    { min: trend.min[i]! + 0, max: trend.max[i]! + 0, count: trend.count[i], worst: trend.worst[i] },
  ])
  expect(got).toEqual(
    [...wanted].map(([time, bucket]) => [time, { ...bucket, min: bucket.min + 0, max: bucket.max + 0 }]),
  )
}
