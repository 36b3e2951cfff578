import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { type AddressInfo, isIPv6 } from 'node:net'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { IwError, isIwError, systemCode } from '#kernel'
import { takeBytes, takeJson } from './bodies.ts'
import { serveConsole } from './console/console.ts'
import type { Door, Visit } from './doors/door.ts'
import { crossOriginHeaders, preflightHeaders, securityHeaders } from './doors/headers.ts'
import { doorsInOrder } from './doors/index.ts'
import { configuredOrigin } from './doors/origin.ts'
import { discardUnfinished } from './exports/export-folder.ts'
import { scratchFolder } from './formats/parquet.ts'
import type { House, HttpOptions } from './house.ts'
import { Jobs } from './jobs/jobs.ts'
import { type Connections, connectionLimit, limitConnections } from './listener/connections.ts'
import { createListener } from './listener/listener.ts'
import { answerUnreadable } from './listener/unreadable.ts'
import { serveUpgrades } from './listener/upgrades.ts'
import { LiveHub } from './live/hub.ts'
import { createMeasures } from './measures/measures.ts'
import { mount } from './mount.ts'
import type { OpenApiDocument } from './openapi/document.ts'
import { apiDocument } from './openapi/own-document.ts'
import { refusalOf } from './problem.ts'
import { readOut } from './read-out.ts'
import { routes } from './routes/index.ts'

const jsonType = 'application/json; charset=utf-8'
const mostJsonBytes = 4 * 1024 * 1024
/** How long replies under way may take once the server is told to stop. */
const farewellMs = 3_000

export interface HttpServer {
  /** Listens. Throws `IW_INSTANCE_PORT_TAKEN`, `IW_INSTANCE_UNSAFE_LISTENER`. */
  start(): Promise<{ url: string; port: number }>
  /** Ends the live streams, lets replies under way finish for a few seconds, closes everything. */
  stop(): Promise<void>
}

/** The HTTP surface: the API, the live streams, the document, the metrics and the console. */
export function createHttpServer(options: HttpOptions): HttpServer {
  const house = houseOf(options)
  let built: Built | undefined
  return {
    async start() {
      await rm(scratchFolder(house.folder), { recursive: true, force: true })
      discardUnfinished(house.folder)
      built = await build(house)
      house.measures.start()
      house.live.start()
      const port = await listen(built.app, house)
      return { url: `${house.settings.tls ? 'https' : 'http'}://${shownHost(house.settings.host)}:${port}`, port }
    },
    async stop() {
      house.live.stop()
      house.measures.stop()
      await house.jobs.stop()
      if (built) await close(built)
      built = undefined
    },
  }
}

function houseOf(options: HttpOptions): House {
  let document: OpenApiDocument | undefined
  return {
    ...options,
    live: new LiveHub(options),
    measures: createMeasures(),
    jobs: new Jobs(options),
    document: () => (document ??= apiDocument(options.system().version)),
  }
}

interface Built {
  readonly app: FastifyInstance
  readonly connections: Connections
}

async function build(house: House): Promise<Built> {
  const { settings, clock } = house
  const doors = doorsInOrder(clock)
  let connections: Connections | undefined
  const app = Fastify({
    logger: false,
    serverFactory: (serve) => {
      const server = createListener(settings, serve)
      connections = limitConnections(server, connectionLimit(settings.maxConnections))
      serveUpgrades(server, doors, house)
      return server
    },
    bodyLimit: Math.min(mostJsonBytes, settings.maxBodyBytes),
    genReqId: requestIds(),
    routerOptions: { maxParamLength: 2_000 },
    forceCloseConnections: 'idle',
    clientErrorHandler: answerUnreadable,
    // An address that cannot be decoded meets no door and no route.
    frameworkErrors(error, request, answer: FastifyReply) {
      const { status, problem } = refusalOf(error, request.id, house.log)
      void answer.code(status).headers(securityHeaders).type(jsonType).send(JSON.stringify(problem))
    },
  })
  takeJson(app)
  guard(app, doors, house)
  answerFailures(app, house)
  app.addHook('onResponse', (request, answer, done) => {
    house.measures.count(request.method, nameOf(request), answer.statusCode, answer.elapsedTime / 1000)
    done()
  })
  for (const route of routes) if (!route.bodyMedia) mount(app, route, house)
  await app.register((scope, _, done) => {
    takeBytes(scope)
    for (const route of routes) if (route.bodyMedia) mount(scope, route, house)
    done()
  })
  await serveConsole(app, house.consoleFolder)
  return { app, connections: connections! }
}

