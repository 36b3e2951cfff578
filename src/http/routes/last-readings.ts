import { z } from 'zod'
import { IwError } from '#kernel'
import type { Tag } from '#model'
import { apiPrefix, lastReadings } from '../contract.ts'
import type { House } from '../house.ts'
import { route } from '../route.ts'
import { lastReadingView } from '../views/reading.ts'
import { expectedEveryMs } from '../views/thing.ts'
import { findTag, findThing, list, tagList } from './fields.ts'

const mostTags = 10_000

export const getLastReadings = route({
  method: 'GET',
  path: `${apiPrefix}/readings/last`,
  summary: 'Read the newest values of many properties at once',
  description: 'Tags without a reading are left out.',
  right: 'reading.read',
  query: z.strictObject({
    tags: tagList(mostTags).optional().describe('ids of tags: `1,2,3`'),
    things: list(1_000).optional().describe('ids of things, each with all its properties: `a,b`'),
  }),
  reply: lastReadings,
  handle({ query }, house) {
    if ((query.tags === undefined) === (query.things === undefined))
      throw new IwError('IW_HTTP_BAD_REQUEST', 'Give either tags or things')
    const tags = query.tags?.map((id) => findTag(house, id)) ?? query.things!.flatMap((id) => tagsOf(house, id))
    if (tags.length > mostTags) throw new IwError('IW_HTTP_TOO_LARGE', `${tags.length} tags in one request`)
    const now = house.clock.now()
    return { readings: tags.flatMap((tag) => view(house, tag, now)) }
  },
})

const tagsOf = (house: House, id: string): Tag[] =>
  findThing(house, id).properties.flatMap(({ name }) => house.connect.things.tag(id, name) ?? [])

function view(house: House, tag: Tag, now: number) {
  const last = house.historian.last(tag.id)
  if (!last) return []
  const thing = house.connect.things.get(tag.thing)
  const property = thing?.properties.find(({ name }) => name === tag.property)
  const everyMs = thing && property && expectedEveryMs(thing, property)
  return [lastReadingView(tag, last, everyMs, now)]
}
