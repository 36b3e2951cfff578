import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { IwError } from '#kernel'
import type { Principal } from '#model'
import type { House } from './house.ts'
import type { Route } from './route.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    route?: Route
  }
  interface FastifyRequest {
    principal: Principal | undefined
  }
}

/** Who asks at a public address; no right is ever asked for it. */
const nobody: Principal = { id: 'nobody', name: 'Nobody', via: 'loopback' }

/** Makes an address of the server out of a route. */
export function mount(app: FastifyInstance, route: Route, house: House): void {
  app.route({
    method: route.method,
    url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    config: { route },
    // A stream has no head: asking for one would open it.
    exposeHeadRoute: route.method === 'GET' && !route.path.includes('/live'),
    ...(route.bodyMedia && { bodyLimit: house.settings.maxBodyBytes, onRequest: forgetContentType }),
    handler: (request, answer) => serve(route, house, request, answer),
  })
}

/** Writers of line protocol send any content type, even an empty one, which is not valid; nothing hangs on it. */
function forgetContentType(request: FastifyRequest, _: FastifyReply, done: () => void): void {
  delete request.headers['content-type']
  done()
}

async function serve(route: Route, house: House, request: FastifyRequest, answer: FastifyReply) {
  const reply = await route.handle(
    {
      params: check(route.params, 'path', request.params),
      query: check(route.query, 'query', request.query),
      body: check(route.body, 'body', request.body ?? (route.bodyMedia ? Buffer.alloc(0) : undefined)),
      principal: request.principal ?? nobody,
      headers: request.headers,
    },
    house,
    answer,
  )
  if (reply === answer) return answer
  if (route.reply === null) return answer.code(204).send()
  return answer.code(route.status ?? 200).send(reply)
}

/** What a schema makes of one part of the request. Fails with the path of the field, such as `query.limit`. */
function check(shape: Route['query'] | Route['body'], part: string, input: unknown): unknown {
  if (!shape) {
    if (part === 'query' && Object.keys(input as object).length > 0)
      throw new IwError('IW_HTTP_BAD_REQUEST', `query: this address takes no parameters`)
    return input
  }
  const { success, data, error } = shape.safeParse(input)
  if (success) return data
  for (const issue of error.issues) issue.path.unshift(part)
  throw error
}
