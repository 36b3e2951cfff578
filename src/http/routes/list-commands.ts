import { z } from 'zod'
import { apiPrefix, commandList } from '../contract.ts'
import { readCursor, writeCursor } from '../cursor.ts'
import { route } from '../route.ts'
import { commandView } from '../views/command.ts'
import { cursor, limit } from './fields.ts'

export const listCommands = route({
  method: 'GET',
  path: `${apiPrefix}/commands`,
  summary: 'List what was written to machines, newest first',
  right: 'thing.read',
  query: z.strictObject({ thing: z.string().max(200).optional(), limit: limit(500, 50), cursor }),
  reply: commandList,
  async handle({ query }, { connect }) {
    const [before] = query.cursor === undefined ? [] : readCursor(query.cursor, 'commands')
    const rows = await connect.commands.list({
      ...(query.thing !== undefined && { thing: query.thing }),
      ...(before !== undefined && { before: String(before) }),
      limit: query.limit + 1,
    })
    const page = rows.slice(0, query.limit)
    return {
      commands: page.map(commandView),
      ...(rows.length > page.length && { next: writeCursor('commands', page.at(-1)!.id) }),
    }
  },
})
