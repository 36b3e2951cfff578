import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { alignTags, readStates, similarTags } from '#historian'
import { BatchBuilder, Quality, type TagDefinition } from '#model'
import type { AggregateQuery, Aggregates, Historian, Series } from '#ports'
import { type PlainRow, plainAggregate } from '../../fakes/plain-aggregate.ts'
import type { HistorianUnderTest } from './historian-contract.ts'

const number: TagDefinition = { thing: 'kiln', property: 'temperature', type: 'number', unit: 'Cel' }
const integer: TagDefinition = { thing: 'meter', property: 'energy', type: 'integer' }
const boolean: TagDefinition = { thing: 'pump', property: 'on', type: 'boolean' }
const string: TagDefinition = { thing: 'press', property: 'state', type: 'string' }
const noon = 1_767_268_800_000_000

/** What every historian answers to questions over a range. Part of `historianContract`. */
export function queryContract(name: string, make: () => Promise<HistorianUnderTest>): void {
  describe(`${name} answers questions over a range`, () => {
    let under: HistorianUnderTest
    let historian: Historian
    beforeEach(async () => {
      under = await make()
      historian = under.historian
    })
    afterEach(() => under.dispose())

    const define = async (definition: TagDefinition) => (await historian.defineTags([definition]))[0]!.id
    const append = (add: (batch: BatchBuilder) => void) => {
      const builder = new BatchBuilder()
      add(builder)
      return historian.append(builder.build({ source: 'test', sequence: 0, arrivedAt: noon }))
    }

    it('scans a range of any length in slices, in both directions, and may be left half way', async () => {
      const tag = await define(number)
      const rows = 40_000
      for (let from = 0; from < rows; from += 10_000)
        await append((batch) => {
          for (let n = from; n < from + 10_000; n++) batch.add(tag, noon + n, n, n % 5)
        })
      for (const descending of [false, true]) {
        const slices = await collect(historian.scan({ tag, from: noon + 1, to: noon + rows - 1, descending }))
        expect(slices.every(({ count }) => count > 0 && count <= 16_384)).toBe(true)
        expect(slices.map(({ more }) => more)).toEqual(slices.map((slice) => slice !== slices.at(-1)))
        const values = slices.flatMap(({ value }) => [...value])
        const wanted = Array.from({ length: rows - 2 }, (_, n) => n + 1)
        expect(values).toEqual(descending ? wanted.toReversed() : wanted)
      }
      for await (const slice of historian.scan({ tag, from: noon, to: noon + rows })) {
        expect(slice.more).toBe(true)
        break
      }
      expect(await collect(historian.scan({ tag, from: 0, to: noon }))).toEqual([])
    })

    it('says what came before a time', async () => {
      const ids = (await historian.defineTags([number, integer, boolean, string])).map(({ id }) => id)
      const [n, i, b, s] = ids as [number, number, number, number]
      await append((batch) => {
        batch
          .add(n, noon, 1.5, Quality.stale)
          .add(i, noon, 2n ** 60n)
          .add(b, noon, true)
          .add(s, noon, 'up')
        batch.add(n, noon + 10, null, Quality.commError).add(n, noon - 86_400e6, 7)
      })
      expect(await historian.before(n, noon + 10)).toEqual({ time: noon, value: 1.5, quality: Quality.stale })
      expect(await historian.before(n, noon + 11)).toEqual({ time: noon + 10, value: null, quality: Quality.commError })
      expect(await historian.before(n, noon)).toEqual({ time: noon - 86_400e6, value: 7, quality: 0 })
      expect(await historian.before(n, noon - 86_400e6)).toBeUndefined()
      expect((await historian.before(i, noon + 1))?.value).toBe(2n ** 60n)
      expect((await historian.before(b, noon + 1))?.value).toBe(true)
      expect((await historian.before(s, noon + 1))?.value).toBe('up')
    })

    it('aggregates by buckets of any width, and leaves out those that have nothing to say', async () => {
      const tag = await define(number)
      await append((batch) => {
        batch
          .add(tag, noon, 1)
          .add(tag, noon + 4, 5, Quality.substituted)
          .add(tag, noon + 9, Number.POSITIVE_INFINITY, 4)
        batch
          .add(tag, noon + 10, 2)
          .add(tag, noon + 35, null, Quality.nullValue)
          .add(tag, noon + 40, 8)
      })
      const edges = Float64Array.from([noon - 5, noon, noon + 10, noon + 30, noon + 40])
      const got = await historian.aggregate({ tag, edges })
      expect(got.timeWeighted).toBeUndefined()
      expect(rowsOf(got)).toEqual([
        {
          bucket: 1,
          min: 1,
          max: 5,
          sum: 6,
          mean: 3,
          first: 1,
          last: 5,
          firstTime: noon,
          lastTime: noon + 4,
          count: 2,
          worst: 4,
        },
        {
          bucket: 2,
          min: 2,
          max: 2,
          sum: 2,
          mean: 2,
          first: 2,
          last: 2,
          firstTime: noon + 10,
          lastTime: noon + 10,
          count: 1,
          worst: 0,
        },
        { bucket: 3, ...nothing, worst: Quality.nullValue },
      ])
    })

    it('weighs values by the time they held, from the one before the range to the newest', async () => {
      const tag = await define(number)
      await append((batch) => {
        batch
          .add(tag, noon - 100, 4)
          .add(tag, noon + 5, 8)
          .add(tag, noon + 20, null)
          .add(tag, noon + 30, 2)
          .add(tag, noon + 50, 6)
      })
      const edges = Float64Array.from([noon, noon + 10, noon + 20, noon + 30, noon + 40, noon + 60, noon + 70])
      const held = await historian.aggregate({ tag, edges, timeWeighted: 'previous' })
      expect([...held.bucket]).toEqual([0, 1, 2, 3, 4].filter((bucket) => bucket !== 2 || held.bucket.includes(2)))
      const at = (bucket: number, column: Float64Array | undefined) => column![held.bucket.indexOf(bucket)]
      expect([0, 1, 3, 4].map((bucket) => at(bucket, held.coveredUs))).toEqual([10, 10, 10, 10])
      expect([0, 1, 3, 4].map((bucket) => at(bucket, held.timeWeighted))).toEqual([6, 8, 2, 2])
      expect(at(2, held.coveredUs)).toBe(0)
      expect(at(2, held.timeWeighted)).toBeNaN()
      const lines = await historian.aggregate({ tag, edges: edges.subarray(3), timeWeighted: 'linear' })
      expect([...lines.timeWeighted!]).toEqual([3, 5])
      expect([...lines.coveredUs!]).toEqual([10, 10])
    })

    it('makes a long trend of whole minutes or hours', async () => {
      const tag = await define(number)
      const hour = 3_600e6
      await append((batch) => {
        for (let n = 0; n < 400; n++) batch.add(tag, noon + n * hour, n)
      })
      const trend = await historian.trend({ tag, from: noon + 90e6, to: noon + 400 * hour, buckets: 50 })
      expect(trend.bucketUs % hour).toBe(0)
      expect(trend.time.length).toBeLessThanOrEqual(50)
      expect(trend.time[0]).toBe(noon)
      expect([...trend.count].reduce((a, b) => a + b)).toBe(400)
      const shorter = await historian.trend({ tag, from: noon + 1, to: noon + 20 * hour, buckets: 60 })
      expect(shorter.bucketUs % 60e6).toBe(0)
      expect(shorter.time[0]! % 60e6).toBe(0)
    })

    it('refuses aggregates that have no answer', async () => {
      const [tag, text] = (await historian.defineTags([number, string])).map(({ id }) => id) as [number, number]
      const refused = async (code: string, query: AggregateQuery) =>
        expect(historian.aggregate(query), code).rejects.toMatchObject({ code })
      await refused('IW_HISTORIAN_RANGE', { tag, edges: Float64Array.from([1]) })
      await refused('IW_HISTORIAN_RANGE', { tag, edges: Float64Array.from([1, 3, 2]) })
      await refused('IW_HISTORIAN_RANGE', { tag, edges: Float64Array.from([1, 1]) })
      await refused('IW_HISTORIAN_RANGE', { tag, edges: Float64Array.from([0, Number.POSITIVE_INFINITY]) })
      await refused('IW_HISTORIAN_RANGE', { tag, edges: Float64Array.from([0, Number.NaN, 2]) })
      await refused('IW_HISTORIAN_RANGE', { tag, edges: Float64Array.from({ length: 100_002 }, (_, n) => n) })
      await refused('IW_HISTORIAN_UNKNOWN_TAG', { tag: 99, edges: Float64Array.from([1, 2]) })
      await refused('IW_HISTORIAN_TYPE', { tag: text, edges: Float64Array.from([1, 2]) })
      await expect(historian.before(99, noon)).rejects.toMatchObject({ code: 'IW_HISTORIAN_UNKNOWN_TAG' })
      await expect(historian.scan({ tag: 99, from: 1, to: 2 }).next()).rejects.toMatchObject({
        code: 'IW_HISTORIAN_UNKNOWN_TAG',
      })
      await expect(historian.scan({ tag, from: 2, to: 2 }).next()).rejects.toMatchObject({ code: 'IW_HISTORIAN_RANGE' })
    })

    it('can be asked for states, common times and similar tags', async () => {
      const [n, s] = (await historian.defineTags([number, string])).map(({ id }) => id) as [number, number]
      await append((batch) => {
        batch
          .add(s, noon - 10, 'idle')
          .add(s, noon + 10, 'run')
          .add(s, noon + 30, 'idle')
        for (let i = 0; i < 40; i++) batch.add(n, noon + i, i)
      })
      const states = await readStates(historian, { tag: s, from: noon, to: noon + 40, limit: 10 })
      expect(states.totals).toEqual([
        { value: 'idle', us: 20, times: 2 },
        { value: 'run', us: 20, times: 1 },
      ])
      const [slice] = await collect(
        alignTags(historian, {
          tags: [s, n],
          edges: Float64Array.from([noon + 5, noon + 15, noon + 25]),
          interpolation: 'previous',
        }),
      )
      expect(slice?.values).toEqual([
        ['idle', 'run'],
        [5, 15],
      ])
      expect(await similarTags(historian, { tag: n, from: noon, to: noon + 40, candidates: [n, s], limit: 5 })).toEqual(
        {
          compared: 0,
          similar: [],
        },
      )
    })

    it('answers as a plain list would, for readings that come late, doubled and out of order', async () => {
      const tag = await define(number)
      const oracle = new Map<number, PlainRow>()
      const value = fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: -50, max: 50 }) },
        { weight: 1, arbitrary: fc.constant(Number.NaN) },
      )
      const reading = fc.record({
        time: fc.integer({ min: 0, max: 400 }).map((n) => noon + n),
        value,
        quality: fc.nat(6),
      })
      const range = fc.record({
        from: fc.integer({ min: 0, max: 400 }).map((n) => noon + n),
        length: fc.integer({ min: 1, max: 200 }),
        descending: fc.boolean(),
        limit: fc.integer({ min: 1, max: 60 }),
        widths: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 9 }),
        timeWeighted: fc.constantFrom(undefined, 'previous' as const, 'linear' as const),
      })
      await fc.assert(
        fc.asyncProperty(fc.array(reading, { minLength: 1, maxLength: 40 }), range, async (batch, asked) => {
          await append((builder) => {
            for (const { time, value, quality } of batch) builder.add(tag, time, value, quality)
          })
          for (const row of batch) oracle.set(row.time, row)
          const rows = [...oracle.values()].toSorted((a, b) => a.time - b.time)
          const { from, descending, limit, widths, timeWeighted } = asked
          const to = from + asked.length
          const wanted = rows.filter(({ time }) => time >= from && time < to)
          if (descending) wanted.reverse()
          const got = await historian.read({ tag, from, to, descending, limit })
          expect(plainRows(got)).toEqual(wanted.slice(0, limit))
          expect(got.more).toBe(wanted.length > limit)
          expect((await collect(historian.scan({ tag, from, to, descending }))).flatMap(plainRows)).toEqual(wanted)
          expect((await historian.before(tag, from))?.time).toBe(rows.findLast(({ time }) => time < from)?.time)
          const edges = Float64Array.from([
            from,
            ...widths.map((_, n) => from + widths.slice(0, n + 1).reduce((a, b) => a + b)),
          ])
          const query = { tag, edges, ...(timeWeighted && { timeWeighted }) }
          expectSame(await historian.aggregate(query), plainAggregate(rows, query))
        }),
        { numRuns: under.runs ?? 60 },
      )
    })
  })
}

