import { qualityNames } from '#model/readings'
import type { HeadExtent, SqlPart } from './messages.ts'

/** Times that a query can be about, µs, both included. */
export interface Bounds {
  readonly from: number
  readonly to: number
}

/** The least and greatest time of the rows of a day in memory, by day since 1970. */
export type DayRanges = ReadonlyMap<number, Bounds>

/** A head segment in memory. */
export interface HeadTable extends HeadExtent {
  readonly days: DayRanges
  /** Whether a (tag, time) may be in it twice. */
  readonly repeats: boolean
}

/** A part that DuckDB can read: Parquet. */
export interface StoredPart extends SqlPart {
  /** What days its rows are of, where they may be few in a long time. */
  readonly days?: DayRanges
}

/** What the views are made over. */
export interface Stored {
  readonly bounds: Bounds
  /** Those within the bounds of the query. */
  readonly parts: readonly StoredPart[]
  /** Oldest first. */
  readonly head: readonly HeadTable[]
}

export const headTable = (segment: number): string => `head_${segment}`
export const tagTable = 'tag_table'

const rowColumns = 'tag, time, value, quality, arrived, text, integer'

/** The view `readings` over all rows, each (tag, time) once. */
export const readingsView = (stored: Stored): string => `
  SELECT t.thing, t.property, r.tag, ${instant('r.time')} AS time, r.value,
    ${qualityWord('r.quality')} AS quality, r.text, r.integer, ${instant('r.arrived')} AS arrived, t.unit
  FROM (${rowsOf(stored)}) r JOIN ${tagTable} t ON t.tag = r.tag`

/** The view `rollups` over the parts that hold them, whatever was merged since. */
export function rollupsView({ parts, bounds }: Stored): string {
  const levels = (['minute', 'hour'] as const).map((kind) => rollupRows(parts, kind, within(bounds)))
  return `
    SELECT t.thing, t.property, r.tag, r.level, ${instant('r.time')} AS time, r.min, r.max,
      r.sum / nullif(r.count, 0) AS mean, r.sum, r.count, r.first, r.last, ${qualityWord('r.worst')} AS worst
    FROM (${levels.join(' UNION ALL ')}) r JOIN ${tagTable} t ON t.tag = r.tag`
}

function rollupRows(parts: readonly SqlPart[], kind: 'minute' | 'hour', during: string): string {
  const level = kind === 'minute' ? '1m' : '1h'
  const paths = parts.filter((part) => part.kind === kind).map(({ path }) => path)
  if (paths.length > 0)
    return `SELECT tag, '${level}' AS level, time, min, max, sum, count, first, last, worst FROM ${parquet(paths)}
      WHERE ${during}`
  return `SELECT NULL::INTEGER AS tag, '${level}' AS level, NULL::TIMESTAMP AS time, NULL::DOUBLE AS min, NULL::DOUBLE AS max,
    NULL::DOUBLE AS sum, NULL::UINTEGER AS count, NULL::DOUBLE AS first, NULL::DOUBLE AS last, NULL::UTINYINT AS worst
    WHERE false`
}

/**
 * Rows of all sources; where one has newer rows of the same time and tag, those stand for its own. One join puts aside all
 * that is replaced: with a join for each source, late rows in a few dozen days would take all the memory there is.
 */
function rowsOf({ parts, head, bounds }: Stored): string {
  const during = within(bounds)
  const raw = parts.filter(({ kind }) => kind === 'raw')
  const newest = raw.reduce((most, { rank }) => Math.max(most, rank), 0)
  const newer = new Newer()
  const plain: string[] = []
  const covered = new Map<number, string[]>()
  for (const part of raw) {
    const over = newerParts(raw, part)
    const above = head.flatMap(({ days }, at) => (touches(days, part) ? [at] : []))
    for (const { rank, path } of over) newer.addPart(rank, path, part)
    for (const at of above) newer.addHead(newest + 1 + at, head[at]!, part)
    if (over.length + above.length === 0) plain.push(part.path)
    else covered.set(part.rank, [...(covered.get(part.rank) ?? []), part.path])
  }
  const branches = plain.length > 0 ? [rawRows(plain, during)] : []
  const replaced = Array.from(covered, ([rank, paths]) => ranked(rawRows(paths, during), rank))
  head.forEach((segment, at) => {
    const above = head.flatMap(({ days }, other) => (other > at && daysMeet(days, segment.days) ? [other] : []))
    for (const other of above) newer.addHead(newest + 1 + other, head[other]!, rangeOf(segment.days))
    const rows = headRows(segment, during)
    if (above.length > 0) replaced.push(ranked(rows, newest + 1 + at))
    else branches.push(rows)
  })
  if (replaced.length > 0)
    branches.push(`SELECT ${rowColumns} FROM (${replaced.join(' UNION ALL ')}) o
      ANTI JOIN (${newer.keys()}) n ON n.tag = o.tag AND n.time = o.time AND n.rank > o.rank`)
  return branches.length > 0 ? branches.join('\nUNION ALL ') : noRows
}