/** Every request passes the doors before its body is read. */
function guard(app: FastifyInstance, doors: readonly Door[], house: House): void {
  app.decorateRequest('principal', undefined)
  app.addHook('onRequest', (request, answer, done) => {
    answer.headers(securityHeaders).header('x-request-id', request.id)
    if (request.url.startsWith('/api/')) answer.header('cache-control', 'no-store')
    const visit = visitOf(request)
    try {
      for (const door of doors) door(visit, house)
    } catch (error) {
      done(error as Error)
      return
    }
    request.principal = visit.principal
    const origin = configuredOrigin(visit, house)
    if (origin !== undefined) answer.headers(crossOriginHeaders(origin))
    if (origin !== undefined && request.method === 'OPTIONS') void answer.code(204).headers(preflightHeaders).send()
    else done()
  })
}

function visitOf(request: FastifyRequest): Visit {
  const query = request.url.indexOf('?')
  return {
    method: request.method,
    headers: request.headers,
    hosts: request.raw.headersDistinct['host'] ?? [],
    remoteAddress: request.socket.remoteAddress ?? '',
    queryString: query < 0 ? '' : request.url.slice(query + 1),
    route: request.routeOptions.config.route,
    thing: (request.params as { thing?: string } | null)?.thing,
  }
}

/** The address as the document writes it; parameters stay names, so that nothing a caller sends becomes a label. */
const nameOf = ({ routeOptions }: FastifyRequest) => routeOptions.config.route?.path ?? routeOptions.url ?? '(none)'

function answerFailures(app: FastifyInstance, { log, clock }: House): void {
  app.setErrorHandler(async (error, request, answer) => {
    const { status, problem, retryAfterSeconds } = refusalOf(error, request.id, log)
    const { route } = request.routeOptions.config
    if (retryAfterSeconds !== undefined) answer.header('retry-after', String(retryAfterSeconds))
    if (status === 401) answer.header('www-authenticate', 'Bearer')
    if (status === 413) await readOut(request.raw, clock)
    answer.code(status).type(jsonType)
    return route?.refuse ? route.refuse(answer, status, problem.code, problem.message) : problem
  })
}

/** Short ids that are unique in the log: four random bytes of this start, then a count. */
function requestIds(): () => string {
  const start = randomBytes(4).toString('hex')
  let count = 0
  return () => `${start}-${(++count).toString(36)}`
}

async function listen(app: FastifyInstance, { settings: { host, port } }: House): Promise<number> {
  try {
    await app.listen({ host, port, backlog: 4_096 })
    return (app.server.address() as AddressInfo).port
  } catch (error) {
    if (isIwError(error)) throw error
    if (systemCode(error) === 'EADDRINUSE')
      throw new IwError('IW_INSTANCE_PORT_TAKEN', `Port ${port} on ${host} is in use`, { cause: error })
    throw error
  }
}

/** A name this instance answers to, one that needs no name server; an address that stands for all of them is no name. */
const shownHost = (host: string): string => {
  if (['127.0.0.1', '::1', '0.0.0.0', '::'].includes(host)) return 'localhost'
  return isIPv6(host) ? `[${host}]` : host
}

async function close({ app, connections }: Built): Promise<void> {
  const late = setTimeout(() => app.server.closeAllConnections(), farewellMs)
  try {
    const closed = app.close()
    connections.closeIdle()
    await closed
  } finally {
    clearTimeout(late)
  }
}
