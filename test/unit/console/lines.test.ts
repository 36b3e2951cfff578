import { describe, expect, it } from 'vitest'
import type { TrendPage } from '../../../console/lib/contract.ts'
import { Lines } from '../../../console/lib/explore/lines.ts'
import { StateLines } from '../../../console/lib/explore/state-lines.ts'

const hour = 3600e6
const now = 1000 * hour

interface Asked {
  readonly tags: readonly number[]
  readonly range: { from: number; to: number; buckets: number }
  readonly signal: AbortSignal
  answer(page?: Partial<TrendPage>): Promise<void>
  fail(error: Error): Promise<void>
}

/** An instance that answers when the test says so, and a clock that is turned by hand. */
function stage() {
  const asked: Asked[] = []
  const timers: { run: () => void; at: number }[] = []
  let time = now
  let turned = 0
  const lines = new Lines({
    trend: (tags, range, signal) =>
      new Promise((resolve, reject) => {
        const settle = async () => void (await new Promise((done) => setImmediate(done)))
        asked.push({
          tags,
          range,
          signal,
          answer: (page = {}) => {
            resolve({
              ...range,
              bucketUs: (range.to - range.from) / range.buckets,
              trends: tags.map(trendOf(range)),
              ...page,
            })
            return settle()
          },
          fail: (error) => {
            reject(error)
            return settle()
          },
        })
      }),
    asProblem: (error) => ({ code: 'IW_TEST', message: (error as Error).message, remedy: '' }),
    nowUs: () => time,
    schedule: (run, delayMs) => {
      const timer = { run, at: turned + delayMs }
      timers.push(timer)
      return () => void timers.splice(timers.indexOf(timer) >>> 0, 1)
    },
  })
  return {
    lines,
    asked,
    turn(ms: number) {
      turned += ms
      time += ms * 1000
      for (const timer of [...timers])
        if (timer.at <= turned && timers.includes(timer)) {
          timers.splice(timers.indexOf(timer), 1)
          timer.run()
        }
    },
  }
}

const trendOf =
  ({ from, to, buckets }: { from: number; to: number; buckets: number }) =>
  (tag: number): TrendPage['trends'][number] => {
    const time = Array.from({ length: buckets }, (_, index) => from + (index * (to - from)) / buckets)
    const ones = time.map(() => 1)
    return {
      tag,
      thing: 'a',
      property: 'b',
      time,
      min: ones,
      max: ones,
      mean: ones,
      last: ones,
      count: [...ones],
      quality: time.map(() => 'good' as const),
    }
  }

const ask = { tag: 1, shiftUs: 0 }
const span = { from: now - 10 * hour, to: now - 8 * hour }

