import fc from 'fast-check'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { latestTime, systemClock } from '#kernel'
import { readCursor, writeCursor } from '../../../src/http/cursor.ts'
import { isoTime } from '../../../src/http/formats/iso-time.ts'
import { parseMoment, resolveRange } from '../../../src/http/moment.ts'
import { routes } from '../../../src/http/routes/index.ts'
import { startSurface } from './surface.ts'

const day = Date.UTC(2026, 0, 1) * 1000
const readings = (property: string) => `/api/v1/things/meter/properties/${property}/readings`
let surface: Awaited<ReturnType<typeof startSurface>>
let power: number

beforeAll(async () => {
  surface = await startSurface()
  const { plant } = surface
  plant.add({
    id: 'meter',
    properties: [
      { name: 'power', type: 'number', unit: 'kW' },
      { name: 'energy', type: 'integer' },
      { name: 'state', type: 'string' },
      { name: 'door', type: 'boolean' },
    ],
  })
  power = plant.put('meter', 'power', day, 0)
  for (let i = 1; i < 10; i++) plant.put('meter', 'power', day + i, i + 0.5)
  plant.put('meter', 'power', day + 10, null, 5)
  plant.put('meter', 'energy', day, 9007199254740993n)
  plant.put('meter', 'state', day, 'on, "hot"\n=1')
  plant.put('meter', 'door', day, true)
})

describe('stored readings', () => {
  it('gives them in columns, exact, with their quality', async () => {
    const { json } = await surface.ask('GET', `${readings('power')}?from=2026-01-01&limit=3`)
    expect(json).toMatchObject({ thing: 'meter', property: 'power', type: 'number', unit: 'kW' })
    expect(json).toMatchObject({
      time: [day, day + 1, day + 2],
      value: [0, 1.5, 2.5],
      quality: ['good', 'good', 'good'],
    })
    const values = await Promise.all(
      ['energy', 'state', 'door'].map(
        async (name) => (await surface.ask('GET', `${readings(name)}?from=0`)).json.value,
      ),
    )
    expect(values).toEqual([['9007199254740993'], ['on, "hot"\n=1'], [true]])
  })

  it.each(['asc', 'desc'])('pages through all of them without a gap or a double, order %s', async (order) => {
    const times: number[] = []
    let cursor = ''
    for (let page = 0; page < 10; page++) {
      const { json } = await surface.ask('GET', `${readings('power')}?from=0&order=${order}&limit=4${cursor}`)
      times.push(...json.time)
      if (json.next === undefined) break
      cursor = `&cursor=${json.next}`
    }
    const all = Array.from({ length: 11 }, (_, i) => day + i)
    expect(times).toEqual(order === 'asc' ? all : all.toReversed())
  })

  it('exports a table that any spreadsheet reads', async () => {
    const reply = await surface.ask('GET', `${readings('power')}?from=2026-01-01T00:00:00.000009Z&format=csv`)
    expect(reply.headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(reply.text).toBe(
      'time,thing,property,value,unit,quality\r\n2026-01-01T00:00:00.000009Z,meter,power,9.5,kW,good\r\n2026-01-01T00:00:00.000010Z,meter,power,,kW,null\r\n',
    )
    const text = await surface.ask('GET', `${readings('state')}?from=0`, { headers: { accept: 'text/csv' } })
    expect(text.text).toContain('meter,state,"on, ""hot""\n=1",,good\r\n')
  })

  it('exports more rows than one page holds', async () => {
    surface.plant.add({ id: 'long', properties: [{ name: 'x', type: 'number' }] })
    for (let i = 0; i < 4_200; i++) surface.plant.put('long', 'x', day + i, i)
    const csv = (await surface.ask('GET', '/api/v1/things/long/properties/x/readings?from=0&format=csv')).text
    expect(csv.trimEnd().split('\r\n').length).toBe(4_201)
    const { json } = await surface.ask('GET', '/api/v1/things/long/properties/x/readings?from=0&limit=100000')
    expect(json.value).toEqual(Array.from({ length: 4_200 }, (_, i) => i))
  })

  it('refuses an empty range, a wrong time and a cursor it did not give', async () => {
    const refused = async (query: string) => (await surface.ask('GET', `${readings('power')}?${query}`)).json
    expect(await refused('from=2026-01-02&to=2026-01-01')).toMatchObject({ code: 'IW_HISTORIAN_RANGE' })
    expect(await refused('from=yesterday')).toMatchObject({
      code: 'IW_HTTP_BAD_REQUEST',
      message: expect.stringMatching(/query\.from/),
    })
    expect(await refused('form=0')).toMatchObject({
      code: 'IW_HTTP_BAD_REQUEST',
      message: expect.stringMatching(/form/),
    })
    expect(await refused('limit=100001')).toMatchObject({
      code: 'IW_HTTP_BAD_REQUEST',
      message: expect.stringMatching(/query\.limit/),
    })
    expect(await refused('limit=1&limit=2')).toMatchObject({ code: 'IW_HTTP_BAD_REQUEST' })
    for (const cursor of ['x', writeCursor('things', 'a'), writeCursor('readings', power + 1, 0, 1)])
      expect(await refused(`cursor=${cursor}`)).toMatchObject({ code: 'IW_HTTP_CURSOR' })
  })
})

describe('last readings and trends', () => {
  it('gives the newest of tags or of whole things', async () => {
    const { json } = await surface.ask('GET', `/api/v1/readings/last?tags=${power},${power}`)
    expect(json.readings).toMatchObject([
      { tag: power, property: 'power', value: null, quality: 'null', lastGood: { value: 9.5 } },
    ])
    const things = await surface.ask('GET', '/api/v1/readings/last?things=meter')
    expect(things.json.readings).toHaveLength(4)
  })

  it('needs one of both, and names what it does not know', async () => {
    const code = async (query: string) => (await surface.ask('GET', `/api/v1/readings/last${query}`)).json.code
    expect(await code('')).toBe('IW_HTTP_BAD_REQUEST')
    expect(await code('?tags=1&things=meter')).toBe('IW_HTTP_BAD_REQUEST')
    expect(await code('?tags=99999')).toBe('IW_HISTORIAN_UNKNOWN_TAG')
    expect(await code('?tags=1e3')).toBe('IW_HTTP_BAD_REQUEST')
    expect(await code('?things=nobody')).toBe('IW_CONNECT_UNKNOWN_THING')
  })

  it('takes ids with commas, written with a backslash', async () => {
    surface.plant.add({ id: 'cpu,host=a', properties: [{ name: 'v', type: 'number' }] })
    surface.plant.put('cpu,host=a', 'v', day, 1)
    const reply = await surface.ask('GET', `/api/v1/readings/last?things=${encodeURIComponent('cpu\\,host=a,meter')}`)
    expect(reply.json.readings.map(({ thing }: { thing: string }) => thing)).toEqual([
      'cpu,host=a',
      'meter',
      'meter',
      'meter',
      'meter',
    ])
  })

  it('reduces a range to buckets', async () => {
    const { json } = await surface.ask(
      'GET',
      `/api/v1/readings/trend?tags=${power}&from=${day}&to=${day + 10}&buckets=1`,
    )
    expect(json).toMatchObject({ bucketUs: 10, from: day, to: day + 10 })
    expect(json.trends[0]).toMatchObject({
      unit: 'kW',
      min: [0],
      max: [9.5],
      last: [9.5],
      count: [10],
      quality: ['good'],
    })
    const text = surface.plant.put('meter', 'state', day + 1, 'off')
    expect((await surface.ask('GET', `/api/v1/readings/trend?tags=${text}`)).status).toBe(400)
  })

  it('says how long buckets are, where they are longer than asked for', async () => {
    const { historian } = surface.plant
    const trend = vi.spyOn(historian, 'trend')
    const found = { ...(await historian.trend({ tag: power, from: day, to: day + 10, buckets: 1 })), bucketUs: 420e6 }
    trend.mockResolvedValue(found)
    const { json } = await surface.ask('GET', `/api/v1/readings/trend?tags=${power}&from=${day}&to=${day + 10}`)
    trend.mockRestore()
    expect(json).toMatchObject({ bucketUs: 420e6, trends: [{ bucketUs: 420e6 }] })
  })
})

describe('times', () => {
  it('reads µs, ISO 8601 and times before now', () => {
    expect(parseMoment('1767225600000001')).toEqual({ at: day + 1 })
    expect(parseMoment('2026-01-01')).toEqual({ at: day })
    expect(parseMoment('2026-01-01T01:00:00.0000019+01:00')).toEqual({ at: day + 1 })
    expect(parseMoment('2026-01-01 00:00')).toEqual({ at: day })
    expect(parseMoment('-90m')).toEqual({ before: 5_400e6 })
    for (const wrong of [
      '',
      '-1',
      '-1y',
      '1e9',
      '2026-13-01',
      '2026-02-30',
      '1969-12-31',
      '9007199254740994',
      '99999999999999999',
    ])
      expect(parseMoment(wrong), wrong).toBeUndefined()
  })

  it('reads back every time it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8_999_999_999_999_999 }), (at) => {
        expect(parseMoment(isoTime(at))).toEqual({ at })
        expect(parseMoment(String(at))).toEqual({ at })
      }),
    )
  })

  it('never fails on any text, and gives only times that can be stored', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const moment = parseMoment(text)
        if (moment && 'at' in moment) expect(moment.at >= 0 && moment.at <= latestTime).toBe(true)
      }),
    )
  })

  it('is the last hour where nothing is said', () => {
    expect(resolveRange({}, day)).toEqual({ from: day - 3_600e6, to: latestTime })
  })
})

