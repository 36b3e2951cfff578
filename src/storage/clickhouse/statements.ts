import { IwError, latestTime, type Microseconds } from '#kernel'
import type { TagId } from '#model'
import type { Interpolation } from '#ports'

/** The SELECTs over readings. Everything put into one is a number checked here; `FORMAT` is added by the link. */

const columns = 'toFloat64(toUnixTimestamp64Micro(time)) AS t, value, quality, text, integer'

export interface RowsAsked {
  readonly tag: TagId
  /** µs, inclusive; and exclusive. Infinities are permitted. */
  readonly from: Microseconds
  readonly to: Microseconds
  readonly descending?: boolean
  readonly limit?: number
}

/** Rows of a tag in order of time, each time once: time as a number of µs, value, quality, text, integer. */
export function selectRows(database: string, { tag, from, to, descending, limit }: RowsAsked): string {
  const order = descending ? 'DESC' : 'ASC'
  const most = limit === undefined ? '' : ` LIMIT ${integer(limit)}`
  return `SELECT ${columns} FROM ${table(database)} FINAL WHERE ${inRange(tag, from, to)} ORDER BY time ${order}${most}`
}

export interface BucketsAsked {
  readonly tag: TagId
  readonly edges: Float64Array
  readonly timeWeighted?: Interpolation
}

/**
 * One row for each bucket with rows: its beginning in µs, min, max, sum, first, last, time of first and last, count of usable
 * values; worst quality, count of all rows. Where the mean over time is asked for also: time and value of the first and
 * of the last row (NaN where it has none), and value·seconds and µs covered between them. Where no value is usable, min
 * to last time say nothing.
 */
export function selectBuckets(database: string, { tag, edges, timeWeighted }: BucketsAsked): string {
  const rows =
    'SELECT toUnixTimestamp64Micro(time) AS t, quality, ifNull(toFloat64(integer), value) AS v, isFinite(v) AS u, ' +
    `${bucketOf(edges)} AS b FROM ${table(database)} FINAL WHERE ${inRange(tag, edges[0]!, edges.at(-1)!)}`
  const sums =
    'toFloat64(b), minIf(v, u), maxIf(v, u), sumIf(v, u), argMinIf(v, t, u), argMaxIf(v, t, u), ' +
    'toFloat64(minIf(t, u)), toFloat64(maxIf(t, u)), toUInt32(countIf(u)), max(quality), toUInt32(count())'
  if (!timeWeighted) return `SELECT ${sums} FROM (${rows}) GROUP BY b ORDER BY b`
  const stretch = timeWeighted === 'linear' ? '(v + if(isFinite(v2), v2, v)) / 2' : 'v'
  const next =
    'SELECT t, quality, v, u, b, leadInFrame(t, 1, t) OVER w AS t2, leadInFrame(v, 1, v) OVER w AS v2 ' +
    `FROM (${rows}) WINDOW w AS (PARTITION BY b ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)`
  const weights =
    'toFloat64(min(t)), argMin(v, t), toFloat64(max(t)), argMax(v, t), ' +
    `sumIf(${stretch} * ((t2 - t) / 1e6), u), toFloat64(sumIf(t2 - t, u))`
  return `SELECT ${sums}, ${weights} FROM (${next}) GROUP BY b ORDER BY b`
}

/** The beginning of the bucket that `t` lies in. Times are whole µs: an edge between two of them begins at the later. */
function bucketOf(edges: Float64Array): string {
  const whole = edges.map(Math.ceil)
  const first = whole[0]!
  if (whole.length === 2) return `toInt64(${integer(first)})`
  const step = whole[1]! - first
  if (step > 0 && whole.every((edge, i) => edge === first + i * step))
    return `toInt64(${integer(first)}) + intDiv(t - ${integer(first)}, ${integer(step)}) * ${integer(step)}`
  const starts = new Set(whole.subarray(0, -1))
  return `roundDown(t, [${Array.from(starts, (start) => `toInt64(${integer(start)})`).join(',')}])`
}

/** What came after insert `seq`, in the order in which it came. */
export const selectSince = (database: string, seq: bigint): string =>
  `SELECT tag, ${columns}, toFloat64(toUnixTimestamp64Micro(arrived)) FROM ${table(database)} ` +
  `WHERE seq > ${seq} ORDER BY seq, arrived, time`

const table = (database: string): string => `\`${database}\`.readings`

function inRange(tag: TagId, from: Microseconds, to: Microseconds): string {
  const begin = Math.min(Math.max(0, Math.ceil(from)), latestTime + 2)
  const end = Math.min(Math.max(0, Math.ceil(to)), latestTime + 2)
  return `tag = ${integer(tag)} AND time >= ${moment(begin)} AND time < ${moment(end)}`
}

const moment = (us: Microseconds): string => `fromUnixTimestamp64Micro(${us}, 'UTC')`

/** A number as SQL has it. Throws `IW_HISTORIAN_RANGE` for what is not whole. */
function integer(value: number): string {
  if (!Number.isInteger(value) || Math.abs(value) > latestTime + 2)
    throw new IwError('IW_HISTORIAN_RANGE', `${value} is no whole number of µs`)
  return String(value)
}
