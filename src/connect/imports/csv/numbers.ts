/** How numbers are written. */
export interface NumberStyle {
  readonly decimal: '.' | ','
  /** Empty where there is none. */
  readonly thousands: '' | '.' | ',' | ' ' | "'"
}

const powersOfTen: readonly number[] = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))
const zero = 0x30
const minus = 0x2d
const plus = 0x2b

/**
 * The number in the bytes from `start` to `end`, undefined where it is none. Plain decimals of up to 15 digits are read
 * without making a text; one division by an exact power of ten rounds once, so correctly.
 */
export function parseNumber(bytes: Buffer, start: number, end: number, style: NumberStyle): number | undefined {
  const point = style.decimal.charCodeAt(0)
  const negative = bytes[start] === minus
  let at = negative || bytes[start] === plus ? start + 1 : start
  const first = at
  let mantissa = 0
  let digits = 0
  let pointAt = -1
  for (; at < end; at++) {
    const byte = bytes[at]!
    const digit = byte - zero
    if (digit >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit
      digits++
    } else if (byte === point && pointAt < 0) pointAt = at
    else return parseNumberText(bytes.toString('utf8', start, end), style)
  }
  if (digits === 0) return undefined
  if (digits > 15) return parseNumberText(bytes.toString('utf8', start, end), style)
  const decimals = pointAt < 0 ? 0 : end - pointAt - 1
  if (pointAt === first && decimals === 0) return undefined
  const value = decimals === 0 ? mantissa : mantissa / powersOfTen[decimals]!
  return negative ? -value : value
}

const plainNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const infinite = /^([+-]?)(?:inf|infinity|∞)$/i
const anySpace = /[\u0020\u00a0\u202f\u2009]/g

/** As `parseNumber`, of a text: also with thousands, exponents, a typographic minus, infinities. */
export function parseNumberText(given: string, { decimal, thousands }: NumberStyle): number | undefined {
  let text = given.trim().replace(/^[−–]/, '-')
  const endless = infinite.exec(text)
  if (endless) return endless[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  if (thousands !== '') {
    const ungrouped = withoutGroups(text, decimal, thousands)
    if (ungrouped === undefined) return undefined
    text = ungrouped
  }
  if (decimal === ',') {
    if (text.includes('.')) return undefined
    text = text.replace(',', '.')
  }
  if (!plainNumber.test(text)) return undefined
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}

/** Takes the separators out where they stand at every third digit before the decimal sign; undefined where they do not. */
function withoutGroups(text: string, decimal: string, thousands: string): string | undefined {
  const plain = thousands === ' ' ? text.replace(anySpace, ' ') : thousands === "'" ? text.replaceAll('’', "'") : text
  if (!plain.includes(thousands)) return plain
  const at = plain.indexOf(decimal)
  const whole = at < 0 ? plain : plain.slice(0, at)
  const [first = '', ...groups] = whole.split(thousands)
  const fits = /^[+-]?\d{1,3}$/.test(first) && groups.every((group) => /^\d{3}$/.test(group))
  return fits ? first + groups.join('') + (at < 0 ? '' : plain.slice(at)) : undefined
}

const int64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n }

/** A whole number of up to 64 bits; a number where that is exact. `21.0` is whole, `21.5` is not. */
export function parseInteger(
  bytes: Buffer,
  start: number,
  end: number,
  style: NumberStyle,
): number | bigint | undefined {
  const value = parseNumber(bytes, start, end, style)
  if (value === undefined || !Number.isInteger(value)) return undefined
  if (Math.abs(value) < 2 ** 53) return value
  const [whole = ''] = bytes.toString('utf8', start, end).split(style.decimal)
  const text = whole.replaceAll(/[^\d-]/g, '')
  if (/e/i.test(whole) || !/^-?\d+$/.test(text)) return undefined
  const integer = BigInt(text)
  if (integer < int64.min || integer > int64.max) return undefined
  return integer >= -(2n ** 53n) && integer <= 2n ** 53n ? Number(integer) : integer
}
