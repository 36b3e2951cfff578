import type { ValueType } from '#model'
import { type NumberStyle, parseNumberText } from './numbers.ts'
import { isNoValue, isTruthWord } from './words.ts'

/** What kinds of values a column showed. */
export interface SeenValues {
  values: number
  numbers: number
  truths: number
  /** Whole numbers that a double does not hold exactly. */
  large: number
}

export const noneSeen = (): SeenValues => ({ values: 0, numbers: 0, truths: 0, large: 0 })

export function addSeen(seen: SeenValues, text: string, style: NumberStyle): void {
  if (text === '' || isNoValue(text)) return
  seen.values++
  const value = parseNumberText(text, style)
  if (value !== undefined) seen.numbers++
  if (value !== undefined && Math.abs(value) > Number.MAX_SAFE_INTEGER && /^[+-]?\d{16,19}$/.test(text)) seen.large++
  if (isTruthWord(text)) seen.truths++
}

/** A few words among numbers are disturbances: such rows are rejected, the column stays one of numbers. */
const usualShare = 0.9

/** The type that fits; undefined where no value was seen. */
export function typeOfSeen({ values, numbers, truths, large }: SeenValues): ValueType | undefined {
  if (values === 0) return undefined
  if (numbers >= values * usualShare) return large > 0 && numbers === values ? 'integer' : 'number'
  if (truths === values) return 'boolean'
  return 'string'
}
