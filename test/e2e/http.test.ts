import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { createConnect } from '#connect'
import { createHistorian } from '#historian'
import { createHttpServer, httpSettings, type LiveMessage } from '#http'
import { createIdentity } from '#identity'
import { Bus, silentLogger, systemClock } from '#kernel'
import type { PlantEvents } from '#model'
import { openDatabase } from '#storage'
import { axe, browserMissing, launchBrowser, openPage } from '../fakes/browser.ts'
import { memoryDriver } from '../fakes/memory-driver.ts'
import { ask as askPort, type Given } from '../unit/http/surface.ts'

const driver = memoryDriver()
let house: Awaited<ReturnType<typeof startHouse>>

beforeAll(async () => {
  house = await startHouse()
})
afterAll(() => house.stop())

/** The real rooms in a folder of their own; only the machines are in memory. */
async function startHouse() {
  const folder = mkdtempSync(join(tmpdir(), 'iw-http-'))
  const [clock, log] = [systemClock, silentLogger]
  const database = await openDatabase({ folder, log })
  const historian = createHistorian({ folder: join(folder, 'readings'), clock, log })
  await historian.start()
  const bus = new Bus<PlantEvents>()
  historian.onCommitted((batch) => bus.emit('readings.committed', batch))
  const identity = createIdentity({ token: 'a-token-of-the-test' })
  const connect = createConnect({
    ...{ historian, database, bus, clock, log, authorizer: identity.authorizer, drivers: [driver] },
    profilesFolder: join(import.meta.dirname, '../../profiles'),
    limits: { newPerRequest: 50 },
  })
  await connect.start()
  const facts = { name: 'mill', title: { en: 'Mill' }, version: '0', instance: 'i', demo: false, zone: 'UTC' }
  const http = createHttpServer({
    ...{ connect, historian, bus, clock, log, folder, ...identity, settings: httpSettings.parse({ port: 0 }) },
    system: () => ({ ...facts, startedAt: 1, protocols: connect.protocols }),
  })
  const { port, url } = await http.start()
  return {
    port,
    url,
    ask: (method: string, path: string, given: Given = {}) => askPort(port, method, path, given),
    async stop() {
      await http.stop()
      await connect.stop()
      await historian.stop()
      await database.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

describe('line protocol', () => {
  const write = (body: string, query = 'db=x') => house.ask('POST', `/write?${query}`, { body })

  it('is read back, exact, as soon as it is acknowledged', async () => {
    const lines = [
      'press,line=1 force=12.5,count=9007199254740993i,state="on, \\"hot\\"",open=true 1767225600000001000',
      'press,line=1 force=13.25,count=1i,state="off",open=f 1767225600000002000',
    ]
    expect((await write(lines.join('\n'))).status).toBe(204)
    const read = async (property: string, query: string) =>
      (await house.ask('GET', `/api/v1/things/press,line=1/properties/${property}/readings?from=2026-01-01&${query}`))
        .json
    expect(await read('force', '')).toMatchObject({ time: [1767225600000001, 1767225600000002], value: [12.5, 13.25] })
    expect((await read('count', '')).value).toEqual(['9007199254740993', 1])
    expect((await read('state', 'order=desc')).value).toEqual(['off', 'on, "hot"'])
    expect((await read('open', 'limit=1')).value).toEqual([true])
    expect((await house.ask('GET', '/api/v1/readings/last?things=press%5C,line=1')).json.readings).toHaveLength(4)
  })

  it('sent twice is stored once', async () => {
    for (let i = 0; i < 2; i++) expect((await write('twice v=1 5\ntwice v=2 6', 'db=x&precision=ms')).status).toBe(204)
    const { json } = await house.ask('GET', '/api/v1/things/twice/properties/v/readings?from=0')
    expect(json.time).toEqual([5_000, 6_000])
  })

  it('keeps the good lines of a body and names the others', async () => {
    const reply = await write('part v=1 1000\npart v=\npart v="text" 2000\npart v=2 3000')
    expect(reply.status).toBe(400)
    expect(reply.json.error).toMatch(/^partial write: line 2: .*line 3: .*dropped=2$/)
    const { json } = await house.ask('GET', '/api/v1/things/part/properties/v/readings?from=0')
    expect(json.value).toEqual([1, 2])
    expect((await house.ask('GET', '/api/v1/quarantine')).json.count).toBeGreaterThanOrEqual(2)
  })

  it('makes only so many series a request', async () => {
    const many = Array.from({ length: 60 }, (_, i) => `many,n=${i} v=1 1000`).join('\n')
    const reply = await write(many)
    expect(reply).toMatchObject({ status: 400, json: { error: expect.stringMatching(/dropped=10$/) } })
  })

  const influx = '/usr/bin/influx'
  if (!existsSync(influx)) console.warn('SKIPPED, the influx command: apt-get install influxdb-client')
  it.skipIf(!existsSync(influx))('is taken from the influx command of InfluxDB 1', async () => {
    const run = (statement: string) =>
      promisify(execFile)(influx, [
        '-host',
        '127.0.0.1',
        '-port',
        String(house.port),
        '-database',
        'x',
        '-execute',
        statement,
      ])
    expect((await run('INSERT cpu,host=a value=42')).stdout).not.toMatch(/ERR/)
    expect((await run('INSERT cpu,host=a value=')).stdout).toMatch(/ERR/)
    expect((await run('SHOW DATABASES')).stdout).toMatch(/interwork/)
    const { json } = await house.ask('GET', '/api/v1/things/cpu,host=a')
    expect(json.properties).toMatchObject([{ name: 'value', last: { value: 42, quality: 'good' } }])
  })
})

describe('a machine', () => {
  const thing = {
    id: 'pump',
    area: 'Cellar',
    connection: { protocol: 'memory', host: 'here' },
    properties: [
      { name: 'flow', type: 'number', unit: 'm3/h' },
      { name: 'setpoint', type: 'number', write: { min: 0, max: 10 } },
      { name: 'mode', type: 'string', states: { run: 'running', off: 'stopped' } },
    ],
  }

  it('is added, answers, and what it says reaches a WebSocket', async () => {
    expect(await house.ask('POST', '/api/v1/things', { body: thing })).toMatchObject({ status: 201 })
    const socket = new WebSocket(`ws://127.0.0.1:${house.port}/api/v1/live/ws?things=pump`)
    const messages: LiveMessage[] = []
    socket.on('message', (data) => messages.push(JSON.parse(String(data)) as LiveMessage))
    await expect.poll(() => messages.some(({ type }) => type === 'connection')).toBe(true)
    await driver.machine('pump').set('flow', 7.25)
    await driver.machine('pump').set('mode', 'run')
    const values = () => messages.flatMap((message) => (message.type === 'readings' ? message.readings : []))
    await expect.poll(() => values().map(([, , value]) => value)).toEqual([7.25, 'run'])
    socket.terminate()
    const { json } = await house.ask('GET', '/api/v1/things/pump')
    expect(json).toMatchObject({
      area: { en: 'Cellar' },
      status: { state: 'answering' },
      machine: { state: 'running' },
    })
  })

  it('is written to within its limits, and every attempt is on record', async () => {
    const path = '/api/v1/things/pump/properties/setpoint/commands'
    const done = await house.ask('POST', path, { body: { value: 4, reason: 'test' } })
    expect(done).toMatchObject({ status: 200, json: { outcome: 'done', readBack: 4, principal: 'owner@loopback' } })
    const beyond = await house.ask('POST', path, { body: { value: 11 } })
    expect(beyond).toMatchObject({ status: 400, json: { code: 'IW_COMMAND_OUT_OF_RANGE' } })
    expect(beyond.json.detail.command).toMatchObject({ outcome: 'refused', value: 11 })
    driver.machine('pump').onWrite = 'lose'
    const lost = await house.ask('POST', path, { body: { value: 5 } })
    expect(lost).toMatchObject({ status: 504, json: { code: 'IW_COMMAND_UNKNOWN_OUTCOME' } })
    const { json } = await house.ask('GET', '/api/v1/commands?thing=pump')
    expect(json.commands.map(({ outcome }: { outcome: string }) => outcome)).toEqual(['unknown', 'refused', 'done'])
  })

  it('is changed only by who saw its newest version, and removed with its readings kept', async () => {
    const seen = (await house.ask('GET', '/api/v1/things/pump')).headers['etag']!
    const change = (version: string) =>
      house.ask('PUT', '/api/v1/things/pump', { body: { ...thing, title: 'Pump' }, headers: { 'if-match': version } })
    expect(await change(seen)).toMatchObject({ status: 200, json: { title: { en: 'Pump' } } })
    expect(await change(seen)).toMatchObject({ status: 409, json: { code: 'IW_CONNECT_VERSION' } })
    expect((await house.ask('DELETE', '/api/v1/things/pump')).status).toBe(204)
    expect((await house.ask('GET', '/api/v1/things/pump')).status).toBe(404)
    const { json } = await house.ask('GET', '/api/v1/events')
    expect(json.events[0]).toMatchObject({ kind: 'thing.removed', thing: 'pump' })
  })

  it('is refused with the field that is wrong', async () => {
    const wrong = async (body: object) => (await house.ask('POST', '/api/v1/things', { body })).json
    expect(await wrong({ ...thing, properties: [{ name: 'x', type: 'nothing' }] })).toMatchObject({
      code: 'IW_CONNECT_INVALID_THING',
      message: expect.stringMatching(/properties\.0\.type/),
    })
    expect(await wrong({ ...thing, connection: { protocol: 'telepathy' } })).toMatchObject({
      code: 'IW_CONNECT_UNKNOWN_PROTOCOL',
    })
    expect(await wrong({ id: 'x', profile: 'nobody/nothing', connection: {} })).toMatchObject({
      code: 'IW_CONNECT_UNKNOWN_PROFILE',
    })
  })
})

describe('the surface of the real rooms', () => {
  it('says how the instance is doing', async () => {
    const { json } = await house.ask('GET', '/api/v1/system')
    expect(json).toMatchObject({ protocols: ['memory'], historian: { accepting: true } })
    expect(json.historian.readings).toBeGreaterThan(10)
    expect((await house.ask('GET', '/metrics')).text).toContain('interwork_historian_accepting 1\n')
  })

  it('lists the profiles', async () => {
    const { json } = await house.ask('GET', '/api/v1/profiles')
    expect(json.profiles.length).toBeGreaterThan(5)
  })

  it('reduces what is stored to buckets', async () => {
    const lines = Array.from({ length: 100 }, (_, i) => `wave v=${i} ${1_767_225_600 + i}`).join('\n')
    await house.ask('POST', '/write?precision=s', { body: lines })
    const tag = (await house.ask('GET', '/api/v1/things/wave')).json.properties[0].tag as number
    const range = 'from=2026-01-01T00:00:00Z&to=2026-01-01T00:01:40Z'
    const { json } = await house.ask('GET', `/api/v1/readings/trend?tags=${tag}&${range}&buckets=10`)
    expect(json.trends[0].max).toEqual([9, 19, 29, 39, 49, 59, 69, 79, 89, 99])
    expect(json.trends[0].count).toEqual(Array.from({ length: 10 }, () => 10))
  })

  if (browserMissing) console.warn(`SKIPPED, the page of the API in a browser: ${browserMissing}`)
  it.skipIf(browserMissing)('describes itself on a page that everyone can read', { timeout: 120_000 }, async () => {
    const browser = await launchBrowser()
    try {
      for (const colorScheme of ['light', 'dark'] as const)
        for (const viewport of [undefined, { width: 390, height: 800 }]) {
          const options = { colorScheme, ...(viewport && { viewport }) }
          const { page, faults, close } = await openPage(browser, house.url, '/api/docs', options)
          expect(await axe(page)).toEqual([])
          expect(faults).toEqual([])
          expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
          await close()
        }
    } finally {
      await browser.close()
    }
  })
})