describe('cursors', () => {
  it('come back as they were written, and only to their own list', () => {
    fc.assert(
      fc.property(fc.string(), fc.maxSafeInteger(), (text, number) => {
        const cursor = writeCursor('a', text, number)
        expect(readCursor(cursor, 'a')).toEqual([text, number])
        expect(() => readCursor(cursor, 'b')).toThrow('cursor')
      }),
    )
  })
})

describe('any question', () => {
  it('is answered or refused, and never breaks anything', async () => {
    const fields = [
      'from',
      'to',
      'limit',
      'cursor',
      'order',
      'format',
      'tags',
      'things',
      'buckets',
      'q',
      'area',
      'thing',
    ]
    const value = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('0', '-1', '1e99', 'NaN', '-1h', 'asc', '%00', '[]', '{}'),
    )
    const get = routes.filter(({ method, path }) => method === 'GET' && !path.includes('/live'))
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...get),
        fc.dictionary(fc.constantFrom(...fields), value, { maxKeys: 3 }),
        fc.string({ minLength: 1 }),
        async ({ path }, query, name) => {
          const filled = path.replaceAll(/\{\w+\}/g, encodeURIComponent(name.toWellFormed()))
          const text = new URLSearchParams(query).toString()
          const { status } = await surface.ask('GET', `${filled}?${text}`)
          expect(status < 500, `${filled}?${text}: ${status}`).toBe(true)
        },
      ),
      { numRuns: 400 },
    )
    expect(systemClock.now()).toBeGreaterThan(0)
  })
})
