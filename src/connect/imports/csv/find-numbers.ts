import type { NumberStyle } from './numbers.ts'

const commaDecimal = /^[+-]?\d{1,3}(?:[.\u00a0\u202f ']\d{3})*,\d+$|^[+-]?\d+,\d+(?:[eE][+-]?\d+)?$/
const pointDecimal = /^[+-]?\d{1,3}(?:[,\u00a0\u202f ']\d{3})*\.\d+$|^[+-]?\d+\.\d+(?:[eE][+-]?\d+)?$/
const onlyGroups = /^[+-]?[1-9]\d{0,2}(?:([.,'\u00a0\u202f ])\d{3})+$/

/**
 * Finds how numbers are written, by those that leave no doubt: `1.234,5` and `1,5` have a decimal comma. `1,234` alone is a
 * group of thousands where other cells have a decimal point, and a decimal where the delimiter is no comma.
 */
export function findNumberStyle(
  cells: Iterable<string>,
  told: { decimal?: '.' | ',' | undefined; thousands?: NumberStyle['thousands'] | undefined },
): NumberStyle {
  const seen = { comma: 0, point: 0, groups: new Map<string, number>() }
  for (const cell of cells) {
    const group = onlyGroups.exec(cell)?.[1] ?? /^[+-]?\d{1,3}([.,'\u00a0\u202f ])\d{3}[.,\s'\u00a0]\d/.exec(cell)?.[1]
    if (group !== undefined) seen.groups.set(group, (seen.groups.get(group) ?? 0) + 1)
    if (onlyGroups.test(cell)) continue
    if (commaDecimal.test(cell)) seen.comma++
    if (pointDecimal.test(cell)) seen.point++
  }
  const decimal = told.decimal ?? decimalOf(seen)
  const thousands = told.thousands ?? groupsOf(seen.groups, decimal)
  return { decimal, thousands: thousands === decimal ? '' : thousands }
}

function decimalOf({
  comma,
  point,
  groups,
}: {
  comma: number
  point: number
  groups: ReadonlyMap<string, number>
}): '.' | ',' {
  if (comma !== point) return comma > point ? ',' : '.'
  // Nothing but `1,234`: three decimals are likelier than thousands without any decimal, where the comma is no delimiter.
  return comma === 0 && groups.has(',') && !groups.has('.') ? ',' : '.'
}

function groupsOf(groups: ReadonlyMap<string, number>, decimal: string): NumberStyle['thousands'] {
  for (const sign of ['.', ',', "'"] as const) if (sign !== decimal && groups.has(sign)) return sign
  return groups.has(' ') || groups.has('\u00a0') || groups.has('\u202f') ? ' ' : ''
}
