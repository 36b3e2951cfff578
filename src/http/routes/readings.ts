import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { IwError, type Microseconds } from '#kernel'
import type { Tag } from '#model'
import type { Series } from '#ports'
import { apiPrefix, readingsAnswer } from '../contract.ts'
import type { Table } from '../formats/columns.ts'
import { sendParquet } from '../formats/parquet.ts'
import { readingsAsCsv } from '../formats/readings-csv.ts'
import { seriesAsJson } from '../formats/readings-json.ts'
import { longSql, wideSql } from '../formats/readings-sql.ts'
import { longTable, wideTable } from '../formats/readings-table.ts'
import { fileNameOf, mediaTypes, sendSlices, sendTable, tableFormats, tableMedia } from '../formats/send.ts'
import { sideBySideAsJson } from '../formats/wide-json.ts'
import type { House } from '../house.ts'
import { momentText, resolveRange } from '../moment.ts'
import { route } from '../route.ts'
import { chosenTags, fileNameFor, tagFields } from './chosen-tags.ts'

/** Rows of a JSON answer: what a page can hold. Files have no limit. */
const mostJsonRows = 1_000_000

export const getReadings = route({
  method: 'GET',
  path: `${apiPrefix}/readings`,
  summary: 'Read what is stored of several properties',
  description:
    'The last hour where no range is given. JSON holds a million rows at most; the files have no limit and are sent while they are read. Wide: a row for every time, a column for each property, without qualities.',
  right: 'reading.read',
  query: z.strictObject({
    ...tagFields,
    from: momentText.optional(),
    to: momentText.optional(),
    format: z.enum(['json', ...tableFormats]).default('json'),
    layout: z.enum(['long', 'wide']).default('long').describe('one below the other, or side by side'),
  }),
  reply: readingsAnswer,
  alternatives: tableMedia('long: time, thing, property, value, unit, quality; wide: time, then a column for each'),
  async handle({ query }, house, answer) {
    const tags = chosenTags(house, query)
    const range = resolveRange(query, house.clock.now())
    const { format, layout } = query
    const name = fileNameFor(tags, 'readings')
    if (format === 'parquet') {
      const sql = layout === 'wide' ? wideSql(tags, range) : longSql(tags, range)
      return await sendParquet(house, answer, { sql }, name)
    }
    const { historian } = house
    if (layout === 'wide') {
      const table = wideTable(historian, tags, range)
      return format === 'json' ? await sendWide(answer, tags, table) : sendTable(answer, table, format, name)
    }
    if (format === 'json') return await sendLong(house, answer, tags, range)
    if (format === 'csv')
      return sendSlices(answer, mediaTypes.csv, readingsAsCsv(historian, tags, range), fileNameOf(name, 'csv'))
    return sendTable(answer, longTable(historian, tags, range), format, name)
  },
})

const json = 'application/json; charset=utf-8'

/** Everything is read before the first byte is sent: an answer that is too large is refused as a whole. */
async function sendLong(
  { historian }: House,
  answer: FastifyReply,
  tags: readonly Tag[],
  range: { from: Microseconds; to: Microseconds },
) {
  let rows = 0
  const all: { tag: Tag; slices: Series[] }[] = []
  for (const tag of tags) {
    const slices: Series[] = []
    for await (const series of historian.scan({ tag: tag.id, ...range })) {
      rows += series.count
      refuseTooMany(rows)
      slices.push(series)
    }
    all.push({ tag, slices })
  }
  return sendSlices(answer, json, seriesAsJson(range, all))
}

async function sendWide(answer: FastifyReply, tags: readonly Tag[], { columns, batches }: Table) {
  let cells = 0
  const kept = []
  for await (const batch of batches) {
    cells += batch.count * tags.length
    refuseTooMany(cells)
    kept.push(batch)
  }
  return sendSlices(answer, json, sideBySideAsJson({}, tags, columns, kept))
}

function refuseTooMany(rows: number): void {
  if (rows > mostJsonRows)
    throw new IwError('IW_HISTORIAN_TOO_MUCH', `More than ${mostJsonRows} values: ask for a file or a shorter range`)
}
