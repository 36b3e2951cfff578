import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  earlierBy,
  formatNames,
  formatSelection,
  parseEarlier,
  parseLayout,
  parseNames,
  parseSelection,
} from '../../../console/lib/explore/address.ts'
import { figuresOf, longestGap, roughFigures } from '../../../console/lib/explore/figures.ts'
import { pickRows, windowOf } from '../../../console/lib/explore/picker.ts'
import { SavedViews } from '../../../console/lib/explore/saved-views.ts'
import { bucketAt, extentIn, gapOf, seen } from '../../../console/lib/explore/scale.ts'
import { figuresAsk, snap, stepIn } from '../../../console/lib/explore/snap.ts'
import { fileName, readingsAddress, snippet } from '../../../console/lib/explore/snippets.ts'
import {
  blocksOf,
  bucketTotals,
  columnsOf,
  extendIntervals,
  stateAt,
  totalsOf,
} from '../../../console/lib/explore/states.ts'
import { timeTicks } from '../../../console/lib/explore/time-ticks.ts'
import {
  brushSpan,
  dragWindow,
  longestSpanUs,
  moveBy,
  pinch,
  shortestSpanUs,
  zoomAround,
} from '../../../console/lib/explore/zoom.ts'
import { formatLength, formatSpanBetween, formatTick } from '../../../console/lib/format.ts'
import type { Series } from '../../../console/lib/series.ts'
import { fromLocal, shiftCalendar, toLocal } from '../../../console/lib/zoned.ts'

const minute = 60e6
const hour = 3600e6
const day = 86_400e6
const at = (iso: string): number => Date.parse(iso) * 1000
const zones = ['UTC', 'Asia/Shanghai', 'Europe/Berlin', 'Asia/Kathmandu', 'America/St_Johns', 'Australia/Lord_Howe']

const seriesOf = (
  rows: readonly (readonly [time: number, mean: number | null, count?: number])[],
  bucketUs = 10,
): Series => ({
  anchor: 0,
  bucketUs,
  time: rows.map(([time]) => time),
  min: rows.map(([, mean]) => (mean === null ? null : mean - 1)),
  max: rows.map(([, mean]) => (mean === null ? null : mean + 1)),
  mean: rows.map(([, mean]) => mean),
  last: rows.map(([, mean]) => mean),
  count: rows.map(([, mean, count]) => (mean === null ? 0 : (count ?? 1))),
  worst: rows.map(() => 'good'),
})

describe('the address of Explore', () => {
  it('names properties of any id and gives them back, each once, at most fifty', () => {
    const name = fc.stringMatching(/^[a-z水][a-z_.:~=,@-]{0,8}\/[a-z][a-z %/.,\\-]{0,8}$/)
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 50 }), (names) => {
        expect(parseNames(formatNames(names))).toEqual(names)
      }),
    )
    expect(parseNames('a/b,a/b,c/d')).toEqual(['a/b', 'c/d'])
    expect(parseNames(undefined)).toEqual([])
    expect(parseNames(Array.from({ length: 80 }, (_, i) => `a/${i}`).join())).toHaveLength(50)
  })

  it('reads layout, selection and comparison, and takes what cannot be read for none', () => {
    expect(parseLayout('over', 3)).toBe('over')
    expect(parseLayout('nonsense', 3)).toBe('lanes')
    expect(parseLayout(undefined, 7)).toBe('wall')
    expect(parseLayout('table', 7)).toBe('table')
    const selection = { from: at('2026-11-24T10:05:00Z'), to: at('2026-11-24T10:25:00Z') }
    expect(parseSelection(formatSelection(selection))).toEqual(selection)
    for (const text of [undefined, '', 'x,y', '2026-11-24T10:05:00Z', '2026-11-24T10:05:00Z,2026-11-24T10:05:00Z'])
      expect(parseSelection(text)).toBeUndefined()
    expect(parseEarlier('1w')).toBe('1w')
    expect(parseEarlier('2w')).toBeUndefined()
  })

  it('compares with the same time of day where the clocks changed in between', () => {
    const noon = at('2026-10-25T11:00:00Z')
    expect(earlierBy('1d', noon, 'Europe/Berlin')).toBe(25 * hour)
    expect(earlierBy('1d', noon, 'Asia/Shanghai')).toBe(day)
    expect(earlierBy('1h', noon, 'Europe/Berlin')).toBe(hour)
    expect(earlierBy('4w', at('2026-11-24T11:00:00Z'), 'UTC')).toBe(28 * day)
    expect(earlierBy('1y', at('2028-02-29T11:00:00Z'), 'UTC')).toBe(
      at('2028-02-29T11:00:00Z') - at('2027-02-28T11:00:00Z'),
    )
  })
})

