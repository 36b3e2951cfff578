import { describe, expect, test } from 'vitest'
import { Backoff, Poller } from '../../../../src/connect/polling/index.ts'
import { ManualClock } from '../../../fakes/manual-clock.ts'

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('a poller', () => {
  const polling = (everyMs: number, phase: number, poll: () => Promise<void>) => {
    const clock = new ManualClock()
    return { clock, poller: new Poller({ clock, everyMs, phase, poll, failed: () => {} }) }
  }

  test('polls at once, and then on a grid that does not drift however long a cycle takes', async () => {
    const times: number[] = []
    const { clock, poller } = polling(100, 0.25, async () => {
      times.push(clock.monotonicMs())
      clock.advance(7)
    })
    poller.start()
    await settle()
    for (let i = 0; i < 50; i++) {
      clock.advance(10)
      await settle()
    }
    const onGrid = times.slice(1).map((time) => (time - 75) % 100)
    expect(times[0]).toBe(0)
    expect(times.length).toBeGreaterThan(5)
    for (const off of onGrid) expect(off).toBeLessThan(10)
    expect(poller.missed).toBe(0)
    poller.stop()
  })

  test('counts what it missed while a cycle ran too long, and does not make up for it', async () => {
    let end: () => void = () => {}
    let polls = 0
    const { clock, poller } = polling(100, 0.5, () => {
      polls++
      return new Promise((resolve) => {
        end = resolve
      })
    })
    poller.start()
    clock.advance(350)
    expect([polls, poller.missed]).toEqual([1, 3])
    end()
    await settle()
    clock.advance(100)
    expect([polls, poller.missed]).toEqual([2, 3])
    poller.stop()
  })

  test('counts the points it slept through when the machine was suspended', async () => {
    // The timer fires late: all that lies between is missed at once.
    const late = new ManualClock()
    const suspended = new Poller({ clock: late, everyMs: 100, phase: 0.5, poll: async () => {}, failed: () => {} })
    const { after } = late
    let fire: () => void = () => {}
    late.after = (_delay, run) => {
      fire = run
      return () => {}
    }
    suspended.start()
    await settle()
    late.after = after
    late.advance(1050)
    fire()
    expect(suspended.missed).toBe(9)
    suspended.stop()
  })

  test('goes on after a cycle that failed, and says so', async () => {
    const clock = new ManualClock()
    const failures: unknown[] = []
    const poll = () => Promise.reject(new Error('defect'))
    const poller = new Poller({ clock, everyMs: 100, phase: 0.5, poll, failed: (error) => failures.push(error) })
    poller.start()
    await settle()
    clock.advance(100)
    await settle()
    expect(failures).toHaveLength(2)
    expect(poller.missed).toBe(0)
    poller.stop()
  })

  test('polls no more once it is stopped, and at once when it is started again', async () => {
    let polls = 0
    const { clock, poller } = polling(100, 0, async () => {
      polls++
    })
    poller.start()
    await settle()
    poller.stop()
    clock.advance(1000)
    expect(polls).toBe(1)
    poller.start()
    expect(polls).toBe(2)
    poller.stop()
  })
})

describe('a backoff', () => {
  const make = (random: number) => {
    const clock = new ManualClock()
    return { clock, backoff: new Backoff({ clock, random: () => random, firstMs: 500, longestMs: 30_000 }) }
  }

  test('waits twice as long each time, up to the longest, with jitter down to half', () => {
    for (const [random, factor] of [
      [1, 1],
      [0, 0.5],
    ] as const) {
      const { clock, backoff } = make(random)
      const pauses = Array.from({ length: 9 }, () => {
        backoff.failed(() => {})
        return backoff.nextAtMs! - clock.monotonicMs()
      })
      expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000].map((ms) => ms * factor))
      expect(backoff.tries).toBe(9)
    }
  })

  test('makes one attempt for each failure, and begins anew after a success', () => {
    const { clock, backoff } = make(1)
    let attempts = 0
    const attempt = () => {
      attempts++
    }
    backoff.failed(attempt)
    backoff.failed(attempt)
    clock.advance(10_000)
    expect(attempts).toBe(1)
    backoff.succeeded()
    expect([backoff.tries, backoff.nextAtMs]).toEqual([0, undefined])
    backoff.failed(attempt)
    backoff.stop()
    clock.advance(10_000)
    expect(attempts).toBe(1)
  })
})
