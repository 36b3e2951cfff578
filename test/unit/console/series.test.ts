import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { QualityName, ReadingTuple } from '../../../console/lib/contract.ts'
import { fewSplits, laneScale, splitDecimals } from '../../../console/lib/lane.ts'
import {
  addReading,
  drawable,
  extentOf,
  isGap,
  outsideSince,
  type Series,
  seriesOf,
  trimBefore,
  wholeBuckets,
} from '../../../console/lib/series.ts'
import { sparkSegments } from '../../../console/lib/spark.ts'

const empty = (bucketUs = 10): Series => ({
  anchor: 0,
  bucketUs,
  time: [],
  min: [],
  max: [],
  mean: [],
  last: [],
  count: [],
  worst: [],
})
const reading = (time: number, value: number | null, quality: QualityName = 'good'): ReadingTuple => [
  1,
  time,
  value,
  quality,
]
const filled = (values: readonly (number | null)[]): Series => {
  const series = empty()
  for (const [index, value] of values.entries())
    addReading(series, reading(index * 10 + 1, value, value === null ? 'comm_error' : 'good'))
  return series
}

describe('a live series', () => {
  it('gathers readings of one bucket and begins a new one with the next', () => {
    const series = empty()
    for (const [time, value] of [
      [1, 4],
      [5, 8],
      [9, 6],
      [12, 1],
    ] as const)
      addReading(series, reading(time, value))
    expect(series).toMatchObject({ time: [0, 10], min: [4, 1], max: [8, 1], mean: [6, 1], last: [6, 1], count: [3, 1] })
  })

  it('keeps a bucket without a usable value empty, and its quality', () => {
    const series = empty()
    addReading(series, reading(1, null, 'comm_error'))
    addReading(series, reading(12, 3, 'out_of_range'))
    expect(series).toMatchObject({ mean: [null, null], count: [0, 0], worst: ['comm_error', 'out_of_range'] })
  })

  it('goes on from what the API answered, on the same grid', () => {
    const page = { from: 3, bucketUs: 10 }
    const trend = {
      tag: 1,
      thing: 'a',
      property: 'b',
      time: [3, 13],
      min: [1, 2],
      max: [1, 2],
      mean: [1, 2],
      last: [1, 2],
    }
    const series = seriesOf({ ...trend, count: [1, 1], quality: ['good', 'good'] }, page)
    addReading(series, reading(15, 4))
    addReading(series, reading(24, 9))
    expect(series.time).toEqual([3, 13, 23])
    expect(series.max).toEqual([1, 4, 9])
  })

  it('leaves readings that are older than its newest bucket to the next load', () => {
    const series = filled([1, 2, 3])
    addReading(series, reading(4, 99))
    expect(extentOf(series)).toEqual({ min: 1, max: 3, last: 3 })
  })

  it('holds minimum, maximum and count of every reading it was given, whatever their order in a bucket', () => {
    const readings = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 500 }), fc.double({ min: -1e6, max: 1e6, noNaN: true })),
      { maxLength: 100 },
    )
    fc.assert(
      fc.property(readings, (given) => {
        const ordered = given.toSorted(([a], [b]) => a - b)
        const series = empty()
        for (const [time, value] of ordered) addReading(series, reading(time, value))
        expect(series.count.reduce((sum, count) => sum + count, 0)).toBe(ordered.length)
        for (const [index, start] of series.time.entries()) {
          const inBucket = ordered.filter(([time]) => Math.floor(time / 10) * 10 === start).map(([, value]) => value)
          expect(series.min[index]).toBe(Math.min(...inBucket))
          expect(series.max[index]).toBe(Math.max(...inBucket))
          expect(series.last[index]).toBe(inBucket.at(-1))
        }
      }),
    )
  })

  it('forgets what lies before the range', () => {
    const series = filled([1, 2, 3, 4])
    trimBefore(series, 20)
    expect(series.time).toEqual([20, 30])
    expect(series.last).toEqual([3, 4])
  })

  it('shifts by whole buckets', () => {
    expect(wholeBuckets(empty(), { from: 1, to: 101 })).toEqual({ from: 10, to: 110 })
    expect(wholeBuckets(empty(), { from: 9, to: 109 })).toEqual({ from: 10, to: 110 })
  })
})