describe('the clock on the wall', () => {
  it('leads back to the moment, but for the hour that comes twice', () => {
    const times = fc.integer({ min: at('1990-01-01T00:00:00Z') / 1e6, max: at('2035-01-01T00:00:00Z') / 1e6 })
    fc.assert(
      fc.property(times, fc.constantFrom(...zones), (seconds, zone) => {
        const time = seconds * 1e6
        const back = fromLocal(toLocal(time, zone), zone)
        expect([0, hour, 0.5 * hour]).toContain(Math.abs(back - time))
        expect(toLocal(back, zone)).toBe(toLocal(time, zone))
      }),
    )
  })

  it('moves by days of 23 and 25 hours', () => {
    const before = at('2026-03-28T12:00:00Z')
    expect(shiftCalendar(before, 'Europe/Berlin', { days: 1 })).toBe(before + 23 * hour)
    expect(shiftCalendar(at('2026-10-25T12:00:00Z'), 'Europe/Berlin', { days: -1 })).toBe(
      at('2026-10-25T12:00:00Z') - 25 * hour,
    )
  })
})

describe('ticks of the time axis', () => {
  it('are round by the clock of the site, within the range, and not too many', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: at('2000-01-01T00:00:00Z') / 1e6, max: at('2035-01-01T00:00:00Z') / 1e6 }),
        fc.double({ min: Math.log(1), max: Math.log(20 * 366 * 86_400), noNaN: true }),
        fc.constantFrom(...zones),
        (seconds, length, zone) => {
          const from = seconds * 1e6
          const to = from + Math.exp(length) * 1e6
          const ticks = timeTicks(from, to, zone, 10)
          expect(ticks.at.length).toBeLessThanOrEqual(12)
          for (const [index, tick] of ticks.at.entries()) {
            expect(tick).toBeGreaterThanOrEqual(from)
            expect(tick).toBeLessThanOrEqual(to)
            if (index > 0) expect(tick).toBeGreaterThan(ticks.at[index - 1]!)
          }
        },
      ),
    )
  })

  it('begin days at midnight of the site, weeks on a Monday, months on the first', () => {
    const from = at('2026-10-20T00:00:00Z')
    const days = timeTicks(from, from + 8 * day, 'Europe/Berlin', 10)
    expect(days.step).toEqual({ us: day })
    expect(days.at.map((tick) => new Date(tick / 1000).toISOString()).slice(4, 7)).toEqual([
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T23:00:00.000Z',
      '2026-10-26T23:00:00.000Z',
    ])
    const weeks = timeTicks(from, from + 40 * day, 'UTC', 6)
    expect(weeks.at.map((tick) => new Date(tick / 1000).getUTCDay())).toEqual([1, 1, 1, 1, 1])
    const months = timeTicks(from, from + 370 * day, 'Asia/Shanghai', 14)
    expect(months.at.map((tick) => formatTick(tick, 30 * day, 'Asia/Shanghai', 'en'))).toEqual(
      'Nov Dec 2027 Feb Mar Apr May Jun Jul Aug Sep Oct'.split(' '),
    )
  })

  it('say as little as tells them apart', () => {
    const time = at('2026-11-24T10:05:30Z')
    expect(formatTick(time, 30e6, 'UTC', 'en')).toBe('10:05:30')
    expect(formatTick(time, minute, 'UTC', 'en')).toBe('10:05')
    expect(formatTick(time + 250e3, 50e3, 'UTC', 'en')).toBe('10:05:30.250')
    expect(formatTick(at('2026-11-24T00:00:00Z'), 6 * hour, 'UTC', 'en')).toBe('24 Nov')
    expect(formatTick(at('2026-11-24T00:00:00Z'), day, 'UTC', 'zh')).toBe('11 月 24 日')
    expect(formatTick(at('2027-01-01T00:00:00Z'), 365 * day, 'UTC', 'zh')).toBe('2027 年')
  })
})

