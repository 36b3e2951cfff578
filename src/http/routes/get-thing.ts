import { apiPrefix, thingView as thingShape } from '../contract.ts'
import { route } from '../route.ts'
import { thingView } from '../views/thing.ts'
import { entityTag } from './entity-tag.ts'
import { findThing, thingParams } from './fields.ts'

export const getThing = route({
  method: 'GET',
  path: `${apiPrefix}/things/{thing}`,
  summary: 'Read one thing with its last readings',
  description: 'ETag is the version of its definition, for If-Match of a change.',
  right: 'thing.read',
  params: thingParams,
  reply: thingShape,
  handle({ params }, house, answer) {
    const thing = findThing(house, params.thing)
    answer.header('etag', entityTag(thing))
    return thingView(thing, house, house.clock.now())
  },
})
