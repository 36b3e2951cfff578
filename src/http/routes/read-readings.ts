import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { IwError, type Microseconds } from '#kernel'
import type { Tag } from '#model'
import type { Series } from '#ports'
import { apiPrefix, readingPage } from '../contract.ts'
import { readCursor, writeCursor } from '../cursor.ts'
import { readingsAsCsv } from '../formats/readings-csv.ts'
import { readingsAsJson } from '../formats/readings-json.ts'
import { mediaTypes, sendSlices } from '../formats/send.ts'
import type { House } from '../house.ts'
import { momentText, resolveRange } from '../moment.ts'
import { route } from '../route.ts'
import { cursor, findProperty, propertyParams } from './fields.ts'

const mostRows = 100_000
const csv = {
  media: 'text/csv',
  description: 'time, thing, property, value, unit, quality; all rows of the range where no limit is given',
}

export const readReadings = route({
  method: 'GET',
  path: `${apiPrefix}/things/{thing}/properties/{property}/readings`,
  summary: 'Read what is stored of a property',
  description: 'The last hour where no range is given. Ask with `format=csv` or `Accept: text/csv` for a table.',
  right: 'reading.read',
  params: propertyParams,
  query: z.strictObject({
    from: momentText.optional(),
    to: momentText.optional(),
    order: z.enum(['asc', 'desc']).default('asc').describe('oldest or newest first'),
    limit: z.coerce.number().int().min(1).max(mostRows).optional().describe('rows on a page: 1,000, at most 100,000'),
    cursor,
    format: z.enum(['json', 'csv']).optional(),
  }),
  reply: readingPage,
  alternatives: [csv],
  async handle({ params, query, headers }, house, answer) {
    const { tag } = findProperty(house, params.thing, params.property)
    const descending = query.order === 'desc'
    const range = rangeOf(query, tag, house.clock.now())
    const asCsv = (query.format ?? (/\btext\/csv\b/.test(String(headers['accept'])) ? 'csv' : 'json')) === 'csv'
    if (asCsv) return sendCsv(house, tag, { ...range, descending }, query.limit ?? Number.POSITIVE_INFINITY, answer)
    return sendPage(house, tag, { ...range, descending }, query.limit ?? 1_000, answer)
  },
})

interface Range {
  readonly from: Microseconds
  readonly to: Microseconds
}

/** The range asked for, or what a cursor left of it. */
function rangeOf(query: Parameters<typeof resolveRange>[0] & { cursor?: string | undefined }, tag: Tag, now: number) {
  if (query.cursor === undefined) return resolveRange(query, now)
  const [id, from, to] = readCursor(query.cursor, 'readings')
  if (id !== tag.id || typeof from !== 'number' || typeof to !== 'number' || from < 0 || from > to)
    throw new IwError('IW_HTTP_CURSOR', 'This cursor belongs to another property')
  return { from, to }
}

async function sendPage(
  { historian }: House,
  tag: Tag,
  range: Range & { descending: boolean },
  limit: number,
  answer: FastifyReply,
) {
  const series = await historian.read({ tag: tag.id, ...range, limit })
  const rest = series.more && series.count > 0 ? { ...range, ...restOfRange(series, range.descending) } : undefined
  const next = rest && writeCursor('readings', tag.id, rest.from, rest.to)
  return sendSlices(answer, 'application/json; charset=utf-8', readingsAsJson(tag, [series], next))
}

/** What of a range comes after the last row of a page. */
function restOfRange(series: Series, descending: boolean): { from: Microseconds } | { to: Microseconds } {
  const last = series.time[series.count - 1]!
  return descending ? { to: last } : { from: last + 1 }
}

function sendCsv(
  { historian }: House,
  tag: Tag,
  range: Range & { descending: boolean },
  rows: number,
  answer: FastifyReply,
) {
  const slices = readingsAsCsv(historian, [tag], range, rows)
  return sendSlices(answer, mediaTypes.csv, slices, `${tag.thing}-${tag.property}.csv`)
}