describe('lengths and spans in words', () => {
  it('have two units at most and never sixty of one', () => {
    for (const [us, text] of [
      [4e3, '4.0 ms'],
      [450e3, '0.5 s'],
      [4.5e6, '4.5 s'],
      [36e6, '36 s'],
      [20 * minute, '20 min'],
      [65 * minute, '1 h 5 min'],
      [2 * hour - 1e3, '2 h'],
      [3 * day + 4 * hour, '3 d 4 h'],
    ] as const)
      expect(formatLength(us)).toBe(text)
    fc.assert(
      fc.property(fc.double({ min: 1e6, max: 1e15, noNaN: true }), (us) => {
        expect(formatLength(us)).not.toMatch(/\b60 (s|min)|\b24 h/)
      }),
    )
  })

  it('leave out the date of today only', () => {
    const now = at('2026-11-24T12:00:00Z')
    const between = (from: string, to: string) => formatSpanBetween(at(from), at(to), now, 'UTC', 'en')
    expect(between('2026-11-24T10:05:00Z', '2026-11-24T10:25:00Z')).toBe('10:05–10:25')
    expect(between('2026-11-23T10:05:00Z', '2026-11-23T10:25:00Z')).toBe('23 Nov 10:05–10:25')
    expect(between('2026-11-23T22:00:00Z', '2026-11-24T02:00:00Z')).toBe('23 Nov 22:00 – 24 Nov 02:00')
    expect(between('2026-11-01T00:00:00Z', '2026-11-20T00:00:00Z')).toBe('1 Nov – 20 Nov')
    expect(between('2025-03-01T00:00:00Z', '2026-11-20T00:00:00Z')).toBe('1 Mar 2025 – 20 Nov 2026')
  })
})

describe('zooming and panning', () => {
  const span = { from: 1000e6, to: 1100e6 }

  it('keeps the moment under the pointer where it is, within a second and fifty years', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
        (share, factor) => {
          const moment = span.from + share * 100e6
          const zoomed = zoomAround(span, moment, factor)
          const length = zoomed.to - zoomed.from
          expect(length).toBeGreaterThanOrEqual(shortestSpanUs * 0.999)
          expect(length).toBeLessThanOrEqual(longestSpanUs * 1.001)
          expect((moment - zoomed.from) / length).toBeCloseTo(share, 6)
        },
      ),
    )
  })

  it('pans back without end, and forward to now', () => {
    expect(moveBy(span, -5e6, 2000e6)).toEqual({ from: 995e6, to: 1095e6 })
    expect(moveBy(span, 50e6, 1110e6)).toEqual({ from: 1010e6, to: 1110e6 })
    expect(moveBy(span, 50e6, 1000e6)).toEqual(span)
  })

  it('keeps the times under two fingers under them', () => {
    const pinched = pinch(span, [0.25, 0.75], [0.4, 0.6])
    const under = (share: number) => pinched.from + share * (pinched.to - pinched.from)
    expect(under(0.4)).toBeCloseTo(1025e6, -1)
    expect(under(0.6)).toBeCloseTo(1075e6, -1)
    expect(pinch(span, [0.25, 0.75], [0.5, 0.5])).toEqual(span)
  })

  it('moves the window of the long view within it, edge by edge', () => {
    const brush = { from: 0, to: 2000e6 }
    expect(dragWindow(span, 'all', 5000e6, brush)).toEqual({ from: 1900e6, to: 2000e6 })
    expect(dragWindow(span, 'all', -5000e6, brush)).toEqual({ from: 0, to: 100e6 })
    expect(dragWindow(span, 'from', 500e6, brush)).toEqual({ from: 1099e6, to: 1100e6 })
    expect(dragWindow(span, 'to', -500e6, brush)).toEqual({ from: 1000e6, to: 1001e6 })
  })

  it('reaches back as far as there is something or something is shown', () => {
    const now = 100 * 366 * day
    const shown = { from: now - hour, to: now }
    expect(brushSpan(undefined, shown, now).from).toBe(now - 366 * day)
    expect(brushSpan(now - 3 * day, shown, now).from).toBe(now - 7 * day)
    expect(brushSpan(now - 3 * day, { from: now - 20 * day, to: now }, now).from).toBe(now - 35 * day)
  })
})

