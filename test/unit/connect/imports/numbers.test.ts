import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findNumberStyle } from '../../../../src/connect/imports/csv/find-numbers.ts'
import { type NumberStyle, parseInteger, parseNumber } from '../../../../src/connect/imports/csv/numbers.ts'

const styles: readonly NumberStyle[] = [
  { decimal: '.', thousands: '' },
  { decimal: ',', thousands: '' },
  { decimal: '.', thousands: ',' },
  { decimal: ',', thousands: '.' },
  { decimal: ',', thousands: ' ' },
  { decimal: '.', thousands: "'" },
]

const numberOf = (text: string, style: NumberStyle) => {
  const bytes = Buffer.from(`x${text}x`)
  return parseNumber(bytes, 1, bytes.length - 1, style)
}

const integerOf = (text: string, style: NumberStyle = styles[0]!) => {
  const bytes = Buffer.from(text)
  return parseInteger(bytes, 0, bytes.length, style)
}

/** A decimal text in a style. */
function written(text: string, { decimal, thousands }: NumberStyle): string {
  const [, sign, whole, rest = ''] = /^(-?)(\d+)(.*)$/.exec(text)!
  return sign! + whole!.replace(/\B(?=(\d{3})+$)/g, thousands) + rest.replace('.', decimal)
}

describe('numbers', () => {
  it('written in any style read back to the last bit', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(...styles), (value, style) => {
        expect(numberOf(written(String(value), style), style)).toBe(value === 0 ? 0 : value)
      }),
    )
    fc.assert(
      fc.property(fc.integer(), fc.nat({ max: 6 }), fc.constantFrom(...styles), (digits, places, style) => {
        const value = Number((digits / 10 ** places).toFixed(places))
        expect(numberOf(written(value.toFixed(places), style), style)).toBe(value === 0 ? Math.abs(value) : value)
      }),
    )
  })

  it('may have a sign, an exponent, a bare decimal sign, a typographic minus', () => {
    expect(['+1,5', '-,5', '1,', '1E3', '−2,5'].map((text) => numberOf(text, styles[1]!))).toEqual([
      1.5, -0.5, 1, 1000, -2.5,
    ])
    expect(numberOf('-Inf', styles[0]!)).toBe(Number.NEGATIVE_INFINITY)
  })

  it('are refused where the style does not have them', () => {
    const refused = ['', '-', '.', '1,5', '1.2.3', '12 3', '0x10', '1e', 'abc', '1_000', '--1']
    expect(refused.map((text) => numberOf(text, styles[0]!))).toEqual(refused.map(() => undefined))
    // A group of thousands has three digits.
    expect(['1.23,5', '12.34', '.123', '1234.567'].map((text) => numberOf(text, styles[3]!))).toEqual(
      Array(4).fill(undefined),
    )
  })

  it('that are whole keep every digit of 64 bits', () => {
    expect(integerOf('9223372036854775807')).toBe(9223372036854775807n)
    expect(integerOf('-9007199254740993')).toBe(-9007199254740993n)
    expect(integerOf('9007199254740993.0')).toBe(9007199254740993n)
    expect(integerOf('21.0')).toBe(21)
    expect(['21.5', '9223372036854775808', '1e300', ''].map((text) => integerOf(text))).toEqual(
      Array(4).fill(undefined),
    )
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        expect(BigInt(integerOf(String(value))!)).toBe(value)
      }),
    )
  })
})

describe('the style of numbers', () => {
  it.each([
    [['1,5', '20,25', '7'], { decimal: ',', thousands: '' }],
    [['1.5', '20.25', '7'], { decimal: '.', thousands: '' }],
    [['1.234,5', '12,25', '1.234.567'], { decimal: ',', thousands: '.' }],
    [['1,234.5', '12.25'], { decimal: '.', thousands: ',' }],
    [["1'234.50", '3.5'], { decimal: '.', thousands: "'" }],
    [['1 234,5', '3,5'], { decimal: ',', thousands: ' ' }],
    [['1.234', '2.5'], { decimal: '.', thousands: '' }],
    [['0,125', '1,234'], { decimal: ',', thousands: '' }],
    [['12', '13'], { decimal: '.', thousands: '' }],
  ])('of %j is found', (cells, style) => {
    expect(findNumberStyle(cells, {})).toEqual(style)
  })

  it('is what is told', () => {
    expect(findNumberStyle(['1.234'], { decimal: ',' })).toEqual({ decimal: ',', thousands: '.' })
  })
})
