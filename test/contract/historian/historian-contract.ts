import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BatchBuilder, Quality, type TagDefinition } from '#model'
import type { Historian } from '#ports'
import { queryContract } from './query-contract.ts'

/** A historian under test. `reopen` ends it and gives another on the same store. */
export interface HistorianUnderTest {
  readonly historian: Historian
  /** Runs of the property test; fewer where an append is slow. */
  readonly runs?: number
  reopen(): Promise<Historian>
  dispose(): Promise<void>
}

const number: TagDefinition = { thing: 'kiln', property: 'temperature', type: 'number', unit: 'Cel' }
const integer: TagDefinition = { thing: 'meter', property: 'energy', type: 'integer' }
const boolean: TagDefinition = { thing: 'pump', property: 'on', type: 'boolean' }
const string: TagDefinition = { thing: 'press', property: 'state', type: 'string' }
const all = { from: 0, to: Number.MAX_SAFE_INTEGER, limit: 100_000 }
const noon = 1_767_268_800_000_000

/** What every historian promises, whatever it stores in. `make` gives a started one on an empty store. */
export function historianContract(name: string, make: () => Promise<HistorianUnderTest>): void {
  describe(`${name} keeps the promises of a historian`, () => {
    let under: HistorianUnderTest
    let historian: Historian
    beforeEach(async () => {
      under = await make()
      historian = under.historian
    })
    afterEach(() => under.dispose())

    const define = async (definition: TagDefinition) => (await historian.defineTags([definition]))[0]!.id
    const append = (add: (batch: BatchBuilder) => void, from = {}) => {
      const builder = new BatchBuilder()
      add(builder)
      return historian.append(builder.build({ source: 'test', sequence: 0, arrivedAt: noon, ...from }))
    }

    it('gives dense ids from 1, in the order asked, and the same ones when asked again', async () => {
      const tags = await historian.defineTags([number, integer, boolean])
      expect(tags.map(({ id }) => id)).toEqual([1, 2, 3])
      expect((await historian.defineTags([boolean, string, number, string])).map(({ id }) => id)).toEqual([3, 4, 1, 4])
      expect(historian.findTag('kiln', 'temperature')).toMatchObject({ ...number, id: 1 })
      expect(historian.tag(2)).toMatchObject(integer)
      expect(historian.tag(99)).toBeUndefined()
    })

    it('gives one id to a tag that two callers define at once', async () => {
      const [first, second] = await Promise.all([
        historian.defineTags([number]),
        historian.defineTags([integer, number]),
      ])
      expect(first[0]!.id).toBe(second[1]!.id)
    })

    it('refuses another type for a tag, and then defines none of the call', async () => {
      await define(number)
      const wrong = historian.defineTags([integer, { ...number, type: 'string' }])
      await expect(wrong).rejects.toMatchObject({ code: 'IW_HISTORIAN_TYPE' })
      expect(historian.findTag('meter', 'energy')).toBeUndefined()
    })

    it('reads what it has acknowledged, in order of time, and says it when it starts again', async () => {
      const tag = await define(number)
      await append((batch) => batch.add(tag, noon + 2, 2.5).add(tag, noon + 1, 1.5, Quality.stale))
      for (const reader of [historian, await under.reopen()]) {
        const series = await reader.read({ tag, ...all })
        expect([...series.time]).toEqual([noon + 1, noon + 2])
        expect([...series.value]).toEqual([1.5, 2.5])
        expect([...series.quality]).toEqual([Quality.stale, Quality.good])
        expect(series.more).toBe(false)
        expect(reader.last(tag)).toMatchObject({ time: noon + 2, value: 2.5, quality: 0 })
      }
    })

    it('keeps texts, 64-bit integers and booleans exactly', async () => {
      const [i, b, s] = (await historian.defineTags([integer, boolean, string])).map(({ id }) => id) as [
        number,
        number,
        number,
      ]
      const large = 2n ** 63n - 1n
      await append((batch) => {
        batch
          .add(i, noon, large)
          .add(b, noon, true)
          .add(s, noon, '正常运行 ✓')
          .add(i, noon + 1, -(2n ** 63n))
          .add(i, noon + 2, 7)
      })
      for (const reader of [historian, await under.reopen()]) {
        expect((await reader.read({ tag: i, ...all })).integer).toEqual([large, -(2n ** 63n), null])
        expect((await reader.read({ tag: i, ...all })).value[2]).toBe(7)
        expect((await reader.read({ tag: s, ...all })).text).toEqual(['正常运行 ✓'])
        expect(reader.last(b)?.value).toBe(true)
        expect(reader.last(s)?.value).toBe('正常运行 ✓')
        expect(reader.last(i)?.value).toBe(7)
        const visited: unknown[] = []
        reader.eachLast([b, s, i], (tag, _time, value, quality) => visited.push([tag, value, quality]))
        expect(visited).toEqual([b, s, i].map((tag) => [tag, reader.last(tag)?.value, reader.last(tag)?.quality]))
      }
    })

    it('acknowledges a sequence it has seen as a duplicate and does not store it twice', async () => {
      const tag = await define(number)
      const send = (sequence: number, value: number) =>
        append((batch) => batch.add(tag, noon + value, value), { source: 'edge', sequence })
      const [first, again] = await Promise.all([send(5, 1), send(5, 2)])
      expect([first.duplicate, again.duplicate]).toEqual([false, true])
      expect((await send(4, 3)).duplicate).toBe(true)
      historian = await under.reopen()
      expect((await send(5, 4)).duplicate).toBe(true)
      expect((await send(6, 5)).duplicate).toBe(false)
      expect((await append((batch) => batch.add(tag, noon + 6, 6), { source: 'other', sequence: 5 })).duplicate).toBe(
        false,
      )
      expect([...(await historian.read({ tag, ...all })).value]).toEqual([1, 5, 6])
    })

    it('keeps of two readings with one tag and time the one that came later', async () => {
      const tag = await define(number)
      await append((batch) => batch.add(tag, noon, 1).add(tag, noon, 2))
      await append((batch) => batch.add(tag, noon, 3))
      const series = await historian.read({ tag, ...all })
      expect([...series.value]).toEqual([3])
    })

    it('moves the last value by what came, not by a clock that was set back', async () => {
      const tag = await define(number)
      await append((batch) => batch.add(tag, noon, 1), { arrivedAt: noon })
      await append((batch) => batch.add(tag, noon - 3_600e6, 2), { arrivedAt: noon - 3_600e6 })
      expect(historian.last(tag)?.value).toBe(2)
      await append((batch) => batch.add(tag, noon - 7_200e6, 3), { arrivedAt: noon - 3_500e6 })
      expect(historian.last(tag)?.value).toBe(2)
    })

    it('moves it at once also where the clock was set back by less than a minute, and rows came before their batch', async () => {
      const tag = await define(number)
      const [before, after] = [noon, noon - 30e6]
      await append((batch) => batch.add(tag, before - 4_000, 1), { arrivedAt: before })
      await append((batch) => batch.add(tag, after - 4_000, 2), { arrivedAt: after })
      expect(historian.last(tag)?.value).toBe(2)
      await append((batch) => batch.add(tag, after - 6_000, 3), { arrivedAt: after - 2_000 })
      expect(historian.last(tag)?.value).toBe(2)
    })

    it('does not let a device whose clock is years ahead hold its last value', async () => {
      const tag = await define(number)
      await append((batch) => batch.add(tag, noon + 1e15, 1), { arrivedAt: noon })
      await append((batch) => batch.add(tag, noon + 4e6, 2), { arrivedAt: noon + 5e6 })
      expect(historian.last(tag)?.value).toBe(2)
    })

    it('remembers the last good value beside a bad one', async () => {
      const tag = await define(number)
      await append((batch) => batch.add(tag, noon, 21))
      await append((batch) => batch.add(tag, noon + 1e6, null, Quality.commError), { arrivedAt: noon + 1e6 })
      expect(historian.last(tag)).toMatchObject({
        value: null,
        quality: Quality.commError,
        lastGood: { time: noon, value: 21 },
      })
    })

    it('takes back no part of a batch it refuses', async () => {
      const tag = await define(number)
      const text = await define(string)
      const cases: readonly [string, (batch: BatchBuilder) => void][] = [
        ['IW_HISTORIAN_UNKNOWN_TAG', (batch) => batch.add(tag, noon, 1).add(999, noon, 1)],
        ['IW_HISTORIAN_UNKNOWN_TAG', (batch) => batch.add(tag, noon, 1).add(-1, noon, 1)],
        ['IW_HISTORIAN_TYPE', (batch) => batch.add(tag, noon, 1).add(tag, noon + 1, 'text')],
        ['IW_HISTORIAN_TYPE', (batch) => batch.add(tag, noon, 1).add(tag, noon + 1, 2n ** 60n)],
        ['IW_HISTORIAN_TYPE', (batch) => batch.add(tag, noon, 1).add(text, noon, 4)],
        ['IW_HISTORIAN_INVALID_BATCH', (batch) => batch.add(tag, noon, 1).add(tag, Number.NaN, 1)],
        ['IW_HISTORIAN_INVALID_BATCH', (batch) => batch.add(tag, noon, 1).add(text, noon, 'x'.repeat(65_536))],
      ]
      for (const [code, add] of cases) await expect(append(add), code).rejects.toMatchObject({ code })
      expect((await historian.read({ tag, ...all })).count).toBe(0)
    })

    it('pages through a range in both directions without a gap or a double', async () => {
      const tag = await define(number)
      for (let n = 0; n < 10; n++) await append((batch) => batch.add(tag, noon + n, n).add(tag, noon + 10 + n, 10 + n))
      const up: number[] = []
      for (let from = noon, more = true; more; ) {
        const page = await historian.read({ tag, from, to: noon + 18, limit: 4 })
        up.push(...page.value)
        from = page.time.at(-1)! + 1
        more = page.more
      }
      expect(up).toEqual(Array.from({ length: 18 }, (_, n) => n))
      const down = await historian.read({ tag, from: noon + 3, to: noon + 18, descending: true, limit: 5 })
      expect([...down.value]).toEqual([17, 16, 15, 14, 13])
      expect(down.more).toBe(true)
    })

    it('reduces a range to buckets that keep minimum and maximum and leave gaps gaps', async () => {
      const tag = await define(number)
      await append((batch) => {
        batch
          .add(tag, noon, 1)
          .add(tag, noon + 1, 5, Quality.substituted)
          .add(tag, noon + 2, 3)
        batch.add(tag, noon + 20, null, Quality.nullValue).add(tag, noon + 39, 8)
      })
      const trend = await historian.trend({ tag, from: noon, to: noon + 40, buckets: 4 })
      expect(trend).toMatchObject({ bucketUs: 10 })
      expect([...trend.time]).toEqual([noon, noon + 20, noon + 30])
      expect([...trend.min]).toEqual([1, Number.NaN, 8])
      expect([...trend.max]).toEqual([5, Number.NaN, 8])
      expect([...trend.mean]).toEqual([3, Number.NaN, 8])
      expect([...trend.last]).toEqual([3, Number.NaN, 8])
      expect([...trend.count]).toEqual([3, 0, 1])
      expect([...trend.worst]).toEqual([Quality.substituted, Quality.nullValue, Quality.good])
    })

    it('refuses questions that have no answer', async () => {
      const tag = await define(string)
      await expect(historian.read({ tag, from: 2, to: 1, limit: 1 })).rejects.toMatchObject({
        code: 'IW_HISTORIAN_RANGE',
      })
      await expect(historian.read({ tag, from: 1, to: 2, limit: 0 })).rejects.toMatchObject({
        code: 'IW_HISTORIAN_RANGE',
      })
      await expect(historian.read({ tag: 77, ...all })).rejects.toMatchObject({ code: 'IW_HISTORIAN_UNKNOWN_TAG' })
      const trend = historian.trend({ tag, from: 0, to: 1, buckets: 1 })
      await expect(trend).rejects.toMatchObject({ code: 'IW_HISTORIAN_TYPE' })
    })

    it('tells every listener each batch once it can be read, in the order of the acknowledgements', async () => {
      const tag = await define(number)
      const told: number[] = []
      historian.onCommitted(() => {
        throw new Error('a listener that fails stops nobody')
      })
      const stop = historian.onCommitted((batch) => told.push(batch.value[0]!, historian.last(tag)!.value as number))
      const acknowledged: number[] = []
      await Promise.all(
        [1, 2, 3].map((n) => append((batch) => batch.add(tag, noon + n, n)).then(() => acknowledged.push(n))),
      )
      stop()
      await append((batch) => batch.add(tag, noon + 4, 4))
      expect(told).toEqual([1, 1, 2, 2, 3, 3])
      expect(acknowledged).toEqual([1, 2, 3])
    })

    it('refuses what comes after it was stopped', async () => {
      const tag = await define(number)
      await historian.stop()
      await expect(append((batch) => batch.add(tag, noon, 1))).rejects.toMatchObject({ code: 'IW_HISTORIAN_STOPPED' })
    })

    it('lists the tags there are, by id', async () => {
      expect(historian.tags()).toEqual([])
      const tags = await historian.defineTags([number, integer, string])
      expect(historian.tags()).toEqual(tags)
      historian = await under.reopen()
      expect(historian.tags()).toEqual(tags)
    })

    it('serves all that it served before, once it has settled', async () => {
      const [tag, text] = (await historian.defineTags([number, string])).map(({ id }) => id) as [number, number]
      await append((batch) =>
        batch
          .add(tag, noon + 1, 1)
          .add(text, noon, 'up')
          .add(tag, noon + 3, 3),
      )
      await historian.settle()
      await append((batch) =>
        batch
          .add(tag, noon + 2, 2)
          .add(tag, noon + 3, 33)
          .add(text, noon - 9e10, 'before'),
      )
      await historian.settle()
      await historian.settle()
      for (const reader of [historian, await under.reopen()]) {
        expect([...(await reader.read({ tag, ...all })).value]).toEqual([1, 2, 33])
        expect((await reader.read({ tag: text, ...all })).text).toEqual(['before', 'up'])
        expect(reader.last(tag)?.value).toBe(33)
      }
    })
  })
  queryContract(name, make)
}
