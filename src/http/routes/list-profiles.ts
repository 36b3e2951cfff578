import { apiPrefix, profileList } from '../contract.ts'
import { route } from '../route.ts'

export const listProfiles = route({
  method: 'GET',
  path: `${apiPrefix}/profiles`,
  summary: 'List the machines Interwork knows by maker and model',
  right: 'thing.read',
  reply: profileList,
  handle: (_, { connect }) => ({
    profiles: connect.profiles.list().map(({ id, title, maker, connection, properties }) => ({
      id,
      title,
      maker,
      protocol: connection.protocol,
      properties: properties.length,
    })),
  }),
})
