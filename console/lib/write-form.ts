import type { PropertyView, Value } from './contract.ts'

type Writable = Pick<PropertyView, 'type' | 'write' | 'enum' | 'decimals'>

export type Wish =
  | { readonly ok: true; readonly value: Exclude<Value, null> }
  | { readonly ok: false; readonly reason: 'missing' | 'number' | 'integer' | 'below' | 'above' | 'step' }

/**
 * What a person typed, as a value that may be asked for. The rules of the property are checked here to save a way; the
 * instance checks them again, against a fresh reading.
 */
export function parseWish(text: string, property: Writable, present: Value | undefined): Wish {
  const typed = text.trim()
  if (typed === '') return { ok: false, reason: 'missing' }
  if (property.type === 'string') return { ok: true, value: typed }
  if (property.type === 'boolean') return { ok: true, value: typed === 'true' }
  const number = Number(typed.replace('−', '-').replace(/^(-?\d+),(\d+)$/, '$1.$2'))
  if (!Number.isFinite(number)) return { ok: false, reason: 'number' }
  if (property.type === 'integer' && !Number.isInteger(number)) return { ok: false, reason: 'integer' }
  const { min, max, maxStep } = property.write ?? {}
  if (min !== undefined && number < min) return { ok: false, reason: 'below' }
  if (max !== undefined && number > max) return { ok: false, reason: 'above' }
  const step = typeof present === 'number' ? Math.abs(number - present) : 0
  // The allowance is for binary fractions: 7.1 − 6.9 is a little more than 0.2.
  if (maxStep !== undefined && step > maxStep * (1 + 1e-6)) return { ok: false, reason: 'step' }
  return { ok: true, value: number }
}

/** The choices of a property that is not typed but chosen; undefined for numbers and free texts. */
export function choicesOf(property: Writable): readonly string[] | undefined {
  if (property.type === 'boolean') return ['true', 'false']
  if (property.type === 'string') return property.write?.options ?? property.enum
  return undefined
}
