import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allUnits, convertUnit, findUnit, isIwError } from '#kernel'

describe('units', () => {
  it.each([
    [100, 'Cel', 'K', 373.15],
    [212, '[degF]', 'Cel', 100],
    [7, 'bar', 'kPa', 700],
    [1, 'kW.h', 'J', 3.6e6],
    [60, 'L/min', 'm3/h', 3.6],
    [1500, '{rpm}/min', 'Hz', 25],
  ])('converts %d %s to %s', (value, from, to, expected) => {
    expect(convertUnit(value, from, to)).toBeCloseTo(expected, 9)
  })

  it('refuses an unknown code and another dimension, with a code', () => {
    for (const [from, to] of [
      ['furlong', 'm'],
      ['bar', 'Cel'],
    ] as const) {
      try {
        convertUnit(1, from, to)
        expect.unreachable()
      } catch (error) {
        expect(isIwError(error, 'IW_KERNEL_UNIT')).toBe(true)
      }
    }
  })

  it('comes back to the same value from every other unit of the dimension', () => {
    const units = [...allUnits()]
    fc.assert(
      fc.property(
        fc.constantFrom(...units),
        fc.constantFrom(...units),
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        (a, b, value) => {
          fc.pre(a.dimension === b.dimension)
          const back = convertUnit(convertUnit(value, a.code, b.code), b.code, a.code)
          // An offset of some hundred kelvin costs digits where the factor is small.
          expect(Math.abs(back - value)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(value), a.offset / a.factor))
        },
      ),
    )
  })

  it('knows each code once', () => {
    const codes = [...allUnits()].map(({ code }) => code)
    expect(new Set(codes).size).toBe(codes.length)
    expect(findUnit('m3/h')?.symbol).toBe('m³/h')
  })
})
