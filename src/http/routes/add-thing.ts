import { z } from 'zod'
import { apiPrefix, thingRequest, thingView as thingShape } from '../contract.ts'
import { route } from '../route.ts'
import { thingView } from '../views/thing.ts'
import { entityTag } from './entity-tag.ts'

export const addThing = route({
  method: 'POST',
  path: `${apiPrefix}/things`,
  summary: 'Add a thing',
  description: 'Either with all its properties, or with the profile that names them. It is connected at once.',
  right: 'thing.manage',
  body: z.looseObject({}),
  documentedBody: thingRequest,
  reply: thingShape,
  status: 201,
  async handle({ body }, house, answer) {
    const thing = await house.connect.things.add(body, 'database')
    answer.headers({ location: `${apiPrefix}/things/${encodeURIComponent(thing.id)}`, etag: entityTag(thing) })
    return thingView(thing, house, house.clock.now())
  },
})
