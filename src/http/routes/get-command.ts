import { z } from 'zod'
import { IwError } from '#kernel'
import { apiPrefix, commandView as commandShape } from '../contract.ts'
import { route } from '../route.ts'
import { commandView } from '../views/command.ts'

export const getCommand = route({
  method: 'GET',
  path: `${apiPrefix}/commands/{id}`,
  summary: 'Read the record of one command',
  right: 'thing.read',
  params: z.object({ id: z.string().max(100) }),
  reply: commandShape,
  async handle({ params }, { connect }) {
    const record = await connect.commands.get(params.id)
    if (!record) throw new IwError('IW_COMMAND_NOT_FOUND', `There is no command "${params.id}"`)
    return commandView(record)
  },
})
