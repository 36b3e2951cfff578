import { afterEach, expect, it } from 'vitest'
import { seededRandom } from '../../../fakes/random.ts'
import { batchOf, definitions, type Row } from '../samples.ts'
import { type OpenedHistorian, openedHistorian, rowsOf } from './opened.ts'

const day = 20_000 * 86_400e6
let opened: OpenedHistorian
afterEach(() => opened.stop())

/** One reading a second for ten hours, some without a value, some of bad quality. */
function seconds(): Row[] {
  const random = seededRandom(3)
  return Array.from({ length: 10 * 3600 }, (_, i) => {
    const which = random()
    const value = which < 0.02 ? null : which < 0.03 ? Number.POSITIVE_INFINITY : Math.round(random() * 800) / 8
    return { tag: 1, time: day + i * 1e6 + 250, value, quality: which < 0.1 ? 2 : 0 }
  })
}

const bySize = (size: string) => `
  SELECT epoch_us(time_bucket(INTERVAL '${size}', time)) AS slot, min(value) FILTER (isfinite(value)),
    max(value) FILTER (isfinite(value)), count(value) FILTER (isfinite(value)), sum(value) FILTER (isfinite(value)),
    arg_min(value, time) FILTER (isfinite(value)), arg_max(value, time) FILTER (isfinite(value)),
    CASE WHEN bool_or(quality = 'stale') THEN 'stale' ELSE 'good' END
  FROM readings WHERE thing = 'kiln' GROUP BY slot ORDER BY slot`

it('has rollups that are what the readings of their minute and hour come to', async () => {
  opened = await openedHistorian()
  await opened.historian.defineTags(definitions)
  await opened.historian.append(batchOf(seconds()))
  expect(await rowsOf(opened.sql, 'SELECT count(*) FROM rollups')).toEqual([[0]])
  await opened.historian.settle()
  for (const [level, size, buckets] of [
    ['1m', '1 minute', 600],
    ['1h', '1 hour', 10],
  ] as const) {
    const stored = await rowsOf(
      opened.sql,
      `SELECT epoch_us(time), min, max, count, sum, first, last, worst, mean, thing, property FROM rollups
        WHERE level = '${level}' AND thing = 'kiln' ORDER BY time`,
    )
    const counted = await rowsOf(opened.sql, bySize(size))
    expect(stored.length).toBe(buckets)
    expect(stored.map((row) => row.slice(0, 8))).toEqual(counted)
    for (const row of stored) {
      expect(row[8]).toBeCloseTo((row[4] as number) / (row[3] as number), 9)
      expect(row.slice(9)).toEqual(['kiln', 'temperature'])
    }
  }
  const within = await rowsOf(
    opened.sql,
    `SELECT count(*) FROM rollups WHERE level = '1m' AND time >= make_timestamptz(${day + 3600e6}) AND time < make_timestamptz(${day + 7200e6})`,
  )
  expect(within).toEqual([[60]])
})
