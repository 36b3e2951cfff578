import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findTimeFormat, isDescending } from '../../../../src/connect/imports/csv/find-times.ts'
import { type TimeFormat, TimeReader } from '../../../../src/connect/imports/csv/times.ts'

const read = (text: string, format: TimeFormat, zone = 'UTC') =>
  new TimeReader(format, zone, { descending: false, inDoubt: new Map() }).read(text, '')

const at = (iso: string) => Date.parse(iso) * 1000
const two = (value: number) => String(value).padStart(2, '0')

/** A moment in every notation there is; µs, ms or s are what the notation keeps. */
const notations: readonly (readonly [TimeFormat, number, (date: Date, us: string) => string])[] = [
  ['ymd', 1, (d, us) => `${d.toISOString().slice(0, 19)}.${us}Z`],
  ['ymd', 1, (d, us) => `${d.toISOString().slice(0, 19).replace('T', ' ')},${us}`],
  [
    'ymd',
    1e6,
    (d) =>
      `${d.getUTCFullYear()}/${d.getUTCMonth() + 1}/${d.getUTCDate()} ${d.getUTCHours()}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`,
  ],
  [
    'ymd',
    1e6,
    (d) =>
      `${d.getUTCFullYear()}年${d.getUTCMonth() + 1}月${d.getUTCDate()}日 ${d.getUTCHours()}时${d.getUTCMinutes()}分${d.getUTCSeconds()}秒`,
  ],
  ['ymd', 1e6, (d) => d.toISOString().slice(0, 19).replaceAll(/[-T:]/g, '')],
  ['ymd', 1, (d, us) => `${d.toISOString().slice(0, 19)}.${us}+00:00`],
  [
    'dmy',
    1,
    (d, us) =>
      `${two(d.getUTCDate())}.${two(d.getUTCMonth() + 1)}.${d.getUTCFullYear()} ${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}.${us}`,
  ],
  [
    'dmy',
    6e7,
    (d) =>
      `${d.getUTCDate()}/${d.getUTCMonth() + 1}/${d.getUTCFullYear()} ${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`,
  ],
  [
    'mdy',
    1e6,
    (d) =>
      `${two(d.getUTCMonth() + 1)}/${two(d.getUTCDate())}/${d.getUTCFullYear()} ${d.getUTCHours() % 12 || 12}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())} ${d.getUTCHours() < 12 ? 'AM' : 'pm'}`,
  ],
  ['s', 1e6, (d) => String(Math.floor(d.getTime() / 1000))],
  ['s', 1, (d, us) => `${Math.floor(d.getTime() / 1000)}.${us}`],
  ['ms', 1e3, (d) => String(d.getTime())],
  ['us', 1, (d, us) => `${Math.floor(d.getTime() / 1000)}${us}`],
  ['ns', 1, (d, us) => `${Math.floor(d.getTime() / 1000)}${us}000`],
  ['excel', 1e3, (d) => String(d.getTime() / 86_400_000 + 25_569)],
]

