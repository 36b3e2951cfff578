import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LiveMessage } from '../../../console/lib/contract.ts'
import { type EventStream, LiveStream, waitBefore } from '../../../console/lib/live.ts'

class ScriptedStream implements EventStream {
  onopen: (() => void) | null = null
  onerror: (() => void) | null = null
  closed = false
  readonly #listeners = new Map<string, (event: { data: string }) => void>()

  addEventListener(type: string, listener: (event: { data: string }) => void): void {
    this.#listeners.set(type, listener)
  }
  close(): void {
    this.closed = true
  }
  say(type: string, data: string): void {
    this.#listeners.get(type)?.({ data })
  }
}

function setUp() {
  const streams: ScriptedStream[] = []
  const messages: LiveMessage[] = []
  const waits: { run: () => void; delayMs: number; cancelled: boolean }[] = []
  let opened = 0
  let nowMs = 1000
  const live = new LiveStream({
    open: () => {
      streams.push(new ScriptedStream())
      return streams.at(-1)!
    },
    message: (message) => messages.push(message),
    opened: () => opened++,
    nowMs: () => nowMs,
    random: () => 0.5,
    schedule: (run, delayMs) => {
      const wait = { run, delayMs, cancelled: false }
      waits.push(wait)
      return () => {
        wait.cancelled = true
      }
    },
  })
  live.connect('/api/v1/live')
  return { live, streams, messages, waits, opened: () => opened, pass: (ms: number) => (nowMs += ms) }
}

describe('the live stream', () => {
  it('asks for a load each time it opens, because something was missed', () => {
    const { live, streams, waits, opened } = setUp()
    expect(live.state.value.kind).toBe('connecting')
    streams[0]!.onopen!()
    expect(live.state.value.kind).toBe('live')
    streams[0]!.onerror!()
    waits[0]!.run()
    streams[1]!.onopen!()
    expect(opened()).toBe(2)
  })

  it('says since when it is lost and when it tries again, and waits longer each time', () => {
    const { live, streams, waits, pass } = setUp()
    streams[0]!.onopen!()
    streams[0]!.onerror!()
    expect(live.state.value).toEqual({ kind: 'lost', sinceMs: 1000, nextTryMs: 1500 })
    for (let tries = 1; tries < 5; tries++) {
      pass(100)
      waits.at(-1)!.run()
      streams.at(-1)!.onerror!()
    }
    expect(live.state.value).toMatchObject({ kind: 'lost', sinceMs: 1000 })
    expect(waits.map(({ delayMs }) => delayMs)).toEqual([500, 1000, 2000, 4000, 8000])
  })

  it('tries at once when asked to, and not twice', () => {
    const { live, streams, waits } = setUp()
    streams[0]!.onerror!()
    live.retryNow()
    expect(waits[0]!.cancelled).toBe(true)
    expect(streams).toHaveLength(2)
    streams[1]!.onopen!()
    live.retryNow()
    expect(streams).toHaveLength(2)
  })

  it('closes a stream that failed and hears nothing more of it', () => {
    const { streams, waits } = setUp()
    streams[0]!.onerror!()
    expect(streams[0]!.closed).toBe(true)
    streams[0]!.onerror?.()
    expect(waits).toHaveLength(1)
  })

  it('takes messages by their name, and drops what cannot be read', () => {
    const { streams, messages } = setUp()
    streams[0]!.say('thing', '{"id":"a","change":"added"}')
    for (const nonsense of ['', '{', 'null', '7']) streams[0]!.say('readings', nonsense)
    expect(messages).toEqual([{ type: 'thing', id: 'a', change: 'added' }])
  })

  it('never waits longer than 20 s, and never not at all', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (tries, random) => {
        const wait = waitBefore(tries, random)
        expect(wait).toBeGreaterThanOrEqual(375)
        expect(wait).toBeLessThanOrEqual(20_000)
      }),
    )
  })
})
