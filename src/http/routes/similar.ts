import { z } from 'zod'
import { similarTags } from '#historian'
import { IwError } from '#kernel'
import { apiPrefix, similarPage } from '../contract.ts'
import { goneSignal } from '../formats/send.ts'
import type { House } from '../house.ts'
import { route } from '../route.ts'
import { findTag, tagList } from './fields.ts'
import { rangeFields, rangeToNow } from './stepped.ts'

const mostCandidates = 2_000

export const getSimilar = route({
  method: 'GET',
  path: `${apiPrefix}/readings/similar`,
  summary: 'Find properties that move as one does',
  description: `Compares at most ${mostCandidates} others, those of the same thing first.`,
  right: 'reading.read',
  query: z.strictObject({
    tag: tagList(1).describe('id of the tag'),
    ...rangeFields,
    limit: z.coerce.number().int().min(1).max(100).default(10),
  }),
  reply: similarPage,
  async handle({ query }, house, answer) {
    const tag = findTag(house, query.tag[0]!)
    if (tag.type === 'string')
      throw new IwError('IW_HISTORIAN_TYPE', `${tag.thing}/${tag.property} holds text: nothing moves as it does`)
    const { compared, similar } = await similarTags(house.historian, {
      tag: tag.id,
      ...rangeToNow(query, house),
      candidates: candidatesFor(house, tag.thing),
      limit: query.limit,
      signal: goneSignal(answer),
    })
    const named = similar.map(({ tag: id, ...likeness }) => {
      const { thing, property } = findTag(house, id)
      return { tag: id, thing, property, ...likeness }
    })
    return { compared, similar: named }
  },
})

/** Numbers of things that are there: what was removed does not change any more. */
function candidatesFor({ historian, connect }: House, thing: string): number[] {
  const tags = historian.tags().filter((tag) => tag.type !== 'string' && connect.things.get(tag.thing))
  const same = tags.filter((tag) => tag.thing === thing)
  const others = tags.filter((tag) => tag.thing !== thing)
  return [...same, ...others].slice(0, mostCandidates).map(({ id }) => id)
}