describe('a selection', () => {
  it('has its edges on round times of the site, and figures of exactly that', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: at('2026-01-01T00:00:00Z') / 1e6, max: at('2026-12-31T00:00:00Z') / 1e6 }),
        fc.double({ min: Math.log(0.5), max: Math.log(366 * 86_400), noNaN: true }),
        fc.constantFrom('UTC', 'Asia/Shanghai', 'Asia/Kathmandu'),
        (seconds, length, zone) => {
          const us = Math.exp(length) * 1e6
          const step = stepIn(us)
          const selected = snap({ from: seconds * 1e6, to: seconds * 1e6 + us / 3 }, step, zone)
          expect(toLocal(selected.from, zone) % step.us).toBe(0)
          expect(selected.to).toBeGreaterThan(selected.from)
          expect(Math.abs(selected.from - seconds * 1e6)).toBeLessThanOrEqual(step.us)
          const ask = figuresAsk(selected, zone)
          expect([ask.from, ask.to]).toEqual([selected.from, selected.to])
          expect(ask.step).toMatch(/^\d{1,3}(ms|s|m|h|d)$/)
        },
      ),
    )
  })

  it('grows to whole steps where its edges are not round', () => {
    const from = at('2026-11-24T10:00:01.234Z')
    const ask = figuresAsk({ from, to: from + day }, 'UTC')
    expect(ask.step).toBe('5m')
    expect([ask.from % (5 * minute), ask.to % (5 * minute)]).toEqual([0, 0])
    expect(ask.from).toBeLessThanOrEqual(from)
    expect(ask.to).toBeGreaterThanOrEqual(from + day)
  })

  it('adds buckets up: weighted by readings, and over time by what they cover', () => {
    const figures = figuresOf({
      min: [1, null, 0],
      max: [5, null, 9],
      sum: [6, null, 30],
      first: [2, null, 4],
      last: [3, null, 8],
      count: [2, 0, 4],
      timeWeighted: [2, 4, null],
      coveredUs: [10, 30, 0],
    })
    expect(figures).toEqual({ min: 0, max: 9, mean: 6, change: 6, count: 6, timeMean: 3.5 })
    expect(
      figuresOf({ min: [null], max: [null], sum: [null], first: [null], last: [null], count: [0] }),
    ).toBeUndefined()
  })

  it('has figures of what is drawn at once, and tells the longest gap', () => {
    const series = seriesOf([
      [0, 5, 2],
      [10, 7, 4],
      [200, null],
      [210, 3, 1],
    ])
    expect(roughFigures(series, { from: 0, to: 300 })).toMatchObject({
      min: 2,
      max: 8,
      mean: 41 / 7,
      change: -2,
      count: 7,
    })
    expect(roughFigures(series, { from: 100, to: 205 })).toBeUndefined()
    const seconds = seriesOf(
      [
        [0, 1],
        [1e6, 1],
        [55e6, 1],
      ],
      1e6,
    )
    expect(longestGap(seconds, 1000, { from: 0, to: 60e6 })).toEqual({ from: 2e6, to: 55e6, missing: 53 })
    expect(longestGap(seconds, undefined, { from: 0, to: 60e6 })).toBeUndefined()
    expect(longestGap(seconds, 20_000, { from: 0, to: 60e6 })).toBeUndefined()
  })
})

