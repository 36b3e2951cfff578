import { z } from 'zod'
import { IwError } from '#kernel'
import type { Tag } from '#model'
import { apiPrefix, lastReadings } from '../contract.ts'
import { sendSlices } from '../formats/send.ts'
import type { House } from '../house.ts'
import { route } from '../route.ts'
import { lastReadingsAsJson } from '../views/last-json.ts'
import { findTag, findThing, list, tagList } from './fields.ts'

const mostTags = 20_000

export const getLastReadings = route({
  method: 'GET',
  path: `${apiPrefix}/readings/last`,
  summary: 'Read the newest values of many properties at once',
  description: 'Tags without a reading are left out. `tags=all` is every property there ever was, 20,000 at most.',
  right: 'reading.read',
  query: z.strictObject({
    tags: z
      .union([z.literal('all'), tagList(mostTags)])
      .optional()
      .describe('ids of tags: `1,2,3`, or `all`'),
    things: list(1_000).optional().describe('ids of things, each with all its properties: `a,b`'),
  }),
  reply: lastReadings,
  handle({ query }, house, answer) {
    const tags = wanted(house, query)
    if (tags.length > mostTags) throw new IwError('IW_HTTP_TOO_LARGE', `${tags.length} tags in one request`)
    return sendSlices(answer, 'application/json; charset=utf-8', lastReadingsAsJson(house, tags))
  },
})

function wanted(
  house: House,
  { tags, things }: { tags?: 'all' | readonly number[] | undefined; things?: readonly string[] | undefined },
): readonly Tag[] {
  if ((tags === undefined) === (things === undefined))
    throw new IwError('IW_HTTP_BAD_REQUEST', 'Give either tags or things')
  if (tags === 'all') return house.historian.tags()
  return tags ? tags.map((id) => findTag(house, id)) : things!.flatMap((id) => tagsOf(house, id))
}

const tagsOf = (house: House, id: string): Tag[] =>
  findThing(house, id).properties.flatMap(({ name }) => house.connect.things.tag(id, name) ?? [])
