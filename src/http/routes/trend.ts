import { z } from 'zod'
import { IwError } from '#kernel'
import { apiPrefix, trendPage } from '../contract.ts'
import { momentText, resolveMoment, resolveRange } from '../moment.ts'
import { route } from '../route.ts'
import { trendView } from '../views/series.ts'
import { findTag, tagList } from './fields.ts'

export const getTrend = route({
  method: 'GET',
  path: `${apiPrefix}/readings/trend`,
  summary: 'Reduce numeric properties to as many buckets as there are pixels',
  description: 'Each bucket keeps minimum and maximum; buckets without readings are left out: a gap stays a gap.',
  right: 'reading.read',
  query: z.strictObject({
    tags: tagList(64).describe('ids of tags: `1,2,3`'),
    from: momentText.optional(),
    to: momentText.optional(),
    buckets: z.coerce.number().int().min(1).max(4_000).default(500),
  }),
  reply: trendPage,
  async handle({ query: { tags, buckets, ...asked } }, house) {
    const now = house.clock.now()
    const to = asked.to ? resolveMoment(asked.to, now) : now
    const { from } = resolveRange({ ...asked, to: { at: to } }, now)
    const trends: ReturnType<typeof trendView>[] = []
    let bucketUs = 0
    for (const id of tags) {
      const tag = findTag(house, id)
      if (tag.type === 'string') throw new IwError('IW_HTTP_BAD_REQUEST', `Tag ${id} holds text: it has no trend`)
      const trend = await house.historian.trend({ tag: id, from, to, buckets })
      bucketUs = Math.max(bucketUs, trend.bucketUs)
      trends.push(trendView(tag, trend))
    }
    return { bucketUs, from, to, trends }
  },
})
