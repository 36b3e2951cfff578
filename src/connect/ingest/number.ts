import { latestTime } from '#kernel'

/** 10^0 to 10^22: those that a double holds exactly. */
export const powersOfTen: readonly number[] = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))

/** A decimal with at most this many digits is exact in a double; divided by an exact power of ten it is rounded once, so correctly. */
export const exactDigits = 15

const float = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

/** The double nearest to a decimal, for those the parser does not read itself; undefined where it is none or is not finite. */
export function parseFloatText(text: string): number | undefined {
  if (!float.test(text)) return undefined
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}

const int64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n }

/** An integer of up to 64 bits with sign; a number where that is exact. Undefined beyond, also for unsigned ones. */
export function parseIntegerText(text: string): number | bigint | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined
  const integer = BigInt(text.startsWith('+') ? text.slice(1) : text)
  if (integer < int64.min || integer > int64.max) return undefined
  return integer >= -(2n ** 53n) && integer <= 2n ** 53n ? Number(integer) : integer
}

export type Precision = 'ns' | 'us' | 'ms' | 's' | 'm' | 'h'

/** Of nanoseconds only in name: `parseTime` rounds them. */
export const microsecondsPer: Readonly<Record<Precision, number>> = {
  ns: 0.001,
  us: 1,
  ms: 1e3,
  s: 1e6,
  m: 60e6,
  h: 3600e6,
}

/**
 * Reads the digits from `start` to `end` as a time in µs; -1 where it is no time we can keep. Nanoseconds are rounded to the
 * nearest microsecond, halves up: a double counts them exactly only to 16 digits, so the last three are read apart.
 */
export function parseTime(body: Uint8Array, start: number, end: number, precision: Precision): number {
  if (start >= end || end - start > 22) return -1
  const wholeEnd = precision === 'ns' ? end - 3 : end
  let time = digits(body, start, wholeEnd)
  if (precision !== 'ns') time *= microsecondsPer[precision]
  else if (digits(body, Math.max(start, wholeEnd), end) >= 500) time++
  return time <= latestTime ? time : -1
}

function digits(body: Uint8Array, start: number, end: number): number {
  let value = 0
  for (let i = start; i < end; i++) value = value * 10 + (body[i]! - 0x30)
  return value
}
