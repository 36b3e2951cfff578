import { z } from 'zod'
import { aggregatePage, apiPrefix } from '../contract.ts'
import { aggregatesAsJson, aggregateTable, type TagAggregates } from '../formats/aggregates.ts'
import { sendSlices, sendTable, tableFormats, tableMedia } from '../formats/send.ts'
import { sendTableAsParquet } from '../formats/table-parquet.ts'
import { route } from '../route.ts'
import { chosenTags, fileNameFor, refuseText, tagFields } from './chosen-tags.ts'
import { rangeFields, refuseLarge, stepField, stepped, zoneField } from './stepped.ts'

export const getAggregate = route({
  method: 'GET',
  path: `${apiPrefix}/readings/aggregate`,
  summary: 'Summarize numeric properties by steps of any calendar',
  description:
    'Whole steps that cover the range: the first may begin before `from`, the last end after `to`. With `interpolation` also the mean over time: `previous` holds a value until the next, `linear` draws a line. Only buckets that have something to say are given.',
  right: 'reading.read',
  query: z.strictObject({
    ...tagFields,
    ...rangeFields,
    step: stepField,
    zone: zoneField,
    interpolation: z.enum(['previous', 'linear']).optional(),
    format: z.enum(['json', ...tableFormats]).default('json'),
  }),
  reply: aggregatePage,
  alternatives: tableMedia('time, end, thing, property, the figures, count, quality, unit'),
  async handle({ query }, house, answer) {
    const tags = chosenTags(house, query)
    refuseText(tags, 'figures')
    const { edges, about } = stepped(query, house)
    const { interpolation, format } = query
    async function* series(): AsyncGenerator<TagAggregates> {
      for (const tag of tags) {
        const asked = { tag: tag.id, edges, ...(interpolation && { timeWeighted: interpolation }) }
        yield { tag, edges, of: await house.historian.aggregate(asked) }
      }
    }
    if (format === 'json' || format === 'parquet') refuseLarge(edges.length - 1, tags.length)
    if (format === 'json') {
      const all: TagAggregates[] = []
      for await (const one of series()) all.push(one)
      const head = { ...about, ...(interpolation && { interpolation }) }
      return sendSlices(answer, 'application/json; charset=utf-8', aggregatesAsJson(head, all))
    }
    const table = aggregateTable(tags, series(), interpolation !== undefined)
    const name = fileNameFor(tags, query.step)
    if (format === 'parquet') return await sendTableAsParquet(house, answer, table, name)
    return sendTable(answer, table, format, name)
  },
})