describe('the lines of a chart', () => {
  it('are asked for at the width of the plot with something to spare, each in its own request', async () => {
    const { lines, asked } = stage()
    lines.want([ask, { tag: 2, shiftUs: 0 }], span, 1000)
    expect(asked.map(({ tags }) => tags)).toEqual([[1], [2]])
    expect(asked[0]!.range).toEqual({ from: span.from - hour / 2, to: span.to + hour / 2, buckets: 1500 })
    expect(lines.line(ask).value).toEqual({ loading: true })
    await asked[0]!.answer()
    expect(lines.line(ask).value.series?.time).toHaveLength(1500)
  })

  it('are not asked for again while what is there serves', async () => {
    const { lines, asked, turn } = stage()
    lines.want([ask], span, 1000)
    await asked[0]!.answer()
    lines.want([ask], { from: span.from + hour / 4, to: span.to + hour / 4 }, 1000)
    lines.want([ask], span, 900)
    turn(1000)
    expect(asked).toHaveLength(1)
  })

  it('stay as they are, stretched, until a zoom has come to rest and the finer ones are there', async () => {
    const { lines, asked, turn } = stage()
    lines.want([ask], span, 1000)
    await asked[0]!.answer()
    for (let zoom = 1; zoom <= 8; zoom++) {
      lines.want([ask], { from: span.from + zoom * 6e8, to: span.to - zoom * 6e8 }, 1000)
      turn(16)
    }
    expect(asked).toHaveLength(1)
    turn(100)
    expect(asked).toHaveLength(2)
    const { series, loading } = lines.line(ask).value
    expect([series?.time.length, loading]).toEqual([1500, true])
    expect(asked[1]!.range.from).toBeGreaterThan(span.from)
  })

  it('cancels what nobody waits for any more', async () => {
    const { lines, asked, turn } = stage()
    lines.want([ask], span, 1000)
    lines.want([ask], { from: now - 900 * hour, to: now - 800 * hour }, 1000)
    expect(asked[0]!.signal.aborted).toBe(true)
    lines.want([], span, 1000)
    expect(asked[1]!.signal.aborted).toBe(true)
    await asked[0]!.answer()
    turn(2000)
    expect(lines.line(ask).value.series).toBeUndefined()
  })

  it('follow now: live readings extend them, also those that came while the answer was on its way', async () => {
    const { lines, asked } = stage()
    const live = { from: now - hour, to: now }
    lines.want([ask], live, 60)
    lines.take([[1, now + 1e6, 7, 'good']])
    await asked[0]!.answer()
    expect(lines.line(ask).value.series?.last.at(-1)).toBe(7)
    lines.take([
      [1, now + 120e6, 8, 'good'],
      [2, now + 120e6, 9, 'good'],
    ])
    expect(lines.line(ask).value.series?.last.at(-1)).toBe(8)
    lines.want([ask], { from: live.from + 120e6, to: live.to + 120e6 }, 60)
    expect(asked).toHaveLength(1)
  })

  it('are loaded anew after sixty buckets, for what came late', async () => {
    const { lines, asked, turn } = stage()
    lines.want([ask], { from: now - hour, to: now }, 3600)
    await asked[0]!.answer()
    turn(61_000)
    lines.want([ask], { from: now - hour + 61e6, to: now + 61e6 }, 3600)
    turn(100)
    expect(asked).toHaveLength(2)
  })

  it('of comparison are asked for where they lie, and do not take live readings', async () => {
    const { lines, asked } = stage()
    const shifted = { tag: 1, shiftUs: 24 * hour }
    lines.want([ask, shifted], { from: now - hour, to: now }, 600)
    expect(asked.map(({ range }) => range.to)).toEqual([now, now - 24 * hour + hour / 4])
    await asked[1]!.answer()
    const before = lines.line(shifted).value.series!.time.length
    lines.take([[1, now + 1e6, 7, 'good']])
    expect(lines.line(shifted).value.series!.time.length).toBe(before)
  })

  it('keep what they have where a request fails, say why, and are asked for again on demand', async () => {
    const { lines, asked, turn } = stage()
    lines.want([ask], span, 1000)
    await asked[0]!.fail(new Error('too busy'))
    expect(lines.line(ask).value).toMatchObject({ problem: { message: 'too busy' }, loading: false })
    lines.want([ask], span, 1000)
    turn(5000)
    expect(asked).toHaveLength(1)
    lines.reload()
    await asked[1]!.answer()
    expect(lines.line(ask).value.problem).toBeUndefined()
    expect(lines.line(ask).value.series).toBeDefined()
  })

  it('say that they are slow after a second, and no longer once they are there', async () => {
    const { lines, asked, turn } = stage()
    lines.want([ask], span, 1000)
    turn(900)
    expect(lines.slow.value).toBe(false)
    turn(200)
    expect(lines.slow.value).toBe(true)
    await asked[0]!.answer()
    expect(lines.slow.value).toBe(false)
  })

  it('share requests where there are many: a browser opens six connections', () => {
    const { lines, asked } = stage()
    lines.want(
      Array.from({ length: 50 }, (_, tag) => ({ tag, shiftUs: 0 })),
      span,
      200,
    )
    expect(asked).toHaveLength(10)
    expect(asked.flatMap(({ tags }) => tags)).toHaveLength(50)
  })

  it('take buckets as long as they are, where minutes and hours were given instead', async () => {
    const { lines, asked } = stage()
    lines.want([ask], span, 1000)
    const page = trendOf({ from: span.from, to: span.to, buckets: 12 })(1)
    await asked[0]!.answer({ bucketUs: 7 * 60e6, trends: [page] })
    expect(lines.line(ask).value.series?.bucketUs).toBe(10 * 60e6)
  })
})

describe('the states of a chart', () => {
  function stateStage(truncated: (range: { from: number; to: number }) => boolean) {
    const asked: { from: number; to: number; limit: number; step?: string }[] = []
    let run = () => {}
    const states = new StateLines({
      states: async (tags, range) => {
        asked.push(range)
        const half = (range.to - range.from) / 2
        return {
          ...range,
          series: tags.map((tag) => ({
            tag,
            thing: 'a',
            property: 'b',
            intervals: [{ start: range.from, end: range.to, value: 'on', quality: 'good' as const }],
            truncated: truncated(range),
            totals: [],
            unknownUs: 0,
            ...(range.step && {
              buckets: [{ start: range.from, end: range.to, totals: [{ value: 'on', us: half }] }],
            }),
          })),
        }
      },
      asProblem: () => ({ code: 'IW_TEST', message: '', remedy: '' }),
      zone: () => 'UTC',
      nowUs: () => now,
      schedule: (next) => {
        run = next
        return () => {
          run = () => {}
        }
      },
    })
    return {
      states,
      asked,
      settle: () => {
        run()
        return new Promise((done) => setImmediate(done))
      },
    }
  }

  it('are asked for once the view rests, and extended by live readings', async () => {
    const { states, asked, settle } = stateStage(() => false)
    states.want([1], { from: now - 100, to: now })
    states.want([1], { from: now - 200, to: now })
    await settle()
    expect(asked).toEqual([{ from: now - 250, to: now, limit: 5000 }])
    states.take([[1, now + 10, 'off', 'good']])
    expect(states.line(1).value.intervals?.map(({ value }) => value)).toEqual(['on', 'off'])
  })

  it('are told by steps where there are too many, and never extended as if they were whole', async () => {
    const { states, asked, settle } = stateStage(({ from, to }) => to - from > hour)
    const wide = { from: now - 48 * hour, to: now - 24 * hour }
    states.want([1], wide)
    await settle()
    expect(asked[1]).toMatchObject({ limit: 1, step: '15m' })
    const line = states.line(1).value
    expect([line.intervals, line.buckets?.length]).toEqual([undefined, 1])
    states.take([[1, now + 10, 'off', 'good']])
    expect(states.line(1).value).toBe(line)
    // Zoomed in, they fit again.
    states.want([1], { from: wide.from + hour, to: wide.from + 1.5 * hour })
    await settle()
    expect(states.line(1).value.buckets).toBeUndefined()
    expect(states.line(1).value.intervals).toHaveLength(1)
  })
})
