/**
 * Values as both engines store them alike: booleans as 0 and 1, 64-bit integers as text. Dates and objects are refused, so
 * that what a room writes on SQLite is what it would write on PostgreSQL.
 */
export function storedValue(value: unknown): StoredValue {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'bigint') return value.toString()
  if (value === null || typeof value === 'string' || typeof value === 'number' || value instanceof Uint8Array)
    return value
  if (value === undefined) return null
  throw new TypeError(`a ${value.constructor?.name ?? typeof value} cannot be stored: make it a text or a number`)
}

export type StoredValue = string | number | null | Uint8Array
