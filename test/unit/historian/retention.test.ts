import { describe, expect, it } from 'vitest'
import { createHistorian } from '#historian'
import type { Historian } from '#ports'
import { type RetentionPolicy, RetentionRules } from '../../../src/historian/merge/retention.ts'
import { readManifest } from '../../../src/historian/seal/manifest.ts'
import { LossyFiles } from '../../fakes/lossy-files.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'
import { seededRandom } from '../../fakes/random.ts'
import { bucketsOf, rollupsFound } from './merge-oracle.ts'
import { batchOf, definitions, everything, expected, type Row, smallOptions } from './samples.ts'

const root = '/plant/readings'
const dayMs = 86_400e3
const firstDay = 1_767_225_600_000_000

/** The kiln is kept 10 days, everything else 30; minutes 20 days; hours for ever, those of the meter 60 days. */
const policy: RetentionPolicy = {
  ...{ rawDays: 30, minuteDays: 20, hourDays: undefined },
  classes: [
    { match: 'kiln/*', rawDays: 10, minuteDays: 20, hourDays: undefined },
    { match: 'm?ter/energy', rawDays: 30, minuteDays: 20, hourDays: 60 },
  ],
}

class Plant {
  readonly files = new LossyFiles({ random: seededRandom(7) })
  readonly clock = new ManualClock()
  historian!: Historian
  readonly sent: Row[] = []

  async open(): Promise<this> {
    this.historian = createHistorian(
      smallOptions(this.files, {
        clock: this.clock,
        retention: policy,
        segmentBytes: 1 << 20,
        mergeFile: { rows: 900, bytes: 1 << 20 },
      }),
    )
    await this.historian.start()
    await this.historian.defineTags(definitions)
    return this
  }

  async append(rows: readonly Row[]): Promise<void> {
    this.sent.push(...rows)
    await this.historian.append(batchOf(rows, { arrivedAt: this.clock.now() }))
  }

  async after(days: number): Promise<void> {
    this.clock.advance(days * dayMs)
    await this.historian.settle()
  }

  async counts(): Promise<readonly number[]> {
    const counts: number[] = []
    for (const tag of [1, 2, 3, 4]) counts.push((await everything(this.historian, tag)).length)
    return counts
  }

  rollups() {
    return rollupsFound(this.files.layer(), root)
  }

  hours(tag: number) {
    return bucketsOf(expected(this.sent, tag), 'hour')
  }
}

/** A row every `everyS` seconds of the first day. */
const rowsOf = (tag: number, everyS: number, value: (n: number) => Row['value']): readonly Row[] =>
  Array.from({ length: Math.floor(86_400 / everyS) }, (_, n) => ({
    ...{ tag, time: firstDay + n * everyS * 1e6 + 500, value: value(n), quality: n % 50 === 0 ? 3 : 0 },
  }))

async function filled(): Promise<Plant> {
  const plant = await new Plant().open()
  await plant.append(rowsOf(1, 100, (n) => n / 4))
  // Two an hour: no rollups while their rows are there.
  await plant.append(rowsOf(2, 1800, (n) => n))
  await plant.append(rowsOf(3, 60, (n) => n % 2 === 0))
  await plant.append(rowsOf(4, 600, (n) => `state ${n % 3}`))
  return plant
}

describe('retention', () => {
  it('takes the rows of each class when their time is over, and leaves the hours of all of them', async () => {
    const plant = await filled()
    await plant.after(2)
    expect(await plant.counts()).toEqual([864, 48, 1440, 144])
    expect([...(await plant.rollups()).keys()].toSorted()).toEqual(['1/hour', '3/hour'])

    await plant.after(10)
    expect(await plant.counts()).toEqual([0, 48, 1440, 144])
    expect(plant.historian.status().storage.expiredRows).toBe(864)
    expect((await plant.rollups()).get('1/hour')).toEqual(plant.hours(1))

    await plant.after(20)
    expect(await plant.counts()).toEqual([0, 0, 0, 0])
    const rollups = await plant.rollups()
    for (const tag of [1, 2, 3]) expect(rollups.get(`${tag}/hour`), `tag ${tag}`).toEqual(plant.hours(tag))
    expect([...rollups.keys()].toSorted()).toEqual(['1/hour', '2/hour', '3/hour'])
    expect(readManifest(plant.files.layer(), root).parts.filter(({ kind }) => kind === 'raw')).toEqual([])

    await plant.after(40)
    expect([...(await plant.rollups()).keys()].toSorted()).toEqual(['1/hour', '3/hour'])
    await plant.historian.stop()
  })

  it('does not take what was rolled up of rows that went when a few late ones come', async () => {
    const plant = await filled()
    await plant.after(40)
    const late = [{ tag: 1, time: firstDay + 60e6, value: -1e6, quality: 0 }]
    await plant.append(late)
    await plant.after(0)
    const hours = (await plant.rollups()).get('1/hour')!
    expect(hours.map(({ rows }) => rows)).toEqual(Array.from({ length: 24 }, () => 36))
    expect(await plant.counts()).toEqual([0, 0, 0, 0])
    await plant.historian.stop()
  })

  it('comes to rest: when it has been applied nothing is written again', async () => {
    const plant = await filled()
    for (const days of [2, 10, 20, 10]) {
      await plant.after(days)
      const before = readManifest(plant.files.layer(), root)
      await plant.historian.settle()
      expect(readManifest(plant.files.layer(), root).parts, `after ${days} days`).toEqual(before.parts)
    }
    await plant.historian.stop()
  })

  it('is done by itself, in the night', async () => {
    const plant = await filled()
    await plant.after(2)
    plant.clock.advance(9 * dayMs)
    const gone = async () => (await plant.counts())[0] === 0
    for (let turn = 0; turn < 2000 && !(await gone()); turn++) {
      plant.clock.advance(60_000)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await plant.counts()).toEqual([0, 48, 1440, 144])
    await plant.historian.stop()
  })

  it('reads patterns letter by letter, but for * and ?', () => {
    const tag = (thing: string, property: string) => ({ id: 1, thing, property, type: 'number' as const })
    const dropped = (match: string, thing: string, property: string) => {
      const rules = new RetentionRules({
        ...{ rawDays: undefined, minuteDays: undefined, hourDays: undefined },
        classes: [{ match, rawDays: 1, minuteDays: 1, hourDays: 1 }],
      })
      const part = {
        ...{ number: 1, rank: 1, kind: 'raw' as const, day: '2026-01-01', rows: 1, bytes: 1, minTag: 1, maxTag: 1 },
        ...{ minTime: firstDay, maxTime: firstDay, rolled: true },
      }
      const situation = { parts: [part], now: firstDay + 5 * 86_400e6, settle: true, nightly: false }
      const job = rules.plan(situation, [tag(thing, property)])
      return job?.kind === 'day' && job.expired?.tags.some(({ tags }) => tags.length > 0)
    }
    expect(dropped('a/b', 'a', 'b')).toBe(true)
    expect(dropped('a/b', 'ab', 'b')).toBe(false)
    expect(dropped('*', 'line/7', 'x')).toBe(true)
    expect(dropped('line.*/x', 'lineA7', 'x')).toBe(false)
    expect(dropped('line-?/x', 'line-炉', 'x')).toBe(true)
    expect(dropped('*/temp', 'kiln', 'temperature')).toBe(false)
  })
})