describe('times', () => {
  it('written in any notation read back to what the notation keeps', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(1999, 0), max: Date.UTC(2090, 0) }),
        fc.nat({ max: 999 }),
        fc.constantFrom(...notations),
        (ms, fine, [format, keeps, write]) => {
          const us = `${String(ms % 1000).padStart(3, '0')}${String(fine).padStart(3, '0')}`
          const exact = ms * 1000 + fine
          expect(read(write(new Date(ms), us), format)).toBe(Math.floor(exact / keeps) * keeps)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('without a zone are of the zone told, with one of their own', () => {
    expect(read('2026-01-31 12:00:00', 'ymd', 'Europe/Berlin')).toBe(at('2026-01-31T11:00Z'))
    expect(read('2026-07-31 12:00:00', 'ymd', 'Europe/Berlin')).toBe(at('2026-07-31T10:00Z'))
    expect(read('2026-07-31 12:00:00', 'ymd', 'Asia/Shanghai')).toBe(at('2026-07-31T04:00Z'))
    expect(read('2026-07-31T12:00:00+05:30', 'ymd', 'Europe/Berlin')).toBe(at('2026-07-31T06:30Z'))
    expect(read('46000,5', 'excel', 'Europe/Berlin')).toBe(at('2025-12-09T11:00Z'))
  })

  it('that the clock skips are none', () => {
    const reader = new TimeReader('ymd', 'Europe/Berlin', { descending: false, inDoubt: new Map() })
    expect(reader.read('2026-03-29 02:30:00', '')).toBeNaN()
    expect(reader.problem).toBe('skipped')
    expect(reader.read('2026-03-29 03:00:00', '')).toBe(at('2026-03-29T01:00Z'))
    expect(reader.read('2026-03-29 01:59:59', '')).toBe(at('2026-03-29T00:59:59Z'))
  })

  it('of the hour that comes twice are the first pass, until the rows show the second', () => {
    const night = ['01:30', '02:00', '02:30', '02:59', '02:00', '02:30', '03:00', '02:10'].map(
      (time) => `2026-10-25 ${time}:00`,
    )
    const inDoubt = new Map<string, number>()
    const reader = new TimeReader('ymd', 'Europe/Berlin', { descending: false, inDoubt })
    const hours = night.map((text) => new Date(reader.read(text, '') / 1000).toISOString().slice(11, 16))
    expect(hours).toEqual(['23:30', '00:00', '00:30', '00:59', '01:00', '01:30', '02:00', '00:10'])
    // Another series begins anew.
    expect(reader.read('2026-10-25 02:00:00', 'other')).toBe(at('2026-10-25T00:00Z'))
  })

  it('of that hour are found in a file that has the newest first', () => {
    const reader = new TimeReader('ymd', 'Europe/Berlin', { descending: true, inDoubt: new Map() })
    const hours = ['03:00', '02:30', '02:00', '02:30', '02:00', '01:30'].map((time) =>
      new Date(reader.read(`2026-10-25 ${time}:00`, '') / 1000).toISOString().slice(11, 16),
    )
    expect(hours).toEqual(['02:00', '01:30', '01:00', '00:30', '00:00', '23:30'])
  })

  it('that cannot be are refused', () => {
    const refused = [
      '2026-02-30 00:00:00',
      '2026-13-01',
      '2026-01-01 25:00',
      '2026-01-01 12:60',
      '1969-12-31',
      'today',
      '',
    ]
    expect(refused.map((text) => read(text, 'ymd'))).toEqual(refused.map(() => Number.NaN))
    expect(read('1.1.2026 13:00 pm', 'dmy')).toBeNaN()
  })

  it('never are anything but a time or NaN', () => {
    const text = fc.string({ unit: fc.constantFrom(...'0123456789-/.: TZ+APM年月日,'), maxLength: 30 })
    fc.assert(
      fc.property(
        text,
        fc.constantFrom<TimeFormat>('ymd', 'dmy', 'mdy', 'excel', 's', 'ms', 'us', 'ns'),
        (given, format) => {
          const time = read(given, format, 'America/New_York')
          expect(Number.isNaN(time) || (Number.isInteger(time) && time >= 0)).toBe(true)
        },
      ),
    )
  })
})

describe('the notation of times', () => {
  it.each<[string[], TimeFormat]>([
    [['2026-01-02T03:04:05Z', '2026-01-02T03:04:06Z'], 'ymd'],
    [['2026/1/2 3:04', '2026/1/2 3:05'], 'ymd'],
    [['03.04.2026 05:06', '04.04.2026 05:06'], 'dmy'],
    [['13/01/2026 00:00', '14/01/2026 00:00'], 'dmy'],
    [['01/13/2026 00:00', '01/14/2026 00:00'], 'mdy'],
    [['01/02/2026', '01/03/2026', '01/04/2026'], 'mdy'],
    [['01/02/2026', '02/02/2026', '03/02/2026'], 'dmy'],
    [['1767225600', '1767225601'], 's'],
    [['1767225600000'], 'ms'],
    [['1767225600000000'], 'us'],
    [['1767225600000000000'], 'ns'],
    [['46023.5', '46023.75'], 'excel'],
    [['20260131', '20260201'], 'ymd'],
    [['20260131120000', '20260201120000'], 'ymd'],
  ])('of %j is found', (cells, format) => {
    expect(findTimeFormat(cells, 'column "t"')).toBe(format)
  })

  it('is asked for where day and month may be either', () => {
    expect(() => findTimeFormat(['01/02/2026 10:00', '01/02/2026 10:01'], 'column "t"')).toThrow(
      expect.objectContaining({ code: 'IW_CONNECT_IMPORT_PLAN', message: expect.stringContaining('--time-format') }),
    )
  })

  it('is none for numbers and words', () => {
    expect(findTimeFormat(['1', '2', '3'], 'x')).toBeUndefined()
    expect(findTimeFormat(['on', 'off'], 'x')).toBeUndefined()
  })

  it('with the newest row first is noticed', () => {
    expect(isDescending(['2026-01-02', '2026-01-01'], 'ymd')).toBe(true)
    expect(isDescending(['2026-01-01', '2026-01-02'], 'ymd')).toBe(false)
  })
})
