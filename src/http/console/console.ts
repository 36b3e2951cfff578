import { existsSync } from 'node:fs'
import { join, sep } from 'node:path'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { IwError } from '#kernel'

/** Vite puts files whose name carries a hash of their content here: they never change. */
const hashedFolder = `${sep}assets${sep}`
const forEver = 'public, max-age=31536000, immutable'

/**
 * Serves the built console. Every address that is not the API's shows it: the console has its own addresses. Without a
 * built console, a page says how to build one.
 */
export async function serveConsole(app: FastifyInstance, folder: string | undefined): Promise<void> {
  const built = folder !== undefined && existsSync(join(folder, 'index.html'))
  if (built) {
    const { default: files } = await import('@fastify/static')
    await app.register(files, {
      root: folder,
      preCompressed: true,
      cacheControl: false,
      setHeaders: (reply, path) =>
        void reply.header('cache-control', path.includes(hashedFolder) ? forEver : 'no-cache'),
    })
  }
  app.setNotFoundHandler((request, answer) => {
    if (!isPage(request))
      throw new IwError('IW_HTTP_NOT_FOUND', `There is nothing at ${request.method} ${pathOf(request)}`)
    return built ? answer.sendFile('index.html') : sendNotBuilt(answer)
  })
}

const pathOf = ({ url }: FastifyRequest) => url.split('?', 1)[0]!.slice(0, 200)

/** Whether a person's browser asks for a page of the console: not a file, not the API. */
function isPage(request: FastifyRequest): boolean {
  const path = pathOf(request)
  const foreign = path.startsWith('/api/') || path.startsWith('/assets/')
  const asksForPage = /\btext\/html\b|\*\/\*/.test(request.headers.accept ?? '*/*')
  return (request.method === 'GET' || request.method === 'HEAD') && !foreign && asksForPage
}

function sendNotBuilt(answer: FastifyReply) {
  return answer
    .code(404)
    .type('text/html; charset=utf-8')
    .send(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Interwork</title></head>
<body><main><h1>The console is not built</h1>
<p>The instance is running. Build its console with <code>npm run build</code> and start again, or use
<a href="/api/docs">the API</a>.</p></main></body></html>
`)
}