describe('a gap', () => {
  it('stays one: a null row stands where buckets are missing for longer than the interval explains', () => {
    const series = filled([1, 2])
    addReading(series, reading(91, 3))
    expect(drawable(series, undefined)).toMatchObject({ time: [5, 15, 55, 95], mean: [1, 2, null, 3] })
  })

  it('is none for a sensor that is read seldom', () => {
    const series = filled([1, 2])
    addReading(series, reading(91, 3))
    expect(drawable(series, 30).mean).toEqual([1, 2, 3])
  })

  it('splits a sparkline, and a value in doubt ends dotted without a dot', () => {
    const frame = { width: 100, height: 36, from: 0, to: 100, gapUs: 20, doubt: true }
    const { segments, dot } = sparkSegments(filled([1, 2, null, null, 5, 6]), frame)
    expect(segments.map(({ points, dotted }) => [points.length, dotted])).toEqual([
      [2, false],
      [2, false],
      [2, true],
    ])
    expect(dot).toBeUndefined()
  })

  it('never puts a point of a sparkline outside its box', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.double({ min: -1e9, max: 1e9, noNaN: true })), { maxLength: 50 }), (values) => {
        const frame = { width: 100, height: 36, from: 0, to: 500, gapUs: 20, doubt: false, band: { min: -5, max: 5 } }
        for (const { points } of sparkSegments(filled(values), frame).segments)
          for (const { x, y } of points) {
            expect(x).toBeGreaterThanOrEqual(0)
            expect(x).toBeLessThanOrEqual(100)
            expect(y).toBeGreaterThanOrEqual(0)
            expect(y).toBeLessThanOrEqual(36)
          }
      }),
    )
  })
})

describe('a normal band', () => {
  it('was left since the first of the buckets that lie outside without a break', () => {
    expect(outsideSince(filled([5, 1, 5, 1, 2, 1]), { min: 4, max: 6 })).toBe(30)
    expect(outsideSince(filled([1, 5]), { min: 4, max: 6 })).toBeUndefined()
    expect(outsideSince(filled([5, 1, null, 1]), { min: 4, max: 6 })).toBe(10)
  })

  it('is in the scale of a lane unless it would flatten the line', () => {
    expect(laneScale(6.4, 7, { min: 6.6, max: 7.4 })[1]).toBeGreaterThan(7.4)
    expect(laneScale(1, 1.01, { min: 0, max: 1000 })[1]).toBeLessThan(2)
    expect(laneScale(null, null, undefined)).toEqual([0, 1])
  })
})

describe('the axis of a lane', () => {
  it('has one to three round numbers inside its scale', () => {
    const scale = fc.tuple(
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
    )
    fc.assert(
      fc.property(scale, ([min, span]) => {
        const splits = fewSplits(min, min + span)
        expect(splits.length).toBeGreaterThanOrEqual(1)
        expect(splits.length).toBeLessThanOrEqual(3)
        for (const split of splits) {
          expect(split).toBeGreaterThanOrEqual(min - span * 1e-6)
          expect(split).toBeLessThanOrEqual(min + span * (1 + 1e-6))
        }
      }),
    )
  })

  it('shows as many digits as tell its numbers apart', () => {
    expect(splitDecimals([6.5, 7, 7.5])).toBe(1)
    expect(splitDecimals([200, 400])).toBe(0)
    expect(splitDecimals([0.25, 0.5])).toBe(2)
  })
})

describe('a gap', () => {
  const every = 500_000
  const limit = 3 * every
  it('is a hole among readings that come often', () => {
    const time = [0, 1, 2, 3, 60, 61, 62, 63].map((step) => step * every)
    expect(time.map((_, index) => index > 0 && isGap(time, index, limit))).toEqual(
      [0, 0, 0, 0, 1, 0, 0, 0].map(Boolean),
    )
  })

  it('is no gap where readings lay further apart as a rule: sampled more rarely once, or brought in from elsewhere', () => {
    const time = [0, 60, 120, 180, 240, 300, 300.5, 301, 301.5].map((step) => step * every)
    expect(time.some((_, index) => index > 0 && isGap(time, index, limit))).toBe(false)
  })

  it('stands on both sides of a lone reading', () => {
    const time = [0, 1, 2, 60, 118, 119, 120].map((step) => step * every)
    expect([isGap(time, 3, limit), isGap(time, 4, limit)]).toEqual([true, true])
  })
})
