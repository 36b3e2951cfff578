import type { FastifyInstance } from 'fastify'
import { IwError } from '#kernel'

/** Nesting of JSON bodies; the deepest of ours has 8. */
const mostDepth = 32

/** JSON bodies: bounded in size and depth, and no `__proto__`. */
export function takeJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (depthOf(body) > mostDepth) done(new IwError('IW_HTTP_BAD_REQUEST', `The body is nested over ${mostDepth} deep`))
    else void parse(request, body, done)
  })
}

/** Bodies as they are, in one piece: line protocol and forms, whatever content type they claim. */
export function takeBytes(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
}

/** The deepest nesting of brackets outside strings. */
function depthOf(json: string): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at)
    if (inString) {
      if (code === 0x5c) at++
      else if (code === 0x22) inString = false
    } else if (code === 0x22) inString = true
    else if (code === 0x7b || code === 0x5b) deepest = Math.max(deepest, ++depth)
    else if (code === 0x7d || code === 0x5d) depth--
  }
  return deepest
}
