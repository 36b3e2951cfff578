import { IwError } from '#kernel'
import type { Tag, TagId, Value, ValueType } from '#model'
import type { Historian, Series } from '#ports'

/** The value of a row as rooms and surfaces speak of it; null where it has none. */
export function valueAt(series: Series, row: number, type: ValueType): Value {
  if (type === 'string') return series.text?.[row] ?? null
  const large = series.integer?.[row] ?? null
  if (large !== null) return large
  const number = series.value[row]!
  if (Number.isNaN(number)) return null
  return type === 'boolean' ? number !== 0 : number
}

/** Throws `IW_HISTORIAN_UNKNOWN_TAG`. */
export function knownTag(historian: Historian, id: TagId): Tag {
  const tag = historian.tag(id)
  if (!tag) throw new IwError('IW_HISTORIAN_UNKNOWN_TAG', `No tag has the id ${id}`)
  return tag
}
