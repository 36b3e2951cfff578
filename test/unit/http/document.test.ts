import { beforeAll, describe, expect, it } from 'vitest'
import { routes } from '../../../src/http/routes/index.ts'
import { startSurface } from './surface.ts'

// biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document, looked into by hand
let document: any
let surface: Awaited<ReturnType<typeof startSurface>>

beforeAll(async () => {
  surface = await startSurface()
  document = (await surface.ask('GET', '/api/v1/openapi.json')).json
})

describe('the OpenAPI document', () => {
  it('has every route with a summary, its parameters and its reply', () => {
    for (const { method, path, reply, status } of routes) {
      const operation = document.paths[path]?.[method.toLowerCase()]
      expect(operation?.summary, `${method} ${path}`).toBeTruthy()
      expect(Object.keys(operation.responses)).toContain(String(status ?? (reply === null ? 204 : 200)))
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const documented = operation.parameters.filter((one: { in: string }) => one.in === 'path')
      expect(documented.map((one: { name: string }) => one.name).toSorted()).toEqual(named.toSorted())
    }
  })

  it('says nothing of an address that is not there', () => {
    const operations = Object.values(document.paths).flatMap((methods) => Object.keys(methods as object))
    expect(operations).toHaveLength(routes.length)
  })

  it('gives each operation an id of its own', () => {
    const ids = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods as Record<string, { operationId: string }>).map(({ operationId }) => operationId),
    )
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('refers only to shapes it holds, and holds no empty one', () => {
    const text = JSON.stringify(document)
    for (const [, name] of text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g))
      expect(document.components.schemas[name!], name).toBeDefined()
    expect(text).not.toContain('$defs')
    for (const [name, schema] of Object.entries(document.components.schemas))
      expect(Object.keys(schema as object).length, name).toBeGreaterThan(0)
  })

  it('tells what readers need: types of parameters, limits and defaults', () => {
    const { parameters } = document.paths['/api/v1/things'].get
    expect(parameters.find(({ name }: { name: string }) => name === 'limit')).toMatchObject({
      in: 'query',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 500, default: 100 },
    })
    expect(document.components.schemas.Thing.properties.title).toMatchObject({ type: 'object', required: ['en'] })
  })
})

describe('the page of the API', () => {
  it('describes every operation, with no script and nothing from elsewhere', async () => {
    const { text, headers } = await surface.ask('GET', '/api/docs')
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    for (const { summary } of routes) expect(text).toContain(summary.replaceAll("'", '&#39;'))
    expect(text).not.toMatch(/<script|<style|style=|https?:\/\/(?!localhost)/)
    const links = [...text.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id!)
    for (const id of links) expect(text).toContain(`id="${id}"`)
    const style = await surface.ask('GET', '/api/docs.css')
    expect(style).toMatchObject({ status: 200, headers: { 'content-type': 'text/css; charset=utf-8' } })
    expect(style.text).toContain('prefers-color-scheme:dark')
  })
})

describe('the other addresses', () => {
  it('list profiles, events and bad messages', async () => {
    surface.plant.connect.events.record({ at: 1, kind: 'instance.started', detail: {} })
    surface.plant.connect.events.record({ at: 2, kind: 'thing.added', thing: 'a', detail: {} })
    const first = await surface.ask('GET', '/api/v1/events?limit=1')
    expect(first.json.events).toMatchObject([{ kind: 'thing.added' }])
    const second = await surface.ask('GET', `/api/v1/events?limit=1&cursor=${first.json.next}`)
    expect(second.json).toMatchObject({ events: [{ kind: 'instance.started' }] })
    expect((await surface.ask('GET', '/api/v1/profiles')).json).toEqual({ profiles: [] })
    expect((await surface.ask('GET', '/api/v1/quarantine')).json).toEqual({ count: 0, entries: [] })
  })

  it('count requests by route and status for Prometheus, never by what was asked', async () => {
    await surface.ask('GET', '/api/v1/things/secret-name')
    await surface.ask('GET', '/api/v1/things')
    const { text } = await surface.ask('GET', '/metrics')
    expect(text).toContain(
      'interwork_http_requests_total{method="GET",route="/api/v1/things/{thing}",status="404"} 1\n',
    )
    expect(text).toContain('interwork_http_requests_total{method="GET",route="/api/v1/things",status="200"} 1\n')
    expect(text).not.toContain('secret-name')
  })

  it('write metrics in the text format', async () => {
    const { text } = await surface.ask('GET', '/metrics')
    const line = /^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="(\\.|[^"\\])*"(,\w+="(\\.|[^"\\])*")*\})? -?[\d.e+-]+)$/
    for (const one of text.trimEnd().split('\n')) expect(one).toMatch(line)
    const named = [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name)
    expect(new Set(named).size).toBe(named.length)
  })
})