const nothing = {
  min: Number.NaN,
  max: Number.NaN,
  sum: Number.NaN,
  mean: Number.NaN,
  first: Number.NaN,
  last: Number.NaN,
  firstTime: Number.NaN,
  lastTime: Number.NaN,
  count: 0,
}

async function collect<T>(slices: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const slice of slices) all.push(slice)
  return all
}

const plainRows = ({ time, value, quality }: Series): PlainRow[] =>
  Array.from(time, (at, row) => ({ time: at, value: value[row]!, quality: quality[row]! }))

/** Row by row what is in columns, but for the time-weighted means. */
function rowsOf({ tag: _tag, read: _read, timeWeighted: _means, coveredUs: _covered, ...columns }: Aggregates) {
  return Array.from(columns.bucket, (_, row) =>
    Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column[row]])),
  )
}

/** The same but for the order in which numbers were added up. */
function expectSame(got: Aggregates, wanted: Aggregates): void {
  expect(rowsOf(got)).toEqual(rowsOf(wanted))
  expect(got.coveredUs).toEqual(wanted.coveredUs)
  for (const [row, mean] of (wanted.timeWeighted ?? []).entries())
    if (Number.isNaN(mean)) expect(got.timeWeighted![row]).toBeNaN()
    else expect(got.timeWeighted![row]).toBeCloseTo(mean, 6)
}
