import type { Microseconds } from '#kernel'
import type { Tag } from '#model'
import { isoTime } from './iso-time.ts'

interface Range {
  readonly from: Microseconds
  readonly to: Microseconds
}

/**
 * The columns of readings in every file that we write, in their order. A zero has no sign: a dictionary of DuckDB's holds
 * one zero, with the sign of the first.
 */
export const readingColumns =
  'time, thing, property, CASE WHEN value = 0 THEN 0.0 ELSE value END AS value, quality, text, integer, unit'

/** The question whose answer is `longTable`: for the files that the SQL engine writes itself. */
export function longSql(tags: readonly Tag[], range: Range): string {
  return `SELECT ${readingColumns} FROM readings WHERE ${chosenRows(tags, range)} ORDER BY tag, time`
}

const columnOf = { number: 'value', integer: 'coalesce(integer, CAST(value AS BIGINT))', string: 'text' } as const

/** The question whose answer is `wideTable`. */
export function wideSql(tags: readonly Tag[], range: Range): string {
  const columns = tags.map(({ id, thing, property, type }) => {
    const value = type === 'boolean' ? 'value <> 0' : columnOf[type]
    return `max(CASE WHEN tag = ${id} THEN ${value} END) AS ${quotedName(`${thing}/${property}`)}`
  })
  return `SELECT time, ${columns.join(', ')} FROM readings WHERE ${chosenRows(tags, range)} GROUP BY time ORDER BY time`
}

const chosenRows = (tags: readonly Tag[], { from, to }: Range) =>
  `tag IN (${tags.map(({ id }) => id).join(', ')}) AND time >= ${sqlTime(from)} AND time < ${sqlTime(to)}`

/** A point in time as SQL writes it. */
export const sqlTime = (time: Microseconds): string => `TIMESTAMPTZ '${isoTime(time)}'`

const quotedName = (name: string) => `"${name.replaceAll('"', '""')}"`
