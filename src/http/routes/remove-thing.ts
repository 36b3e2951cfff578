import { apiPrefix } from '../contract.ts'
import { route } from '../route.ts'
import { thingParams } from './fields.ts'

export const removeThing = route({
  method: 'DELETE',
  path: `${apiPrefix}/things/{thing}`,
  summary: 'Remove a thing; its readings stay',
  right: 'thing.manage',
  params: thingParams,
  reply: null,
  async handle({ params }, { connect }) {
    await connect.things.remove(params.thing)
    return undefined
  },
})