describe('what is seen of a line', () => {
  const series = seriesOf([
    [0, 1],
    [10, 5],
    [20, null],
    [30, 2],
    [40, 9],
  ])

  it('is scaled by what is in view, not by what lies beside it', () => {
    expect(extentIn(series, { from: 25, to: 40 })).toEqual({ min: 1, max: 3 })
    expect(extentIn(series, { from: 20, to: 30 })).toBeUndefined()
    expect(seen(series, { from: 25, to: 35 })).toEqual([1, 5])
  })

  it('is read at the nearest bucket, not across a gap', () => {
    expect(bucketAt(series, 14, 10)).toBe(1)
    expect(bucketAt(series, 44, 10)).toBe(4)
    expect(bucketAt(series, 300, 10)).toBeUndefined()
    expect(
      gapOf(
        seriesOf([
          [0, 1],
          [100, 1],
          [200, 1],
        ]),
        undefined,
      ),
    ).toBe(300)
    expect(gapOf(series, 1)).toBe(3000)
  })
})

describe('states over time', () => {
  const good = 'good' as const
  const intervals = [
    { start: 0, end: 100, value: 'on', quality: good },
    { start: 100, end: 101, value: 'off', quality: good },
    { start: 101, end: 102, value: 'on', quality: good },
    { start: 102, end: 1000, value: null, quality: good },
  ]

  it('are blocks that cover the view, the too narrow ones together', () => {
    const blocks = blocksOf(intervals, { from: 0, to: 10_000 })
    expect(blocks.map(({ value }) => value)).toEqual(['on', undefined, null])
    expect(blocks.reduce((sum, { width }) => sum + width, 0)).toBeCloseTo(0.1)
    expect(blocksOf(intervals, { from: 50, to: 104 }).map(({ value }) => value)).toEqual(['on', 'off', 'on', null])
    expect(blocksOf(intervals, { from: 2000, to: 3000 })).toEqual([])
  })

  it('are columns by steps, each value with its share and in its place', () => {
    const buckets = [
      {
        start: 0,
        end: 100,
        totals: [
          { value: 'on', us: 25 },
          { value: 'off', us: 75 },
        ],
      },
      { start: 100, end: 200, totals: [{ value: 'on', us: 50 }] },
    ]
    expect(columnsOf(buckets, ['off', 'on'], { from: 50, to: 150 })).toEqual([
      {
        from: 0,
        width: 0.5,
        start: 0,
        parts: [
          { value: 'off', share: 0.75 },
          { value: 'on', share: 0.25 },
        ],
      },
      { from: 0.5, width: 0.5, start: 100, parts: [{ value: 'on', share: 0.5 }] },
    ])
    expect(bucketTotals(buckets, { from: 50, to: 300 })).toEqual([
      { value: 'on', us: 62.5 },
      { value: 'off', us: 37.5 },
    ])
  })

  it('grow with live readings, and change where the value does', () => {
    const grown = extendIntervals([{ start: 0, end: 10, value: 'on', quality: good }], [1, 20, 'on', 'good'])
    expect(grown).toEqual([{ start: 0, end: 20, value: 'on', quality: 'good' }])
    expect(extendIntervals(grown, [1, 30, 'off', 'good'])).toEqual([
      { start: 0, end: 30, value: 'on', quality: 'good' },
      { start: 30, end: 30, value: 'off', quality: 'good' },
    ])
    expect(extendIntervals([], [1, 5, true, 'good'])).toHaveLength(1)
  })

  it('are looked up and summed within the view', () => {
    expect(stateAt(intervals, 100)?.value).toBe('off')
    expect(stateAt(intervals, 2000)).toBeUndefined()
    expect(totalsOf(intervals, { from: 50, to: 202 })).toEqual([
      { value: null, us: 100 },
      { value: 'on', us: 51 },
      { value: 'off', us: 1 },
    ])
  })
})

