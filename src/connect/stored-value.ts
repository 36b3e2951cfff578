import type { Value } from '#model'

/** A value as JSON text; integers beyond 2^53 keep every digit. */
export function encodeValue(value: Value): string {
  return JSON.stringify(typeof value === 'bigint' ? { integer: value.toString() } : value)
}

/** The value of `encodeValue`. */
export function decodeValue(text: string): Value {
  const value = JSON.parse(text) as Exclude<Value, bigint> | { integer: string }
  return typeof value === 'object' && value !== null ? BigInt(value.integer) : value
}
