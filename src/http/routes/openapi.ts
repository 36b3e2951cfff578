import { apiPrefix } from '../contract.ts'
import { route } from '../route.ts'

export const getOpenApi = route({
  method: 'GET',
  path: `${apiPrefix}/openapi.json`,
  summary: 'This API as an OpenAPI 3.1 document',
  right: 'none',
  reply: { media: 'application/json', description: 'OpenAPI 3.1' },
  handle: (_, { document }, answer) => answer.type('application/json; charset=utf-8').send(JSON.stringify(document())),
})
