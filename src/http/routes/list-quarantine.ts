import { apiPrefix, quarantineList } from '../contract.ts'
import { route } from '../route.ts'

export const listQuarantine = route({
  method: 'GET',
  path: `${apiPrefix}/quarantine`,
  summary: 'List the newest bad messages that were put aside, with the reason',
  right: 'thing.read',
  reply: quarantineList,
  handle: (_, { connect: { quarantine } }) => ({
    count: quarantine.count,
    entries: quarantine.list().map((entry) => ({ ...entry })),
  }),
})
