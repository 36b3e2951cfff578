import { describe, expect, it } from 'vitest'
import type { ConnectionStatusView, LastReading, PropertyView } from '../../../console/lib/contract.ts'
import { OutsideTimes } from '../../../console/lib/outside-times.ts'
import { outsideSince, type Series } from '../../../console/lib/series.ts'
import { bandExpected, qualityAt, sideOf, troublesOf, worstPriority } from '../../../console/lib/trouble.ts'

const now = 1e15
const pressure: Omit<PropertyView, 'last'> = {
  name: 'pressure',
  type: 'number',
  tag: 1,
  everyMs: 1000,
  normal: { min: 6.6, max: 7.4 },
}
const reading = (value: LastReading['value'], changes: Partial<LastReading> = {}): LastReading => ({
  value,
  quality: 'good',
  time: now,
  arrivedAt: now,
  ...changes,
})
const status = (state: ConnectionStatusView['state']): ConnectionStatusView => ({
  thing: 'a',
  protocol: 'modbus',
  address: 'x:502',
  state,
  since: now - 60e6,
  counters: {
    requests: 0,
    answers: 0,
    timeouts: 0,
    deviceErrors: 0,
    discarded: 0,
    connects: 0,
    missedPolls: 0,
    readings: 0,
  },
  detail: {},
})
const series = (...last: number[]): Series => ({
  anchor: 0,
  bucketUs: 5e6,
  time: last.map((_, index) => now - (last.length - index) * 5e6),
  min: last,
  max: last,
  mean: last,
  last,
  count: last.map(() => 1),
  worst: last.map(() => 'good'),
})
const look = (
  last: LastReading | undefined,
  {
    definition = pressure,
    state = 'running' as 'running' | 'stopped' | 'unknown',
    connection = 'answering' as ConnectionStatusView['state'],
    history = series(6, 6, 6, 6),
  } = {},
) => {
  const machine = { status: status(connection), machine: { state }, properties: [{ definition, last }] }
  return troublesOf(machine, now, (_tag, band) => outsideSince(history, band))
}

describe('what needs someone', () => {
  it('is nothing while a value is good and inside its band', () => {
    expect(look(reading(7))).toEqual([])
    expect(look(undefined)).toEqual([])
  })

  it('is one thing only when the machine does not answer', () => {
    expect(look(reading(6), { connection: 'failing' })).toMatchObject([{ kind: 'no-answer', priority: 'l' }])
  })

  it('is a band left for ten seconds, and has no priority', () => {
    expect(look(reading(6.38))).toMatchObject([
      { kind: 'outside', side: 'below', since: now - 20e6, priority: undefined },
    ])
    expect(look(reading(6.38), { history: series(7, 7, 6) })).toEqual([])
    expect(look(reading(8))).toMatchObject([{ kind: 'outside', side: 'above' }])
    expect(look(reading(8), { history: series() })).toEqual([])
  })

  it('is no band of a machine that stands still', () => {
    expect(look(reading(0), { state: 'stopped' })).toEqual([])
    expect(look(reading(0), { state: 'unknown' })).toHaveLength(1)
    expect(bandExpected({ state: 'idle' })).toBe(false)
  })

  it('is a value that grew old: three times the interval, but never less than three seconds', () => {
    expect(qualityAt(reading(7, { time: now - 2.9e6 }), 1000, now)).toBe('good')
    expect(qualityAt(reading(7, { time: now - 3.1e6 }), 1000, now)).toBe('stale')
    expect(qualityAt(reading(7, { time: now - 2e6 }), 100, now)).toBe('good')
    expect(qualityAt(reading(7, { time: 0 }), undefined, now)).toBe('good')
    expect(look(reading(7, { time: now - 60e6 }))).toMatchObject([
      { quality: 'stale', priority: 'l', since: now - 60e6 },
    ])
  })

  it('weighs a sensor beyond its range as medium, and keeps the worse quality of the two', () => {
    const old = reading(900, { quality: 'out_of_range', time: now - 60e6 })
    expect(look(old)).toMatchObject([{ quality: 'out_of_range', priority: 'm' }])
  })

  it('is a missing value only where the value leads', () => {
    const none = reading(null, { quality: 'null' })
    expect(look(none)).toEqual([])
    expect(look(none, { definition: { ...pressure, leading: true } })).toMatchObject([
      { quality: 'null', priority: 'l' },
    ])
  })

  it('comes worst first', () => {
    const properties = [
      { definition: { ...pressure, tag: 1 }, last: reading(7, { time: now - 60e6 }) },
      { definition: { ...pressure, tag: 2 }, last: reading(6) },
      { definition: { ...pressure, tag: 3 }, last: reading(6, { quality: 'frozen' }) },
    ]
    const machine = { status: status('answering'), machine: { state: 'running' as const }, properties }
    const found = troublesOf(machine, now, () => now - 20e6)
    expect(found.map(({ priority }) => priority)).toEqual(['m', undefined, 'l'])
    expect(worstPriority(found)).toBe('m')
    expect(worstPriority([])).toBeUndefined()
  })

  it('sees a side only of numbers that have a band', () => {
    expect(sideOf('6', { min: 6.6, max: 7.4 })).toBeUndefined()
    expect(sideOf(6, undefined)).toBeUndefined()
    expect(sideOf(6.6, { min: 6.6, max: 7.4 })).toBeUndefined()
  })
})

describe('since when a band was left', () => {
  const band = { min: 6.6, max: 7.4 }
  const page = {
    bucketUs: 5e6,
    from: 0,
    to: now,
    trends: [{ tag: 1, thing: 'a', property: 'b', ...series(7, 6, 6), quality: ['good', 'good', 'good'] as const }],
  }

  it('is told by the line on the screen, and asked for once where there is none', async () => {
    const asked: (readonly number[])[] = []
    const times = new OutsideTimes(
      (tag) => (tag === 2 ? series(6, 6) : undefined),
      async (tags) => {
        asked.push(tags)
        return { ...page, trends: page.trends.map((trend) => ({ ...trend, quality: [...trend.quality] })) }
      },
    )
    expect(times.since(2, band)).toBe(now - 10e6)
    expect(times.since(1, band)).toBeUndefined()
    times.endLook(now)
    await Promise.resolve()
    times.since(1, band)
    times.endLook(now)
    await Promise.resolve()
    await Promise.resolve()
    expect(times.since(1, band)).toBe(now - 10e6)
    expect(asked).toEqual([[1]])
  })

  it('counts from now on where the history cannot be had, and is forgotten inside', async () => {
    let asked = 0
    const times = new OutsideTimes(
      () => undefined,
      async () => {
        asked++
        throw new Error('no answer')
      },
    )
    times.since(1, band)
    times.endLook(now)
    await new Promise((resolve) => setImmediate(resolve))
    expect(times.since(1, band)).toBe(now)
    times.endLook(now)
    times.endLook(now)
    expect(times.since(1, band)).toBeUndefined()
    times.endLook(now)
    expect(asked).toBe(2)
  })
})
