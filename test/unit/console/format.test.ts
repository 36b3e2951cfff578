import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allUnits } from '#kernel'
import {
  formatAge,
  formatBounds,
  formatBytes,
  formatClock,
  formatDate,
  formatDayOfWeek,
  formatMoment,
  formatNumber,
  formatPeriod,
  formatShare,
  formatSpan,
  formatValue,
  formatValueWithUnit,
  localText,
} from '../../../console/lib/format.ts'
import { unitSymbol, unitSymbols } from '../../../console/lib/units.ts'

const words = { on: 'on', off: 'off' }
const at = Date.UTC(2026, 10, 24, 9, 5, 7) * 1000

describe('numbers', () => {
  it('are grouped, have a true minus and never more digits than the sensor resolves', () => {
    expect(formatNumber(61_204, 0)).toBe('61,204')
    expect(formatNumber(1234.56, 1)).toBe('1,234.6')
    expect(formatNumber(-7.1, 2)).toBe('−7.10')
    expect(formatNumber(-0.001, 1)).toBe('0.0')
  })

  it('keep integers whole and give other values about four digits where the resolution is not known', () => {
    expect(formatNumber(61_204)).toBe('61,204')
    expect(formatNumber(6.38)).toBe('6.380')
    expect(formatNumber(412.37)).toBe('412.4')
    expect(formatNumber(0.012_345_678)).toBe('0.01235')
  })

  it('say what is not a number', () => {
    expect(formatNumber(Number.NaN, 1)).toBe('—')
    expect(formatNumber(Number.NEGATIVE_INFINITY, 1)).toBe('−∞')
  })

  it('read back as the value they show, rounded', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e9, max: 1e9, noNaN: true }),
        fc.integer({ min: 0, max: 6 }),
        (value, decimals) => {
          const back = Number(formatNumber(value, decimals).replaceAll(',', '').replace('−', '-'))
          expect(Math.abs(back - value)).toBeLessThanOrEqual(0.5 * 10 ** -decimals + Math.abs(value) * 1e-12)
        },
      ),
    )
  })
})

describe('values', () => {
  it('show integers beyond 2^53 digit by digit', () => {
    expect(formatValue('9007199254740993', { type: 'integer' }, words)).toBe('9,007,199,254,740,993')
    expect(formatValue('-12345678901234567890', { type: 'integer' }, words)).toBe('−12,345,678,901,234,567,890')
  })

  it('show nothing as a dash without a unit', () => {
    expect(formatValueWithUnit(null, { type: 'number', unit: 'bar' }, words)).toBe('—')
  })

  it('have a space before the unit, which is what people read', () => {
    expect(formatValueWithUnit(6.38, { type: 'number', unit: 'bar', decimals: 2 }, words)).toBe('6.38 bar')
    expect(formatValueWithUnit(38.7, { type: 'number', unit: 'Cel', decimals: 1 }, words)).toBe('38.7 °C')
    expect(formatValueWithUnit(62, { type: 'number', unit: '%', decimals: 0 }, words)).toBe('62 %')
  })

  it('show booleans as words and texts as they are', () => {
    expect(formatValue(true, { type: 'boolean' }, words)).toBe('on')
    expect(formatValue('Loaded', { type: 'string' }, words)).toBe('Loaded')
  })
})

describe('units', () => {
  it('read like those of the server, every one of them', () => {
    for (const { code, symbol } of allUnits()) expect(unitSymbol(code), code).toBe(symbol)
    const codes = new Set([...allUnits()].map(({ code }) => code))
    expect(Object.keys(unitSymbols).filter((code) => !codes.has(code))).toEqual([])
  })
})

describe('times', () => {
  it('tell ages in one unit and never below zero', () => {
    expect(formatAge(0.4e6)).toBe('0.4 s')
    expect(formatAge(-5e6)).toBe('0.0 s')
    expect(formatAge(42e6)).toBe('42 s')
    expect(formatAge(11 * 60e6)).toBe('11 min')
    expect(formatAge(26 * 3600e6)).toBe('26 h')
    expect(formatAge(3 * 86_400e6)).toBe('3 d')
  })

  it('never show a greater age as a smaller one', () => {
    const inSeconds = (text: string) => {
      const [number, unit] = text.split(' ')
      return Number(number) * { s: 1, min: 60, h: 3600, d: 86_400 }[unit!]!
    }
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e13, noNaN: true }),
        fc.double({ min: 0, max: 1e13, noNaN: true }),
        (a, b) => {
          const [young, old] = a < b ? [a, b] : [b, a]
          expect(inSeconds(formatAge(young))).toBeLessThanOrEqual(inSeconds(formatAge(old)) + 0.05)
        },
      ),
    )
  })

  it('are told in the zone of the site', () => {
    expect(formatClock(at, 'UTC')).toBe('09:05')
    expect(formatClock(at, 'Asia/Shanghai', true)).toBe('17:05:07')
    expect(formatClock(Date.UTC(2026, 10, 24) * 1000, 'UTC')).toBe('00:00')
  })

  it('name days in both languages', () => {
    expect(formatDate(at, 'UTC', 'en')).toBe('24 November')
    expect(formatDate(at, 'UTC', 'zh')).toBe('11 月 24 日')
    expect(formatDayOfWeek(at, 'UTC', 'en')).toBe('Tuesday 24 November')
    expect(formatDayOfWeek(at, 'UTC', 'zh')).toBe('11 月 24 日星期二')
  })

  it('carry the date where it is not today, or where a period leaves the day', () => {
    expect(formatMoment(at, at + 3600e6, 'UTC', 'en')).toBe('09:05')
    expect(formatMoment(at, at + 86_400e6, 'UTC', 'en')).toBe('24 November 09:05')
    expect(formatPeriod(at, at + 3600e6, 'UTC', 'en')).toBe('24 November 09:05–10:05')
    expect(formatPeriod(at, at + 86_400e6, 'UTC', 'zh')).toBe('11 月 24 日 09:05 – 11 月 25 日 09:05')
  })
})

describe('other figures', () => {
  it('show bounds with the digits of the property', () => {
    expect(formatBounds(6.6, 7.4, 2)).toBe('6.60–7.40')
  })

  it('show shares and sizes with digits that matter', () => {
    expect(formatShare(0)).toBe('0 %')
    expect(formatShare(0.000_05)).toBe('< 0.01 %')
    expect(formatShare(0.0026)).toBe('0.26 %')
    expect(formatShare(0.146)).toBe('15 %')
    expect(formatBytes(412 * 2 ** 30)).toEqual(['412', 'GiB'])
    expect(formatBytes(3.25 * 2 ** 20)).toEqual(['3.3', 'MiB'])
    expect(formatBytes(17)).toEqual(['17', 'B'])
    expect(formatSpan(125)).toBe('2 min')
  })

  it('fall back to English where the Chinese is missing', () => {
    expect(localText({ en: 'Pump', zh: '水泵' }, 'zh')).toBe('水泵')
    expect(localText({ en: 'Pump' }, 'zh')).toBe('Pump')
    expect(localText(undefined, 'en')).toBe('')
  })
})
