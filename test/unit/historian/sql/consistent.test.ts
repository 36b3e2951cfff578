import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Historian } from '#ports'
import { seededRandom } from '../../../fakes/random.ts'
import { batchOf, definitions, expected, type Row } from '../samples.ts'
import { type OpenedHistorian, openedHistorian, rowsOf } from './opened.ts'

const dayUs = 86_400e6
const firstDay = 20_000 * dayUs
const tags = [1, 2, 3, 4]

/** A story: bursts of rows over some days that meet each other, and what happens to the store in between. */
type Step = { readonly rows: number; readonly day: number; readonly days: number } | 'settle' | 'restart' | 'look'
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      rows: fc.constantFrom(1, 7, 60, 900),
      day: fc.integer({ min: 0, max: 2 }),
      days: fc.constantFrom(0.02, 0.7, 3),
    }),
  },
  { weight: 3, arbitrary: fc.constantFrom<Step>('settle', 'look', 'look') },
  { weight: 1, arbitrary: fc.constant<Step>('restart') },
)

function burst(rows: number, day: number, days: number, random: () => number): readonly Row[] {
  return Array.from({ length: rows }, () => {
    const tag = 1 + Math.floor(random() * 4)
    const time = firstDay + day * dayUs + Math.floor((random() * days * dayUs) / 300e6) * 300e6
    const which = random()
    const value =
      which < 0.03
        ? null
        : tag === 2
          ? which < 0.2
            ? 2n ** 60n + BigInt(Math.floor(random() * 1e6))
            : Math.floor(random() * 1e6)
          : tag === 3
            ? which < 0.5
            : tag === 4
              ? `state ${Math.floor(random() * 5)}`
              : which < 0.06
                ? Number.NEGATIVE_INFINITY
                : Math.round(random() * 4000) / 16
    return { tag, time, value, quality: Math.floor(random() * 7) }
  })
}

const names = ['good', 'substituted', 'stale', 'frozen', 'out_of_range', 'null', 'comm_error']

/** What SQL must give for a row. */
const asSql = ({ tag, time, value, quality }: Row) => [
  tag,
  time,
  typeof value === 'number' ? value : null,
  names[quality],
  typeof value === 'string' ? value : null,
  typeof value === 'bigint' ? value : null,
]

async function compare({ sql, historian }: Pick<OpenedHistorian, 'sql' | 'historian'>, sent: readonly Row[]) {
  const wanted = tags.flatMap((tag) => expected(sent, tag).map(asSql))
  const found = await rowsOf(sql, 'SELECT tag, time, value, quality, text, integer FROM readings ORDER BY tag, time')
  expect(found.length).toBe(wanted.length)
  expect(found).toEqual(wanted)
  const counted = await rowsOf(
    sql,
    'SELECT tag, count(*), count(value), sum(value) FILTER (WHERE isfinite(value)) FROM readings GROUP BY tag ORDER BY tag',
  )
  expect(counted.map(([tag, count]) => [tag, count])).toEqual(await scanned(historian))
}

/** Rows of each tag by the other way into the store. */
async function scanned(historian: Historian): Promise<[number, number][]> {
  const counts: [number, number][] = []
  for (const tag of tags) {
    let rows = 0
    for await (const { count } of historian.scan({ tag, from: 0, to: Number.POSITIVE_INFINITY })) rows += count
    if (rows > 0) counts.push([tag, rows])
  }
  return counts
}

const small = {
  segmentBytes: 12_000,
  mergeThresholds: { parts: 3, jobRows: 2000, runs: 3 },
  mergeFile: { rows: 500, bytes: 1 << 20 },
}

describe('SQL', () => {
  it('gives what was acknowledged, each (tag, time) once and the last, whatever was sealed and merged when', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 3, maxLength: 9 }),
        fc.integer({ min: 1, max: 2 ** 31 - 1 }),
        async (steps, seed) => {
          const random = seededRandom(seed)
          let opened = await openedHistorian(small)
          try {
            await opened.historian.defineTags(definitions)
            const sent: Row[] = []
            for (const one of [...steps, 'look' as const]) {
              if (one === 'look') await compare(opened, sent)
              else if (one === 'settle') await opened.historian.settle()
              else if (one === 'restart') opened = await opened.again()
              else {
                const rows = burst(one.rows, one.day, one.days, random)
                sent.push(...rows)
                await opened.historian.append(batchOf(rows, { arrivedAt: firstDay + 9 * dayUs + sent.length }))
              }
            }
          } finally {
            await opened.stop()
          }
        },
      ),
      { numRuns: 12, endOnFailure: true },
    )
  }, 180_000)
})

