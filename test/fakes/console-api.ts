import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, resolve, sep } from 'node:path'
import type { CommandView, LiveMessage, PlantEventView, ThingView, TrendPage } from '../../src/http/contract.ts'
import { plantStart, scriptedReadings, scriptedThings } from './console-plant.ts'
import { scriptedAggregate, scriptedSimilar, scriptedSql, scriptedStates } from './console-readings.ts'

/** What a test asks of the scripted instance; changed at any time. */
export interface Script {
  /** No machine at all. */
  empty?: boolean
  /** Every request of the API is refused with this. */
  failing?: { readonly code: string; readonly message: string; readonly remedy: string }
  /** What becomes of the next write. */
  outcome?: CommandView['outcome']
  /** The disk refuses. */
  refusing?: boolean
  /** Trends are refused with this. */
  failingTrend?: { readonly code: string; readonly message: string; readonly remedy: string }
  /** `POST /things` is refused. */
  refuseThing?: boolean
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}

/**
 * A scripted instance: speaks the contract of the API and serves the built console, with the same content policy as the
 * real one. For states of the console that a real plant reaches only by luck.
 */
export async function startConsoleApi(folder: string, script: Script) {
  const streams = new Set<ServerResponse>()
  const written: CommandView[] = []
  const added: unknown[] = []
  const asked: URL[] = []
  const removed: string[] = []
  const now = () => plantStart

  const views = (): ThingView[] => {
    let tag = 0
    const all = scriptedThings.map(({ view, properties }) => ({
      ...view,
      properties: properties.map((property) => {
        const reading = scriptedReadings[`${view.id}/${property.name}`]
        return { ...property, tag: tag++, ...(reading && { last: { ...reading, time: now(), arrivedAt: now() } }) }
      }),
    }))
    return script.empty ? [] : all.filter(({ id }) => !removed.includes(id))
  }

  const events: PlantEventView[] = [
    { id: 'e2', at: plantStart - 660e6, kind: 'connection.lost', thing: 'pump-3', detail: {} },
    { id: 'e1', at: plantStart - 3600e6, kind: 'instance.started', detail: {} },
  ]

  function trend(url: URL): TrendPage {
    const [from, to] = [Number(url.searchParams.get('from')), Number(url.searchParams.get('to'))]
    const buckets = Number(url.searchParams.get('buckets'))
    const bucketUs = (to - from) / buckets
    const tags = (url.searchParams.get('tags') ?? '').split(',').map(Number)
    const trends = views().flatMap((view) =>
      view.properties.flatMap((property) => {
        const value = property.last?.value ?? property.last?.lastGood?.value
        if (!tags.includes(property.tag) || typeof value !== 'number') return []
        // The last tenth is missing where the machine does not answer: a gap has to stay one.
        const count = property.last?.quality === 'comm_error' ? Math.floor(buckets * 0.9) : buckets
        const line = Array.from({ length: count }, (_, index) => value * (1 + 0.02 * Math.sin(index / 7)))
        line[line.length - 1] = value
        return [
          {
            tag: property.tag,
            thing: view.id,
            property: property.name,
            time: line.map((_, index) => Math.round(from + index * bucketUs)),
            min: line.map((mean) => mean * 0.995),
            max: line.map((mean) => mean * 1.005),
            mean: line,
            last: line,
            count: line.map(() => 10),
            quality: line.map(() => 'good' as const),
          },
        ]
      }),
    )
    return { bucketUs, from, to, trends }
  }

  function trendAnswer(url: URL): [number, unknown] {
    asked.push(url)
    if (script.failingTrend) return [503, script.failingTrend]
    return [200, trend(url)]
  }

  function command(thing: string, property: string, body: { value: CommandView['value'] }): [number, unknown] {
    const outcome = script.outcome ?? 'done'
    const record: CommandView = {
      id: `c${written.length}`,
      thing,
      property,
      value: body.value,
      principal: 'owner@loopback',
      requestedAt: now(),
      finishedAt: now(),
      outcome,
      previous: scriptedReadings[`${thing}/${property}`]?.value ?? null,
    }
    if (outcome === 'done') {
      const done = { ...record, readBack: body.value }
      written.unshift(done)
      return [200, done]
    }
    const code = { refused: 'IW_COMMAND_RATE', failed: 'IW_COMMAND_READ_BACK', unknown: 'IW_COMMAND_UNKNOWN_OUTCOME' }[
      outcome as 'refused' | 'failed' | 'unknown'
    ]
    const refused = { ...record, code, message: 'No answer came after the request was sent.' }
    written.unshift(refused)
    return [504, { code, message: refused.message, remedy: 'Look at the machine.', detail: { command: refused } }]
  }

  function system() {
    return {
      name: 'old-mill',
      title: { en: 'Old Mill', zh: '老磨坊' },
      version: '0.1.0',
      instance: '01890000-0000-7000-8000-000000000000',
      node: '24.21.0',
      demo: false,
      zone: 'UTC',
      startedAt: plantStart - 3600e6,
      now: now(),
      principal: { id: 'owner@loopback', name: 'Owner' },
      protocols: ['modbus'],
      memory: { rssBytes: 120e6, heapBytes: 40e6 },
      eventLoopDelayMs: { p50: 1, p99: 4, max: 9 },
      cpuSeconds: 12,
      live: { clients: 1, messages: 100, conflated: 0 },
      historian: {
        accepting: !script.refusing,
        ...(script.refusing && {
          refusal: { code: 'IW_HISTORIAN_DISK_FULL', message: '900 MiB free, 1 GiB needed', since: now() - 120e6 },
        }),
        tags: 10,
        readings: 120_000,
        batches: 5000,
        duplicates: 0,
        commits: 5000,
        acknowledgeMs: { p50: 1.1, p99: 3.4 },
        journalBytes: 3.2e6,
        headBytes: 1e6,
        headRows: 40_000,
        parts: 2,
        partBytes: 1.1e6,
        freeBytes: 412 * 2 ** 30,
        recovery: { rows: 0, tornBytes: 0, setAside: [] },
      },
    }
  }

  const profiles = [
    {
      id: 'interwork/compressor',
      title: { en: 'Screw compressor', zh: '螺杆空压机' },
      maker: 'Interwork',
      protocol: 'modbus',
      properties: 7,
    },
  ]

  async function answer(request: IncomingMessage, url: URL): Promise<[status: number, body: unknown]> {
    if (script.failing) return [503, script.failing]
    const path = url.pathname.replace('/api/v1', '').split('/').map(decodeURIComponent)
    const key = `${request.method} /${path[1]}`
    if (key === 'GET /system') return [200, system()]
    if (key === 'GET /events') return [200, { events }]
    if (key === 'GET /profiles') return [200, { profiles }]
    if (key === 'GET /commands') return [200, { commands: written }]
    if (key === 'POST /sql') return scriptedSql(JSON.parse(await bodyOf(request)) as { sql: string })
    if (key === 'GET /readings' && path[2] === 'states') return [200, scriptedStates(views(), url, now())]
    if (key === 'GET /readings' && path[2] === 'aggregate') return [200, scriptedAggregate(views(), url)]
    if (key === 'GET /readings' && path[2] === 'similar') return [200, scriptedSimilar(views(), url)]
    if (key === 'GET /readings' && path[2] === 'trend') return trendAnswer(url)
    if (key === 'POST /things' && path.length > 3) return command(path[2]!, path[4]!, JSON.parse(await bodyOf(request)))
    if (key === 'POST /things') return add(JSON.parse(await bodyOf(request)) as { id: string })
    if (key === 'DELETE /things') {
      removed.push(path[2]!)
      return [204, undefined]
    }
    if (key === 'GET /things' && path.length === 2) return [200, { things: views(), total: views().length }]
    if (key === 'GET /things' && path.length > 4)
      return [200, { tag: 0, thing: path[2], property: path[4], type: 'string', time: [], value: [], quality: [] }]
    const found = views().find(({ id }) => id === path[2])
    if (found) return [200, found]
    return [404, { code: 'IW_CONNECT_UNKNOWN_THING', message: `There is no "${path[2]}"`, remedy: 'List the things.' }]
  }

  function add(definition: { id: string }): [number, unknown] {
    if (script.refuseThing)
      return [
        409,
        { code: 'IW_CONNECT_THING_EXISTS', message: `"${definition.id}" exists`, remedy: 'Choose another id.' },
      ]
    added.push(definition)
    if (removed.includes(definition.id)) removed.splice(removed.indexOf(definition.id), 1)
    script.empty = false
    return [201, { ...views()[0]!, id: definition.id }]
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    response.setHeader('content-security-policy', "default-src 'self'; frame-ancestors 'none'")
    if (url.pathname === '/api/v1/live' && !script.failing) {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      response.write(': live\n\n')
      streams.add(response)
      response.on('close', () => streams.delete(response))
      return
    }
    if (url.pathname.startsWith('/api/')) {
      void answer(request, url).then(([code, body]) => {
        response.writeHead(code, { 'content-type': 'application/json' })
        response.end(body === undefined ? undefined : JSON.stringify(body))
      })
      return
    }
    sendFile(response, resolve(folder), url.pathname)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    written,
    added,
    removed,
    /** Every trend asked for, in order. */
    asked,
    /** Sends a message to every console that listens. */
    send(message: LiveMessage): void {
      for (const stream of streams) stream.write(`event: ${message.type}\ndata: ${JSON.stringify(message)}\n\n`)
    },
    listeners: () => streams.size,
    /** Breaks every live stream. */
    cut(): void {
      for (const stream of streams) stream.destroy()
    },
    async close(): Promise<void> {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

function sendFile(response: ServerResponse, folder: string, path: string): void {
  const wanted = join(folder, path)
  const file = wanted.startsWith(folder + sep) && extname(wanted) !== '' ? wanted : join(folder, 'index.html')
  try {
    const content = readFileSync(file)
    response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' })
    response.end(content)
  } catch {
    response.writeHead(404).end()
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
