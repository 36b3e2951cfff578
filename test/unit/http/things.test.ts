import { beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '#kernel'
import { startSurface } from './surface.ts'

const pump = {
  id: 'pump-1',
  title: { en: 'Pump 1', zh: '1号泵' },
  area: { en: 'Cellar' },
  connection: { protocol: 'modbus', host: '10.0.0.9', password: 'hush', everyMs: 1000 },
  properties: [
    { name: 'flow', type: 'number' as const, unit: 'm3/h' },
    { name: 'setpoint', type: 'number' as const, write: { min: 0, max: 10, maxPerMinute: 6, readBackMs: 0 } },
    { name: 'total energy/%', type: 'integer' as const },
  ],
}
const path = '/api/v1/things/pump-1'
let surface: Awaited<ReturnType<typeof startSurface>>

beforeAll(async () => {
  surface = await startSurface()
  surface.plant.add(pump)
  for (const id of ['boiler', 'crane', '电表,1@a=b']) surface.plant.add({ id, properties: [] })
})

describe('things', () => {
  it('lists things in the order of their ids, page by page', async () => {
    const first = await surface.ask('GET', '/api/v1/things?limit=3')
    expect(first.json).toMatchObject({ total: 4, things: [{ id: 'boiler' }, { id: 'crane' }, { id: 'pump-1' }] })
    const second = await surface.ask('GET', `/api/v1/things?limit=3&cursor=${first.json.next}`)
    expect(second.json.things).toMatchObject([{ id: '电表,1@a=b' }])
    expect(second.json.next).toBeUndefined()
  })

  it('finds things by a text in their title, in either language, and by area', async () => {
    for (const query of ['q=PUMP%201', `q=${encodeURIComponent('1号')}`, 'area=Cellar'])
      expect((await surface.ask('GET', `/api/v1/things?${query}`)).json).toMatchObject({
        total: 1,
        things: [{ id: 'pump-1' }],
      })
    expect((await surface.ask('GET', '/api/v1/things?q=nothing')).json).toMatchObject({ total: 0, things: [] })
  })

  it('shows a thing by an id of any script', async () => {
    const reply = await surface.ask('GET', `/api/v1/things/${encodeURIComponent('电表,1@a=b')}`)
    expect(reply).toMatchObject({ status: 200, json: { id: '电表,1@a=b', title: { en: '电表,1@a=b' } } })
  })

  it('gives the last reading, stale once three intervals passed, and never a secret of the connection', async () => {
    const now = systemClock.now()
    surface.plant.put('pump-1', 'flow', now - 3_500_000, 4.5)
    const old = await surface.ask('GET', path)
    expect(old.json.connection).toEqual({ protocol: 'modbus', host: '10.0.0.9', everyMs: 1000 })
    expect(old.json.properties[0]).toMatchObject({ everyMs: 1000, last: { value: 4.5, quality: 'stale' } })
    surface.plant.put('pump-1', 'flow', systemClock.now(), 5)
    expect((await surface.ask('GET', path)).json.properties[0].last).toMatchObject({ value: 5, quality: 'good' })
  })

  it('tells the newest good value beside a bad one', async () => {
    surface.plant.put('pump-1', 'flow', systemClock.now(), null, 6)
    const { last } = (await surface.ask('GET', path)).json.properties[0]
    expect(last).toMatchObject({ value: null, quality: 'comm_error', lastGood: { value: 5 } })
  })

  it('reads one property, its name written in percent signs', async () => {
    const reply = await surface.ask('GET', `${path}/properties/${encodeURIComponent('total energy/%')}`)
    expect(reply).toMatchObject({ status: 200, json: { name: 'total energy/%', type: 'integer' } })
  })

  it('says which thing or property it does not know', async () => {
    const thing = await surface.ask('GET', '/api/v1/things/nobody')
    expect(thing).toMatchObject({ status: 404, json: { code: 'IW_CONNECT_UNKNOWN_THING' } })
    const property = await surface.ask('GET', `${path}/properties/nothing`)
    expect(property).toMatchObject({ status: 404, json: { code: 'IW_CONNECT_UNKNOWN_PROPERTY' } })
  })

  it('adds, replaces by version and removes a thing', async () => {
    const added = await surface.ask('POST', '/api/v1/things', { body: { id: 'fan', properties: [] } })
    expect(added).toMatchObject({ status: 201, headers: { location: '/api/v1/things/fan', etag: '"1"' } })
    const change = { id: 'fan', title: { en: 'Fan' }, properties: [] }
    const put = (version?: string) =>
      surface.ask('PUT', '/api/v1/things/fan', { body: change, ...(version && { headers: { 'if-match': version } }) })
    expect(await put()).toMatchObject({ status: 400, json: { code: 'IW_HTTP_BAD_REQUEST' } })
    expect(await put('"7"')).toMatchObject({ status: 409, json: { code: 'IW_CONNECT_VERSION' } })
    expect(await put('"1"')).toMatchObject({ status: 200, headers: { etag: '"2"' }, json: { title: { en: 'Fan' } } })
    expect((await surface.ask('DELETE', '/api/v1/things/fan')).status).toBe(204)
    expect((await surface.ask('GET', '/api/v1/things/fan')).status).toBe(404)
  })

  it('passes on why a definition is refused', async () => {
    const reply = await surface.ask('POST', '/api/v1/things', { body: { properties: [] } })
    expect(reply).toMatchObject({ status: 400, json: { code: 'IW_CONNECT_INVALID_THING', message: 'id: missing' } })
    expect(reply.json.id).toBe(reply.headers['x-request-id'])
  })
})

describe('commands', () => {
  const commands = `${path}/properties/setpoint/commands`

  it('answers 200 with the record once a write is done', async () => {
    const reply = await surface.ask('POST', commands, { body: { value: 3, reason: 'test' } })
    expect(reply).toMatchObject({ status: 200, json: { outcome: 'done', value: 3, readBack: 3, reason: 'test' } })
    expect((await surface.ask('GET', `/api/v1/commands/${reply.json.id}`)).json).toEqual(reply.json)
  })

  it('answers a refused write as a problem that holds the record', async () => {
    const reply = await surface.ask('POST', `${path}/properties/flow/commands`, { body: { value: 3 } })
    expect(reply).toMatchObject({
      status: 403,
      json: { code: 'IW_COMMAND_NOT_WRITABLE', detail: { command: { outcome: 'refused', property: 'flow' } } },
    })
  })

  it('takes large integers as text and refuses numbers that are not exact', async () => {
    const integers = `${path}/properties/${encodeURIComponent('total energy/%')}/commands`
    const exact = await surface.ask('POST', integers, { body: { value: '9007199254740993' } })
    expect(exact.json.detail.command.value).toBe('9007199254740993')
    const inexact = await surface.ask('POST', integers, {
      body: '{"value":9007199254740993}',
      headers: { 'content-type': 'application/json' },
    })
    expect(inexact).toMatchObject({ status: 400, json: { code: 'IW_COMMAND_TYPE' } })
  })

  it('lists commands newest first, page by page', async () => {
    const first = await surface.ask('GET', '/api/v1/commands?limit=1')
    const second = await surface.ask('GET', `/api/v1/commands?limit=1&cursor=${first.json.next}`)
    expect(first.json.commands[0].id > second.json.commands[0].id).toBe(true)
    expect((await surface.ask('GET', '/api/v1/commands/none')).status).toBe(404)
  })
})
