import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bucketEdges, parseStep } from '#kernel'

const us = (iso: string) => Date.parse(iso) * 1e3
const edgesOf = (from: string, to: string, step: string, zone: string) =>
  Array.from(bucketEdges(us(from), us(to), step, zone), (edge) => new Date(edge / 1e3).toISOString().slice(0, 16))
const hoursOf = (from: string, to: string, step: string, zone: string) => {
  const edges = bucketEdges(us(from), us(to), step, zone)
  return Array.from(edges.subarray(1), (edge, i) => (edge - edges[i]!) / 3_600e6)
}

describe('a step', () => {
  it('is read with its unit', () => {
    expect(parseStep('15m')).toEqual({ count: 15, unit: 'm' })
    expect(parseStep('1mo')).toEqual({ count: 1, unit: 'mo' })
    expect(parseStep('250ms')).toEqual({ count: 250, unit: 'ms' })
  })

  it.each(['', '0s', '1', 'h', '1.5h', '-1h', '1 h', '1H', '1M', '1234567s', '1hh'])('is refused as "%s"', (text) => {
    expect(() => parseStep(text)).toThrow(expect.objectContaining({ code: 'IW_HISTORIAN_STEP' }))
  })
})

describe('the edges of buckets', () => {
  it('give days of 23 and 25 hours where summer time begins and ends', () => {
    expect(hoursOf('2026-03-28T00:00Z', '2026-03-30T12:00Z', '1d', 'Europe/Berlin')).toEqual([24, 23, 24])
    expect(hoursOf('2026-10-24T00:00Z', '2026-10-26T12:00Z', '1d', 'Europe/Berlin')).toEqual([24, 25, 24])
  })

  it('give every real hour of such a night once', () => {
    expect(edgesOf('2026-10-24T23:10Z', '2026-10-25T02:10Z', '1h', 'Europe/Berlin')).toEqual([
      '2026-10-24T23:00',
      '2026-10-25T00:00',
      '2026-10-25T01:00',
      '2026-10-25T02:00',
      '2026-10-25T03:00',
    ])
    expect(hoursOf('2026-03-28T23:10Z', '2026-03-29T03:00Z', '1h', 'Europe/Berlin')).toEqual([1, 1, 1, 1])
  })

  it('stand at the hours of the wall clock where it moves by half an hour', () => {
    expect(edgesOf('2026-04-04T13:10Z', '2026-04-04T16:30Z', '1h', 'Australia/Lord_Howe')).toEqual([
      '2026-04-04T13:00',
      '2026-04-04T14:00',
      '2026-04-04T15:30',
      '2026-04-04T16:30',
    ])
    expect(hoursOf('2026-04-03T14:00Z', '2026-04-05T12:00Z', '1d', 'Australia/Lord_Howe')).toEqual(
      [24, 24.5, 24].slice(0, 2),
    )
  })

  it('stand at quarters to the hour where the zone does', () => {
    expect(edgesOf('2026-01-01T00:00Z', '2026-01-01T01:00Z', '1h', 'Asia/Kathmandu')).toEqual([
      '2025-12-31T23:15',
      '2026-01-01T00:15',
      '2026-01-01T01:15',
    ])
  })

  it('begin a day whose midnight is skipped where the clock skips to', () => {
    expect(edgesOf('2017-10-14T03:10Z', '2017-10-16T03:00Z', '1d', 'America/Sao_Paulo')).toEqual([
      '2017-10-14T03:00',
      '2017-10-15T03:00',
      '2017-10-16T02:00',
      '2017-10-17T02:00',
    ])
  })

  it('have no bucket for the day that Apia left out', () => {
    expect(edgesOf('2011-12-29T10:00Z', '2011-12-31T20:00Z', '1d', 'Pacific/Apia')).toEqual([
      '2011-12-29T10:00',
      '2011-12-30T10:00',
      '2011-12-31T10:00',
      '2012-01-01T10:00',
    ])
  })

  it('begin a day that begins twice with its first midnight', () => {
    // At 00:01 on 29 October 2006 the clocks of Newfoundland went back to 23:01 of the day before.
    expect(edgesOf('2006-10-28T12:00Z', '2006-10-29T12:00Z', '1d', 'America/St_Johns')).toEqual([
      '2006-10-28T02:30',
      '2006-10-29T02:30',
      '2006-10-30T03:30',
    ])
  })

  it('begin weeks on Monday, quarters and years with January', () => {
    expect(edgesOf('2026-01-14T00:00Z', '2026-01-19T00:00Z', '1w', 'UTC')).toEqual([
      '2026-01-12T00:00',
      '2026-01-19T00:00',
    ])
    expect(edgesOf('2026-02-14T00:00Z', '2026-06-15T00:00Z', '3mo', 'Europe/Berlin')).toEqual([
      '2025-12-31T23:00',
      '2026-03-31T22:00',
      '2026-06-30T22:00',
    ])
    expect(hoursOf('2024-02-14T00:00Z', '2025-06-15T00:00Z', '1y', 'UTC')).toEqual([366 * 24, 365 * 24])
  })

  it('are one bucket where the range is one step, and none more', () => {
    expect(edgesOf('2026-01-01T00:00Z', '2026-01-02T00:00Z', '1d', 'UTC')).toEqual([
      '2026-01-01T00:00',
      '2026-01-02T00:00',
    ])
    expect([...bucketEdges(0, 1, '1us', 'UTC')]).toEqual([0, 1])
  })

  it('are refused for what is no range, no zone, or too many', () => {
    const refused = (code: string, ...args: Parameters<typeof bucketEdges>) =>
      expect(() => bucketEdges(...args), `${args}`).toThrow(expect.objectContaining({ code }))
    refused('IW_HISTORIAN_RANGE', 5, 5, '1s', 'UTC')
    refused('IW_HISTORIAN_RANGE', 0, Number.POSITIVE_INFINITY, '1y', 'UTC')
    refused('IW_HISTORIAN_RANGE', Number.NaN, 5, '1y', 'UTC')
    refused('IW_HISTORIAN_STEP', 0, 5, '1s', 'Middle/Earth')
    refused('IW_HISTORIAN_STEP', 0, 5, '999999y', 'UTC')
    refused('IW_HISTORIAN_STEP', 0, 5, '999999h', 'Europe/Berlin')
    refused('IW_HISTORIAN_TOO_MUCH', 0, 86_400e6, '1ms', 'UTC')
    refused('IW_HISTORIAN_TOO_MUCH', 0, 100_002e6, '1s', 'Europe/Berlin')
    expect(bucketEdges(0, 100_000e6, '1s', 'Europe/Berlin').length).toBe(100_001)
  })

  const zones = ['UTC', 'Europe/Berlin', 'Australia/Lord_Howe', 'America/Sao_Paulo', 'Pacific/Apia', 'Asia/Kathmandu']
  const more = ['America/St_Johns', 'Africa/Casablanca', 'Antarctica/Troll', 'Africa/Monrovia', 'Asia/Pyongyang']
  const anyCase = fc.record({
    zone: fc.constantFrom(...zones, ...more),
    from: fc.integer({ min: 0, max: 70 * 365 * 24 * 60 }).map((minutes) => minutes * 60e6),
    buckets: fc.integer({ min: 1, max: 200 }),
    share: fc.double({ min: 0.01, max: 1, noNaN: true }),
  })

  it.each([
    ['15m', 900e6],
    ['1h', 3_600e6],
    ['6h', 6 * 3_600e6],
    ['1d', 86_400e6],
    ['1w', 7 * 86_400e6],
    ['1mo', 30 * 86_400e6],
    ['1y', 365 * 86_400e6],
  ])('of %s ascend, enclose the range, and begin where the wall clock says so', (step, width) => {
    fc.assert(
      fc.property(anyCase, ({ zone, from, buckets, share }) => {
        const to = from + Math.ceil(buckets * share * width)
        const edges = bucketEdges(from, to, step, zone)
        const last = edges.length - 1
        expect(edges[0]! <= from && from < edges[1]! && edges[last - 1]! < to && to <= edges[last]!).toBe(true)
        const wall = wallClock(zone)
        for (let i = 0; i <= last; i++) {
          if (i > 0) expect(edges[i]!).toBeGreaterThan(edges[i - 1]!)
          const [before, at] = [wall(edges[i]! / 1e3 - 1000), wall(edges[i]! / 1e3)]
          expect(labelOf(at, step) !== labelOf(before, step) || at <= before, `${at} after ${before}`).toBe(true)
          // All labels between two edges are one, but for a clock that went back into the one before.
          if (i < last) {
            const end = wall(edges[i + 1]! / 1e3 - 1000)
            expect(labelOf(end, step) === labelOf(at, step) || end < before, `${at} to ${end}`).toBe(true)
          }
        }
      }),
      { numRuns: 60 },
    )
  })
})

/** The local time as `2026-03-29T02:00:00`, by another way of Intl than the one under test. */
function wallClock(timeZone: string): (ms: number) => string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
  return (ms) => format.format(ms).replace(' ', 'T')
}

/** Which step of the calendar a local time lies in. */
function labelOf(local: string, step: string): string {
  if (step === '1y') return local.slice(0, 4)
  if (step === '1mo') return local.slice(0, 7)
  const time = Date.parse(`${local}Z`)
  const width = { '15m': 900e3, '1h': 3_600e3, '6h': 6 * 3_600e3, '1d': 86_400e3, '1w': 7 * 86_400e3 }[step]!
  const shift = step === '1w' ? 4 * 86_400e3 : 0
  return String(Math.floor((time - shift) / width))
}
