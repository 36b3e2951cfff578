import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createHistorian } from '#historian'
import { bucketEdges, silentLogger, systemClock } from '#kernel'
import type { Aggregates, Historian } from '#ports'

const day = 86_400e6
const first = Date.parse('2025-03-29T00:00:00Z') * 1e3
const days = 3
const everyUs = 2e6

/** Three days long over, a reading every two seconds: merged and rolled up by real files and a real DuckDB. */
describe('a store that has been rolled up', () => {
  let folder: string
  let historian: Historian
  let tag: number
  const open = async () => {
    historian = createHistorian({ folder, clock: systemClock, log: silentLogger, reserveBytes: 0 })
    await historian.start()
  }
  const send = (times: readonly number[], value: (n: number) => number) =>
    historian.append({
      source: 'test',
      sequence: 0,
      arrivedAt: first + 9 * day,
      count: times.length,
      tag: new Int32Array(times.length).fill(tag),
      time: Float64Array.from(times),
      value: Float64Array.from(times, (_, n) => value(n)),
      quality: new Uint8Array(times.length),
    })
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'iw-rolled-'))
    await open()
    tag = (await historian.defineTags([{ thing: 'kiln', property: 'temperature', type: 'number' }]))[0]!.id
    const times = Array.from({ length: (days * day) / everyUs }, (_, n) => first + n * everyUs)
    await send(times, (n) => n % 1000)
    await historian.settle()
  })
  afterEach(async () => {
    await historian.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const byStep = (step: string, more: { timeWeighted?: 'previous' } = {}) =>
    historian.aggregate({ tag, edges: bucketEdges(first, first + days * day, step, 'UTC'), ...more })
  const counts = ({ count }: Aggregates) => count.reduce((a, b) => a + b, 0)

  it('answers by minutes, hours and days without a row, and by seconds from the rows', async () => {
    const rows = (days * day) / everyUs
    for (const [step, rollup] of [
      ['1m', days * 1440],
      ['1h', days * 24],
      ['1d', days * 24],
    ] as const) {
      const got = await byStep(step, { timeWeighted: 'previous' })
      expect([got.read, counts(got)], step).toEqual([{ raw: 0, rollup }, rows])
      expect(got.timeWeighted![0]).toBeCloseTo(got.mean[0]!, 9)
    }
    const edges = bucketEdges(first, first + day, '30s', 'UTC')
    expect((await historian.aggregate({ tag, edges })).read).toEqual({ raw: rows / days, rollup: 0 })
  })

  it('reads the rows of a day into which a later one came, until that is rolled up too', async () => {
    await send([first + day + 1], () => 1e6)
    const got = await byStep('1d')
    expect([...got.max]).toEqual([999, 1e6, 999])
    expect(got.read).toEqual({ raw: day / everyUs + 1, rollup: 48 })
    await historian.settle()
    const settled = await byStep('1d')
    expect([...settled.max]).toEqual([999, 1e6, 999])
    expect(settled.read).toEqual({ raw: 0, rollup: 72 })
  })

  it('goes back to the rows where a file of rollups is damaged, and names the file', async () => {
    const right = await byStep('1h')
    await historian.stop()
    const parts = join(folder, 'parts')
    const damaged = readdirSync(parts).filter((name) => /^hour-.*\.parquet$/.test(name))
    for (const name of damaged) {
      const bytes = readFileSync(join(parts, name))
      for (let at = 8; at < 600; at += 40) bytes[at]! ^= 0xff
      writeFileSync(join(parts, name), bytes)
    }
    await open()
    const got = await byStep('1h')
    expect(got.read).toEqual({ raw: 0, rollup: days * 1440 })
    expect([got.min, got.max, got.count]).toEqual([right.min, right.max, right.count])
    expect(historian.status().storage.quarantine.toSorted()).toEqual(damaged.toSorted())
  })

  it('has trends of whole minutes and hours from rollups, as the rows would give them', async () => {
    const trend = await historian.trend({ tag, from: first + 5, to: first + days * day, buckets: 100 })
    expect(trend.bucketUs % 60e6).toBe(0)
    expect(trend.time[0]).toBe(first)
    const perBucket = trend.bucketUs / everyUs
    expect([trend.count[0], trend.last[0], trend.max[0]]).toEqual([perBucket, (perBucket - 1) % 1000, 999])
    expect(trend.count.reduce((a, b) => a + b, 0)).toBe((days * day) / everyUs)
  })
})