const ranked = (rows: string, rank: number): string => `SELECT *, ${rank} AS rank FROM (${rows})`

/** Tags and times of the rows that stand for older ones, as far as they can. */
class Newer {
  readonly #parts = new Map<number, { readonly paths: Set<string>; range: Range }>()
  readonly #heads = new Map<number, { readonly segment: HeadTable; range: Range }>()

  addPart(rank: number, path: string, older: Range): void {
    const known = this.#parts.get(rank)
    this.#parts.set(rank, { paths: new Set([...(known?.paths ?? []), path]), range: hull(known?.range, older) })
  }

  addHead(rank: number, segment: HeadTable, older: Range): void {
    this.#heads.set(rank, { segment, range: hull(this.#heads.get(rank)?.range, older) })
  }

  keys(): string {
    const parts = Array.from(this.#parts, ([rank, { paths, range }]) => keys(parquet([...paths]), rank, range))
    const heads = Array.from(
      this.#heads,
      ([rank, { segment, range }]) => `${keys(headTable(segment.segment), rank, range)} AND rowid < ${segment.rows}`,
    )
    return [...parts, ...heads].join(' UNION ALL ')
  }
}

type Range = Pick<SqlPart, 'minTime' | 'maxTime'>

const hull = (known: Range | undefined, { minTime, maxTime }: Range): Range => ({
  minTime: Math.min(known?.minTime ?? minTime, minTime),
  maxTime: Math.max(known?.maxTime ?? maxTime, maxTime),
})

const noRows = `SELECT NULL::INTEGER AS tag, NULL::TIMESTAMP AS time, NULL::DOUBLE AS value, NULL::UTINYINT AS quality,
  NULL::TIMESTAMP AS arrived, NULL::VARCHAR AS text, NULL::BIGINT AS integer WHERE false`

/** Arrival is stored only where it is not the time. */
const rawRows = (paths: readonly string[], during: string): string =>
  `SELECT tag, time, value, quality, coalesce(arrived, time) AS arrived, text, integer FROM ${parquet(paths)}
    WHERE ${during}`

/** The bounds as a condition, so that rows and row groups of other times are left out before anything is done with them. */
function within({ from, to }: Bounds): string {
  const sides = [
    ...(Number.isFinite(from) ? [`time >= ${timestamp(from)}`] : []),
    ...(Number.isFinite(to) ? [`time <= ${timestamp(to)}`] : []),
  ]
  return sides.length > 0 ? sides.join(' AND ') : 'true'
}

function headRows({ segment, rows, repeats }: HeadTable, during: string): string {
  const all = `SELECT tag, time, value, quality, NULL::TIMESTAMP AS arrived, text, integer
    FROM ${headTable(segment)} WHERE rowid < ${rows} AND ${during}`
  return repeats ? `${all} QUALIFY row_number() OVER (PARTITION BY tag, time ORDER BY rowid DESC) = 1` : all
}

const newerParts = (raw: readonly StoredPart[], part: StoredPart): readonly StoredPart[] =>
  raw.filter(
    (other) =>
      other.rank > part.rank &&
      other.minTime <= part.maxTime &&
      other.maxTime >= part.minTime &&
      other.minTag <= part.maxTag &&
      other.maxTag >= part.minTag &&
      (!other.days || touches(other.days, part)) &&
      (!part.days || touches(part.days, other)),
  )

const keys = (from: string, rank: number, { minTime, maxTime }: Range): string =>
  `SELECT tag, time, ${rank} AS rank FROM ${from} WHERE time BETWEEN ${timestamp(minTime)} AND ${timestamp(maxTime)}`

/** Whether rows of these days lie between the first and last of a part. */
function touches(days: DayRanges, { minTime, maxTime }: SqlPart): boolean {
  for (const { from, to } of days.values()) if (from <= maxTime && to >= minTime) return true
  return false
}

function daysMeet(some: DayRanges, others: DayRanges): boolean {
  for (const [day, { from, to }] of some) {
    const other = others.get(day)
    if (other && other.from <= to && other.to >= from) return true
  }
  return false
}

function rangeOf(days: DayRanges): { minTime: number; maxTime: number } {
  let minTime = Number.POSITIVE_INFINITY
  let maxTime = Number.NEGATIVE_INFINITY
  for (const { from, to } of days.values()) {
    minTime = Math.min(minTime, from)
    maxTime = Math.max(maxTime, to)
  }
  return { minTime, maxTime }
}

const parquet = (paths: readonly string[]): string => `read_parquet([${paths.map(literal).join(', ')}])`

/** A TIMESTAMP of UTC as TIMESTAMPTZ: 15 times cheaper than a cast, which asks the calendar of the zone. */
const instant = (column: string): string => `make_timestamptz(epoch_us(${column}))`

/** A text in SQL. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** µs since 1970 in SQL, exact. */
const timestamp = (us: number): string => `make_timestamp(${BigInt(Math.trunc(us))})`

const qualityWord = (column: string): string =>
  `CASE ${column} ${qualityNames.map((name, code) => `WHEN ${code} THEN '${name}'`).join(' ')} ELSE 'comm_error' END`
