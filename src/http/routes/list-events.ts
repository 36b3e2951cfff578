import { z } from 'zod'
import { apiPrefix, eventList } from '../contract.ts'
import { readCursor, writeCursor } from '../cursor.ts'
import { route } from '../route.ts'
import { cursor, limit } from './fields.ts'

export const listEvents = route({
  method: 'GET',
  path: `${apiPrefix}/events`,
  summary: 'List what happened in the plant, newest first',
  right: 'thing.read',
  query: z.strictObject({ limit: limit(500, 50), cursor }),
  reply: eventList,
  async handle({ query }, { connect }) {
    const [before] = query.cursor === undefined ? [] : readCursor(query.cursor, 'events')
    const rows = await connect.events.list({
      ...(before !== undefined && { before: String(before) }),
      limit: query.limit + 1,
    })
    const page = rows.slice(0, query.limit)
    return {
      events: page.map((event) => ({ ...event })),
      ...(rows.length > page.length && { next: writeCursor('events', page.at(-1)!.id) }),
    }
  },
})