describe('a question about some time', () => {
  let opened: OpenedHistorian
  const sent: Row[] = []
  beforeAll(async () => {
    opened = await openedHistorian(small)
    await opened.historian.defineTags(definitions)
    const random = seededRandom(7)
    for (let round = 0; round < 6; round++) {
      const rows = burst(700, round % 3, 1, random)
      sent.push(...rows)
      await opened.historian.append(batchOf(rows, { arrivedAt: firstDay + 9 * dayUs + round }))
      if (round % 2 === 1) await opened.historian.settle()
    }
  })
  afterAll(() => opened.stop())

  const day = (n: number) => new Date((firstDay + n * dayUs) / 1000).toISOString()
  const within = (from: number, to: number): number =>
    tags
      .flatMap((tag) => expected(sent, tag))
      .filter(({ time }) => time >= firstDay + from * dayUs && time < firstDay + to * dayUs).length

  it.each<readonly [string, string, () => number]>([
    ['a range', `SELECT count(*) FROM readings WHERE time >= '${day(1)}' AND time < '${day(2)}'`, () => within(1, 2)],
    [
      'another order',
      `SELECT count(*) FROM readings WHERE '${day(1)}' <= time AND '${day(2)}' > time`,
      () => within(1, 2),
    ],
    [
      'a sum',
      `SELECT count(*) FROM readings WHERE time >= DATE '${day(0).slice(0, 10)}' + INTERVAL 2 DAY`,
      () => within(2, 9),
    ],
    [
      'an alias',
      `SELECT count(*) FROM readings r JOIN tags t USING (tag) WHERE r.time < TIMESTAMPTZ '${day(1)}'`,
      () => within(0, 1),
    ],
    [
      'or',
      `SELECT count(*) FROM readings WHERE time < '${day(1)}' OR time >= '${day(2)}'`,
      () => within(0, 1) + within(2, 9),
    ],
    ['not', `SELECT count(*) FROM readings WHERE NOT time < '${day(1)}'`, () => within(1, 9)],
    [
      'two ranges in two questions',
      `SELECT (SELECT count(*) FROM readings WHERE time < '${day(1)}') + (SELECT count(*) FROM readings WHERE time >= '${day(2)}')`,
      () => within(0, 1) + within(2, 9),
    ],
    [
      'one of two without a range',
      `SELECT count(*) FROM readings a WHERE time < '${day(1)}' AND EXISTS (SELECT 1 FROM readings b WHERE b.tag = a.tag AND b.time >= '${day(2)}')`,
      () => within(0, 1),
    ],
    [
      'a name that is of another table',
      `SELECT count(*) FROM readings, (SELECT TIMESTAMP '2000-01-01' AS "time2") x WHERE time2 < '${day(0)}'`,
      () => within(0, 9),
    ],
    [
      'a range on what a name gives',
      `WITH late AS (SELECT * FROM readings) SELECT count(*) FROM late WHERE time >= '${day(2)}'`,
      () => within(2, 9),
    ],
    [
      'between',
      `SELECT count(*) FROM readings WHERE time BETWEEN '${day(1)}' AND TIMESTAMPTZ '${day(2)}' - INTERVAL 1 MICROSECOND`,
      () => within(1, 2),
    ],
    [
      'not between',
      `SELECT count(*) FROM readings WHERE time NOT BETWEEN '${day(1)}' AND TIMESTAMPTZ '${day(2)}' - INTERVAL 1 MICROSECOND`,
      () => within(0, 1) + within(2, 9),
    ],
    ['an anti join', `SELECT count(*) FROM tags ANTI JOIN readings USING (tag)`, () => 0],
    [
      'what held at a time',
      `SELECT count(a.time) FROM (SELECT * FROM readings WHERE time >= '${day(2)}') a ASOF JOIN readings b ON a.tag = b.tag AND a.time >= b.time`,
      () => within(2, 9),
    ],
    [
      'a window',
      `SELECT count(*) FROM (SELECT time, lag(time) OVER (PARTITION BY tag ORDER BY time) AS l FROM readings) WHERE time >= '${day(2)}' AND l IS NOT NULL`,
      () => within(2, 9),
    ],
    ['no time', "SELECT count(*) FROM readings WHERE time < TRY_CAST('never' AS TIMESTAMPTZ)", () => 0],
    ['nothing', `SELECT count(*) FROM readings WHERE time < '1999-01-01'`, () => 0],
  ])('is answered in full where there is %s', async (_, sql, wanted) => {
    expect(await rowsOf(opened.sql, sql)).toEqual([[wanted()]])
  })
})
