import { z } from 'zod'
import type { Thing } from '#model'
import { apiPrefix, thingList } from '../contract.ts'
import { readCursor, writeCursor } from '../cursor.ts'
import { route } from '../route.ts'
import { thingView } from '../views/thing.ts'
import { cursor, limit } from './fields.ts'

export const listThings = route({
  method: 'GET',
  path: `${apiPrefix}/things`,
  summary: 'List things with their last readings',
  description: 'In the order of their ids.',
  right: 'thing.read',
  query: z.strictObject({
    q: z.string().max(200).optional().describe('only things whose id, title, area or profile holds this text'),
    area: z.string().max(200).optional().describe('only things of this area, in English or Chinese'),
    limit: limit(500, 100),
    cursor,
  }),
  reply: thingList,
  handle({ query }, house) {
    const now = house.clock.now()
    const [after] = query.cursor === undefined ? [] : readCursor(query.cursor, 'things')
    const found = house.connect.things.list().filter((thing) => matches(thing, query))
    const rest = after === undefined ? found : found.filter(({ id }) => id > String(after))
    const page = rest.slice(0, query.limit)
    return {
      things: page.map((thing) => thingView(thing, house, now)),
      total: found.length,
      ...(page.length < rest.length && { next: writeCursor('things', page.at(-1)!.id) }),
    }
  },
})

function matches({ id, title, area, profile }: Thing, asked: { q?: string | undefined; area?: string | undefined }) {
  if (asked.area !== undefined && area?.en !== asked.area && area?.zh !== asked.area) return false
  if (asked.q === undefined) return true
  const text = asked.q.toLowerCase()
  return [id, title?.en, title?.zh, area?.en, area?.zh, profile].some((part) => part?.toLowerCase().includes(text))
}
