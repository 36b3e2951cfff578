import { z } from 'zod'
import { alignTags } from '#historian'
import { alignedPage, apiPrefix } from '../contract.ts'
import { alignedTable } from '../formats/aligned-table.ts'
import type { ColumnBatch } from '../formats/columns.ts'
import { goneSignal, sendSlices, sendTable, tableFormats, tableMedia } from '../formats/send.ts'
import { sendTableAsParquet } from '../formats/table-parquet.ts'
import { sideBySideAsJson } from '../formats/wide-json.ts'
import { route } from '../route.ts'
import { chosenTags, fileNameFor, tagFields } from './chosen-tags.ts'
import { rangeFields, refuseLarge, stepField, stepped, zoneField } from './stepped.ts'

export const getAligned = route({
  method: 'GET',
  path: `${apiPrefix}/readings/aligned`,
  summary: 'Put several properties on the same points in time',
  description:
    'A point at the beginning of every step. `none`: the newest reading within the step; `previous`: the value that held at the point; `linear`: a straight line between the readings around it, for numbers.',
  right: 'reading.read',
  query: z.strictObject({
    ...tagFields,
    ...rangeFields,
    step: stepField,
    zone: zoneField,
    interpolation: z.enum(['none', 'previous', 'linear']).default('previous'),
    format: z.enum(['json', ...tableFormats]).default('json'),
  }),
  reply: alignedPage,
  alternatives: tableMedia('time, then a column for each property'),
  async handle({ query }, house, answer) {
    const tags = chosenTags(house, query)
    const { edges, about } = stepped(query, house)
    const { interpolation, format } = query
    if (format === 'json' || format === 'parquet') refuseLarge(edges.length - 1, tags.length)
    const asked = { tags: tags.map(({ id }) => id), edges, interpolation, signal: goneSignal(answer) }
    const table = alignedTable(tags, alignTags(house.historian, asked))
    const name = fileNameFor(tags, `every-${query.step}`)
    if (format === 'parquet') return await sendTableAsParquet(house, answer, table, name)
    if (format !== 'json') return sendTable(answer, table, format, name)
    const batches: ColumnBatch[] = []
    for await (const batch of table.batches) batches.push(batch)
    const { step, zone } = about
    const slices = sideBySideAsJson({ step, zone, interpolation }, tags, table.columns, batches)
    return sendSlices(answer, 'application/json; charset=utf-8', slices)
  },
})
