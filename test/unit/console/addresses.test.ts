import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchPath, withQuery } from '../../../console/lib/paths.ts'
import { boundsAt, nearestPreset, panRange, parseRange, rangeQuery, spanOf } from '../../../console/lib/time-range.ts'

const now = Date.UTC(2026, 10, 24, 10) * 1000
const hour = 3600e6

describe('the address of a page', () => {
  it('gives its parameters decoded, whatever script an id is in', () => {
    expect(matchPath('/machines/:id', '/machines/pump-3')).toEqual({ id: 'pump-3' })
    expect(matchPath('/machines/:id', '/machines/pump-3/')).toEqual({ id: 'pump-3' })
    expect(matchPath('/machines/:id', `/machines/${encodeURIComponent('水泵 3')}`)).toEqual({ id: '水泵 3' })
    expect(matchPath('/', '/')).toEqual({})
  })

  it('is no page when it is longer, shorter, empty or badly encoded', () => {
    for (const path of ['/machines', '/machines/', '/machines/a/b', '/machines/%E0%A4%A', '/other/x'])
      expect(matchPath('/machines/:id', path), path).toBeUndefined()
  })

  it('leads back to the id it was made of', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (id) => {
        fc.pre(id.isWellFormed())
        expect(matchPath('/machines/:id', `/machines/${encodeURIComponent(id)}`)).toEqual({ id })
      }),
    )
  })

  it('drops entries that are empty and keeps the others in place', () => {
    const base = () => new URLSearchParams('from=-8h&show=flow')
    expect(withQuery('/', base(), { show: undefined })).toBe('/?from=-8h')
    expect(withQuery('/', base(), { show: '', from: undefined })).toBe('/')
    expect(withQuery('/', base(), { show: 'flow,power' })).toBe('/?from=-8h&show=flow,power')
  })
})

describe('the time range', () => {
  it('is the last hour, live, when the address says nothing or nothing that can be read', () => {
    for (const [from, to] of [
      [null, null],
      ['nonsense', null],
      ['-1x', null],
      ['2026-11-24T10:00:00Z', null],
      ['2026-11-24T10:00:00Z', '2026-11-24T09:00:00Z'],
      ['-99999999h', null],
    ] as const)
      expect(parseRange(from, to), `${from} ${to}`).toEqual({ live: true, spanUs: hour })
  })

  it('stands still between two times', () => {
    const range = parseRange('2026-11-24T09:00:00Z', '2026-11-24T10:00:00Z')
    expect(range).toEqual({ live: false, from: now - hour, to: now })
    expect(boundsAt(range, now + 5 * hour)).toEqual({ from: now - hour, to: now })
  })

  it('survives the way through the address', () => {
    const ranges = fc.oneof(
      fc.integer({ min: 10, max: 30 * 86_400 }).map((seconds) => ({ live: true as const, spanUs: seconds * 1e6 })),
      fc
        .tuple(fc.integer({ min: 0, max: 4e9 }), fc.integer({ min: 10, max: 1e6 }))
        .map(([from, span]) => ({ live: false as const, from: from * 1e6, to: (from + span) * 1e6 })),
    )
    fc.assert(
      fc.property(ranges, (range) => {
        const { from, to } = rangeQuery(range)
        const back = parseRange(from, to ?? null)
        // More than 99,999 seconds are told in whole minutes, hours or days where they are some.
        fc.pre(!range.live || /^-\d{1,5}[smhd]$/.test(from))
        expect(back).toEqual(range)
      }),
    )
  })

  it('stops being live when one goes back, and is live again when one comes to now', () => {
    const back = panRange({ live: true, spanUs: hour }, -1, now)
    expect(back).toEqual({ live: false, from: now - 2 * hour, to: now - hour })
    expect(panRange(back, 1, now)).toEqual({ live: true, spanUs: hour })
  })

  it('takes the next preset when Live is chosen after a zoom', () => {
    expect(nearestPreset(7 * 60e6)).toBe(15 * 60e6)
    expect(nearestPreset(hour)).toBe(hour)
    expect(spanOf({ live: true, spanUs: nearestPreset(1e15) })).toBe(365 * 24 * hour)
  })
})
