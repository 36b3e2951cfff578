import { z } from 'zod'
import { apiPrefix, thingRequest, thingView as thingShape } from '../contract.ts'
import { route } from '../route.ts'
import { thingView } from '../views/thing.ts'
import { entityTag, versionOf } from './entity-tag.ts'
import { thingParams } from './fields.ts'

export const replaceThing = route({
  method: 'PUT',
  path: `${apiPrefix}/things/{thing}`,
  summary: 'Replace the definition of a thing',
  description: 'If-Match must name the version it was read as; another one since then is refused.',
  right: 'thing.manage',
  params: thingParams,
  body: z.looseObject({}),
  documentedBody: thingRequest,
  reply: thingShape,
  async handle({ params, body, headers }, house, answer) {
    const thing = await house.connect.things.replace(params.thing, body, versionOf(headers['if-match']))
    answer.header('etag', entityTag(thing))
    return thingView(thing, house, house.clock.now())
  },
})