describe('the picker', () => {
  const groups = [
    {
      thing: 'c1',
      title: 'Compressor 1',
      search: 'c1 compressor 1 空压机',
      items: ['Line pressure', 'Power'].map(item),
    },
    { thing: 'd', title: 'Air dryer', search: 'd air dryer 冷干机', items: ['Dew point', 'Power'].map(item) },
  ]
  function item(title: string) {
    return { name: title, title, search: title.toLowerCase() }
  }

  it('finds what has every word in its name or its machine’s, and keeps the order', () => {
    const titles = (query: string) =>
      pickRows(groups, query).rows.map((row) => (row.kind === 'group' ? `# ${row.title} ${row.count}` : row.item.title))
    expect(titles('power')).toEqual(['# Compressor 1 1', 'Power', '# Air dryer 1', 'Power'])
    expect(titles('dryer power')).toEqual(['# Air dryer 1', 'Power'])
    expect(titles('空压')).toEqual(['# Compressor 1 2', 'Line pressure', 'Power'])
    expect(titles('nothing')).toEqual([])
    expect(pickRows(groups, '  ').count).toBe(4)
  })

  it('draws rows near the window only, and is as high as all of them', () => {
    const rows = Array.from({ length: 5000 }, (_, index) => ({
      kind: index % 10 === 0 ? ('group' as const) : ('item' as const),
    }))
    const height = 500 * 33 + 4500 * 28
    fc.assert(
      fc.property(fc.integer({ min: 0, max: height }), (top) => {
        const { first, last, above, below } = windowOf(rows, { group: 33, item: 28 }, top, 500)
        const inside = rows.slice(first, last).reduce((sum, { kind }) => sum + (kind === 'group' ? 33 : 28), 0)
        expect(above + inside + below).toBe(height)
        expect(last - first).toBeLessThan(80)
        expect(above).toBeLessThanOrEqual(top)
      }),
    )
  })
})

describe('what is taken along', () => {
  const taken = {
    origin: 'http://localhost:7070',
    names: ["pump'3/flow", '水泵/压力 %'],
    span: { from: at('2026-11-24T02:05:00Z'), to: at('2026-11-24T02:25:00Z') },
    needsToken: false,
  }

  it('is an address that gives names and range back', () => {
    const address = new URL(readingsAddress(taken.names, taken.span, 'arrow', 'wide'), taken.origin)
    expect(address.pathname).toBe('/api/v1/readings')
    expect(parseNames(address.searchParams.get('properties')!)).toEqual(taken.names)
    expect(address.searchParams.get('from')).toBe('2026-11-24T02:05:00.000Z')
    expect(address.href).not.toMatch(/[ '"]|\+/)
  })

  it('quotes what would end a text, in each language', () => {
    expect(snippet('sql', taken)).toContain("('pump''3', 'flow'), ('水泵', '压力 %')")
    expect(snippet('pandas', taken).split('\n')).toContain('    "http://localhost:7070/api/v1/readings"')
    expect(snippet('api', taken)).toMatch(/^curl -s 'http:[^']*'$/)
    expect(snippet('api', taken)).not.toContain('Bearer')
  })

  it('says where a token goes when asked from another machine', () => {
    const far = { ...taken, needsToken: true }
    expect(snippet('pandas', far)).toContain('"Bearer " + os.environ["INTERWORK_TOKEN"]')
    expect(snippet('api', far)).toContain('-H "Authorization: Bearer $INTERWORK_TOKEN"')
  })

  it('gets a file name that any system takes', () => {
    expect(fileName(['a/b c', 'd/e'], taken.span, 'csv')).toBe('a-b-c-and-1-more-2026-11-24T0205.csv')
  })
})

describe('saved views', () => {
  function shelf(content: string | null = null) {
    let stored = content
    return {
      getItem: () => stored,
      setItem: (_: string, value: string) => {
        stored = value
      },
    }
  }

  it('are kept without language and theme, newest first, one of a name', () => {
    const kept = shelf()
    const views = new SavedViews(() => kept)
    views.save('a', 'tags=x/y&lang=zh&theme=dark&from=-1h')
    views.save(' b ', 'tags=z/w')
    views.save('a', 'tags=q/r')
    views.save('  ', 'tags=none')
    expect(new SavedViews(() => kept).views.value).toEqual([
      { name: 'a', query: 'tags=q%2Fr' },
      { name: 'b', query: 'tags=z%2Fw' },
    ])
    views.remove('a')
    expect(views.views.value.map(({ name }) => name)).toEqual(['b'])
  })

  it('survive a browser without storage and what others wrote there', () => {
    const forbidden = () => {
      throw new Error('SecurityError')
    }
    const views = new SavedViews(forbidden)
    views.save('a', 'tags=x/y')
    expect(views.views.value).toHaveLength(1)
    for (const content of ['{', '[1,null,{"name":3}]', '{"a":1}'])
      expect(new SavedViews(() => shelf(content)).views.value).toEqual([])
  })
})
