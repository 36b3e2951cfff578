import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { z } from 'zod'
import { createHttpServer, httpSettings } from '#http'
import { createIdentity } from '#identity'
import { silentLogger, systemClock } from '#kernel'
import { problem } from '../../../src/http/contract.ts'
import { isMedia, type Route } from '../../../src/http/route.ts'
import { routes } from '../../../src/http/routes/index.ts'
import { createFakePlant } from '../../fakes/plant.ts'

export const token = 'a-token-of-the-test'

/** A server on a free port over the fake plant. */
export async function startSurface(
  settings: Partial<z.input<typeof httpSettings>> = {},
  options: { consoleFolder?: string; systemFails?: boolean } = {},
) {
  const plant = createFakePlant(systemClock.now)
  const folder = mkdtempSync(join(tmpdir(), 'iw-surface-'))
  const server = createHttpServer({
    ...plant,
    ...createIdentity({ token }),
    clock: systemClock,
    log: silentLogger,
    folder,
    settings: httpSettings.parse({ port: 0, ...settings }),
    system: () => {
      if (options.systemFails) throw new Error('secret inner words')
      return {
        name: 'mill',
        title: { en: 'Mill' },
        version: '0.1.0',
        instance: '0190',
        demo: false,
        zone: 'UTC',
        startedAt: 1,
        protocols: ['modbus'],
      }
    },
    ...(options.consoleFolder !== undefined && { consoleFolder: options.consoleFolder }),
  })
  const { port, url } = await server.start()
  afterAll(async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    plant,
    folder,
    port,
    url,
    server,
    ask: (method: string, path: string, given: Given = {}) => ask(port, method, path, given),
  }
}

export interface Given {
  readonly headers?: Record<string, string>
  /** Sent as it is; objects as JSON with its content type. */
  readonly body?: string | Buffer | object
}

export interface Reply {
  readonly status: number
  readonly headers: Record<string, string | undefined>
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: the tests look into replies of every shape
  readonly json: any
}

/**
 * Asks over a real socket, with exactly the headers given (fetch would not send Host or Origin). Every reply of an address
 * of the API is checked against the schema its route documents: a field too many fails too.
 */
export async function ask(port: number, method: string, path: string, given: Given = {}): Promise<Reply> {
  const isJson = typeof given.body === 'object' && !Buffer.isBuffer(given.body)
  const body = isJson ? JSON.stringify(given.body) : (given.body as string | Buffer | undefined)
  const headers = { ...(isJson && { 'content-type': 'application/json' }), ...given.headers }
  const reply = await new Promise<Reply>((resolve, reject) => {
    const outgoing = request({ port, host: '127.0.0.1', method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        resolve({
          status: response.statusCode!,
          headers: response.headers as Reply['headers'],
          text,
          json: parseJson(text),
        })
      })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
  checkShape(method, path, reply)
  return reply
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function checkShape(method: string, path: string, reply: Reply): void {
  const route = findRoute(method, path.split('?', 1)[0]!)
  if (!route) return
  if (reply.status >= 400) {
    if (!route.refuse) sameAfterParsing(problem, reply.json)
  } else if (route.reply === null) {
    if (reply.text !== '') throw new Error(`${method} ${path}: a body where 204 is documented: ${reply.text}`)
  } else if (!isMedia(route.reply) && reply.headers['content-type']?.startsWith('application/json'))
    sameAfterParsing(route.reply, reply.json)
}

/** Schemas drop fields they do not know, so a reply is right only if nothing is dropped. */
function sameAfterParsing(schema: z.ZodType, json: unknown): void {
  const parsed = schema.safeParse(json)
  if (!parsed.success) throw new Error(`not as documented: ${z.prettifyError(parsed.error)}\n${JSON.stringify(json)}`)
  if (JSON.stringify(sorted(parsed.data)) !== JSON.stringify(sorted(json)))
    throw new Error(`fields that are not documented in ${JSON.stringify(json)}`)
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}

const findRoute = (method: string, path: string): Route | undefined =>
  routes.find((route) => {
    const pattern = new RegExp(`^${route.path.replaceAll(/[.]/g, '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`)
    return (route.method === method || (method === 'HEAD' && route.method === 'GET')) && pattern.test(path)
  })
