import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { request } from 'node:http'
import { tableFromIPC } from 'apache-arrow'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Historian, Series } from '#ports'
import { startSurface } from './surface.ts'

const day = Date.UTC(2026, 0, 1) * 1000
const hour = 3_600e6
const at = `from=2026-01-01&to=2026-01-02`
let surface: Awaited<ReturnType<typeof startSurface>>
let [power, energy, state] = [0, 0, 0]

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
  const more = ['a', 'b'].map((name) => ({ name, type: 'number' as const }))
  plant.add({ id: 'mill', properties: [{ name: 'power', type: 'number', unit: 'kW' }, ...more] })
  power = plant.put('meter', 'power', day, 1.5)
  plant.put('meter', 'power', day + hour, -0)
  plant.put('meter', 'power', day + 2 * hour, Number.POSITIVE_INFINITY, 4)
  plant.put('meter', 'power', day + 3 * hour, null, 5)
  energy = plant.put('meter', 'energy', day, 7)
  plant.put('meter', 'energy', day + 1, 9007199254740993n)
  state = plant.put('meter', 'state', day + hour, 'on, "hot"')
  plant.put('meter', 'door', day + hour, true)
})

const get = (path: string) => surface.ask('GET', `/api/v1/readings${path}`)

/** The body of an answer as its bytes. */
async function bytesOf(path: string): Promise<Buffer> {
  const outgoing = request({ port: surface.port, host: '127.0.0.1', path: `/api/v1/readings${path}`, agent: false })
  outgoing.end()
  const [response] = (await once(outgoing, 'response')) as [AsyncIterable<Buffer>]
  const all: Buffer[] = []
  for await (const chunk of response) all.push(chunk)
  return Buffer.concat(all)
}

describe('readings of several properties', () => {
  it('come one after another, by id or by name, each in the words of its type', async () => {
    const { json } = await get(`?tags=${power},${energy},${state}&${at}`)
    expect(json).toMatchObject({ from: day, to: day + 24 * hour })
    expect(json.series).toMatchObject([
      {
        property: 'power',
        unit: 'kW',
        value: [1.5, -0, null, null],
        quality: ['good', 'good', 'out_of_range', 'null'],
      },
      { property: 'energy', time: [day, day + 1], value: [7, '9007199254740993'] },
      { property: 'state', value: ['on, "hot"'] },
    ])
    const named = await get(`?properties=meter/power,energy,meter/state&${at}`)
    expect(named.text).toBe(JSON.stringify(json).replace('1.5,0,', '1.5,-0,'))
  })

  it('come side by side, a row for every time', async () => {
    const { json } = await get(`?properties=meter/power,energy,state,door&${at}&layout=wide`)
    expect(json.time).toEqual([day, day + 1, day + hour, day + 2 * hour, day + 3 * hour])
    expect(json.series.map(({ value }: { value: unknown[] }) => value)).toEqual([
      [1.5, null, 0, null, null].map((value) => (value === 0 ? -0 : value)),
      [7, '9007199254740993', null, null, null],
      [null, null, 'on, "hot"', null, null],
      [null, null, true, null, null],
    ])
    const csv = await get(`?properties=meter/power,state,door&${at}&layout=wide&format=csv`)
    expect(csv.text).toBe(
      `time,meter/power,meter/state,meter/door\r\n2026-01-01T00:00:00.000000Z,1.5,,\r\n2026-01-01T01:00:00.000000Z,-0,"on, ""hot""",true\r\n2026-01-01T02:00:00.000000Z,inf,,\r\n2026-01-01T03:00:00.000000Z,,,\r\n`,
    )
  })

  it('come as CSV, a value column for all types', async () => {
    const reply = await get(`?properties=meter/power,energy,state&${at}&format=csv`)
    expect(reply.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="meter-power-and-2-more-readings.csv"',
    })
    expect(reply.text.split('\r\n')).toEqual([
      'time,thing,property,value,unit,quality',
      '2026-01-01T00:00:00.000000Z,meter,power,1.5,kW,good',
      '2026-01-01T01:00:00.000000Z,meter,power,-0,kW,good',
      '2026-01-01T02:00:00.000000Z,meter,power,inf,kW,out_of_range',
      '2026-01-01T03:00:00.000000Z,meter,power,,kW,null',
      '2026-01-01T00:00:00.000000Z,meter,energy,7,,good',
      '2026-01-01T00:00:00.000001Z,meter,energy,9007199254740993,,good',
      '2026-01-01T01:00:00.000000Z,meter,state,"on, ""hot""",,good',
      '',
    ])
  })

  it.each(['arrow', 'arrow-stream'])('come as %s, what is not there as null', async (format) => {
    const table = tableFromIPC(await bytesOf(`?properties=meter/power,energy,state&${at}&format=${format}`))
    expect(table.numRows).toBe(7)
    const column = (name: string) => [...table.getChild(name)!]
    expect(column('thing')).toEqual(new Array(7).fill('meter'))
    expect(column('value')).toEqual([1.5, -0, Number.POSITIVE_INFINITY, null, 7, null, null])
    expect(column('integer')).toEqual([null, null, null, null, null, 9007199254740993n, null])
    expect(column('text')).toEqual([null, null, null, null, null, null, 'on, "hot"'])
    expect(column('unit')).toEqual(['kW', 'kW', 'kW', 'kW', null, null, null])
    expect(column('quality').slice(0, 4)).toEqual(['good', 'good', 'out_of_range', 'null'])
  })

  it('are refused where the question is none, and where a page cannot hold the answer', async () => {
    const code = async (query: string) => (await get(query)).json.code
    expect(await code('')).toBe('IW_HTTP_BAD_REQUEST')
    expect(await code(`?tags=${power}&properties=meter/power`)).toBe('IW_HTTP_BAD_REQUEST')
    expect(await code('?properties=power')).toBe('IW_HTTP_BAD_REQUEST')
    expect(await code('?properties=meter/nothing')).toBe('IW_CONNECT_UNKNOWN_PROPERTY')
    expect(await code('?tags=99999')).toBe('IW_HISTORIAN_UNKNOWN_TAG')
    expect(await code(`?tags=${Array.from({ length: 65 }, (_, id) => id)}`)).toBe('IW_HTTP_BAD_REQUEST')
    const { scan } = surface.plant.historian
    replaceScan(async function* () {
      for (let slice = 0; slice < 100; slice++) yield sliceOf(16_384, slice * 16_384)
    })
    expect(await code(`?tags=${power}&${at}`)).toBe('IW_HISTORIAN_TOO_MUCH')
    expect(await code(`?tags=${power}&${at}&layout=wide`)).toBe('IW_HISTORIAN_TOO_MUCH')
    replaceScan(scan)
  })

  it('are not to be had as Parquet where the historian has no SQL, and leave nothing behind', async () => {
    const reply = await get(`?tags=${power}&${at}&format=parquet`)
    expect(reply).toMatchObject({ status: 501, json: { code: 'IW_HISTORIAN_UNSUPPORTED' } })
    expect(readdirSync(surface.folder)).toEqual([])
  })
})

function replaceScan(scan: Historian['scan']): void {
  ;(surface.plant.historian as { scan: Historian['scan'] }).scan = scan
}

const sliceOf = (count: number, from: number): Series => ({
  tag: power,
  count,
  time: Float64Array.from({ length: count }, (_, row) => day + from + row),
  value: new Float64Array(count).fill(0.1),
  quality: new Uint8Array(count),
  more: true,
})

describe('an answer without end', () => {
  it.each(['csv', 'arrow', 'arrow-stream', 'csv&layout=wide', 'arrow&layout=wide'])(
    'is read no faster than the client takes it, and no longer: %s',
    async (format) => {
      const { scan } = surface.plant.historian
      let read = 0
      const { promise: ended, resolve: end } = Promise.withResolvers<void>()
      replaceScan(async function* () {
        try {
          for (; ; read++) yield sliceOf(16_384, read * 16_384)
        } finally {
          end()
        }
      })
      const path = `/api/v1/readings?tags=${power}&${at}&format=${format}`
      const outgoing = request({ port: surface.port, host: '127.0.0.1', path, agent: false }).on('error', () => {})
      outgoing.end()
      const [response] = await once(outgoing, 'response')
      await once(response, 'readable')
      // Sockets take a few megabytes; once they are full nothing more may be read.
      const isStill = async () => {
        const before = read
        await new Promise((resolve) => setTimeout(resolve, 200))
        return read === before
      }
      while (!(await isStill())) expect(read).toBeLessThan(1_000)
      outgoing.destroy()
      await ended
      replaceScan(scan)
    },
  )
})

describe('aggregates', () => {
  it('go by the calendar of a zone', async () => {
    const { json } = await get(`/aggregate?tags=${power}&from=2026-01-01&to=2026-01-01T12:00Z&step=1d&zone=Asia/Tokyo`)
    const midnight = day - 9 * hour
    expect(json).toMatchObject({ step: '1d', zone: 'Asia/Tokyo', from: midnight, to: midnight + 24 * hour })
    expect(json.series).toMatchObject([
      {
        tag: power,
        thing: 'meter',
        property: 'power',
        unit: 'kW',
        time: [midnight],
        end: [midnight + 24 * hour],
        min: [-0],
        max: [1.5],
        mean: [0.75],
        sum: [1.5],
        first: [1.5],
        last: [-0],
        count: [2],
        quality: ['null'],
      },
    ])
  })

  it('tell the mean over time where it is asked for', async () => {
    const { json } = await get(
      `/aggregate?properties=meter/power,mill/power&from=2026-01-01&to=2026-01-01T02:00Z&step=2h&interpolation=previous`,
    )
    expect(json.interpolation).toBe('previous')
    expect(json.series[0]).toMatchObject({ timeWeighted: [0.75], coveredUs: [2 * hour] })
    expect(json.series[1]).toMatchObject({ thing: 'mill', time: [], timeWeighted: [], coveredUs: [] })
  })

  it('come as tables', async () => {
    const query = `/aggregate?tags=${power}&from=2026-01-01&to=2026-01-01T04:00Z&step=2h`
    const csv = await get(`${query}&format=csv`)
    expect(csv.text.split('\r\n')).toEqual([
      'time,end,thing,property,min,max,mean,sum,first,last,count,quality,unit',
      '2026-01-01T00:00:00.000000Z,2026-01-01T02:00:00.000000Z,meter,power,-0,1.5,0.75,1.5,1.5,-0,2,good,kW',
      '2026-01-01T02:00:00.000000Z,2026-01-01T04:00:00.000000Z,meter,power,,,,,,,0,null,kW',
      '',
    ])
    const table = tableFromIPC(await bytesOf(`${query}&interpolation=linear&format=arrow`))
    expect(table.schema.fields.map(({ name }) => name)).toEqual(
      'time end thing property min max mean sum first last count quality timeWeighted coveredUs unit'.split(' '),
    )
    expect([...table.getChild('count')!]).toEqual([2n, 0n])
    expect([...table.getChild('max')!]).toEqual([1.5, null])
  })

  it('are refused for texts, for steps that are none and for too many of them', async () => {
    const code = async (query: string) => (await get(`/aggregate?${query}`)).json.code
    expect(await code(`tags=${state}&${at}&step=1h`)).toBe('IW_HISTORIAN_TYPE')
    expect(await code(`tags=${power}&${at}&step=1x`)).toBe('IW_HTTP_BAD_REQUEST')
    expect(await code(`tags=${power}&${at}&step=0s`)).toBe('IW_HISTORIAN_STEP')
    expect(await code(`tags=${power}&${at}&step=1h&zone=Atlantis/Poseidon`)).toBe('IW_HISTORIAN_STEP')
    expect(await code(`tags=${power}&${at}&step=1us`)).toBe('IW_HISTORIAN_TOO_MUCH')
    const many = 'properties=meter/power,energy,door,mill/power,mill/a,mill/b&from=0&to=99999000000'
    expect(await code(`${many}&step=1s`)).toBe('IW_HISTORIAN_TOO_MUCH')
    expect(await code(`tags=${power}&from=2026-01-02&to=2026-01-01&step=1h`)).toBe('IW_HISTORIAN_RANGE')
  })
})

describe('the newest of everything', () => {
  it('is one question', async () => {
    const { json } = await get('/last?tags=all')
    expect(json.readings.map(({ property, value }: { property: string; value: unknown }) => [property, value])).toEqual(
      [
        ['power', null],
        ['energy', '9007199254740993'],
        ['state', 'on, "hot"'],
        ['door', true],
      ],
    )
  })
})

describe('states', () => {
  it('tell what a property was in and for how long, whole and by steps', async () => {
    const { json } = await get('/states?properties=meter/state,door&from=2026-01-01&to=2026-01-01T04:00Z&step=2h')
    expect(json).toMatchObject({ from: day, to: day + 4 * hour })
    expect(json.series[0]).toMatchObject({
      intervals: [
        { start: day, end: day + hour, value: null },
        { start: day + hour, end: day + 4 * hour, value: 'on, "hot"', quality: 'good' },
      ],
      truncated: false,
      totals: [{ value: 'on, "hot"', us: 3 * hour, times: 1 }],
      unknownUs: hour,
      buckets: [
        { start: day, end: day + 2 * hour, totals: [{ value: 'on, "hot"', us: hour }] },
        { start: day + 2 * hour, end: day + 4 * hour, totals: [{ value: 'on, "hot"', us: 2 * hour }] },
      ],
    })
    expect(json.series[1].totals).toEqual([{ value: true, us: 3 * hour, times: 1 }])
    const short = await get(`/states?tags=${state}&from=2026-01-01&to=2026-01-01T04:00Z&limit=1`)
    expect(short.json.series[0]).toMatchObject({ truncated: true, totals: [{ us: 3 * hour }] })
  })

  it('end now, where the range goes on into the future, and are none of numbers', async () => {
    const { json } = await get(`/states?tags=${state}&from=2026-01-01&to=2200-01-01`)
    expect(json.to).toBeLessThanOrEqual(Date.now() * 1000)
    expect((await get(`/states?tags=${power}&${at}`)).json.code).toBe('IW_HISTORIAN_TYPE')
    expect((await get(`/states?tags=${state}&from=2199-01-01&to=2200-01-01`)).json.code).toBe('IW_HISTORIAN_RANGE')
  })
})

describe('aligned properties', () => {
  const query = '/aligned?properties=meter/power,energy,state,door&from=2026-01-01&to=2026-01-01T02:00Z&step=30m'

  it('stand side by side at the same points', async () => {
    const { json } = await get(query)
    expect(json).toMatchObject({ step: '30m', zone: 'UTC', interpolation: 'previous' })
    expect(json.time).toEqual([0, 0.5, 1, 1.5].map((hours) => day + hours * hour))
    expect(json.series.map(({ value }: { value: unknown[] }) => value)).toEqual([
      [1.5, 1.5, -0, -0],
      [7, '9007199254740993', '9007199254740993', '9007199254740993'],
      [null, null, 'on, "hot"', 'on, "hot"'],
      [null, null, true, true],
    ])
    const linear = await get(`${query}&interpolation=linear`)
    expect(linear.json.series[0].value).toEqual([1.5, 0.75, -0, -0])
    const none = await get(`${query}&interpolation=none`)
    expect(none.json.series[2].value).toEqual([null, null, 'on, "hot"', null])
  })

  it('come as tables', async () => {
    const csv = await get(`${query}&format=csv`)
    expect(csv.text).toContain('time,meter/power,meter/energy,meter/state,meter/door\r\n')
    expect(csv.text).toContain('2026-01-01T01:00:00.000000Z,-0,9007199254740993,"on, ""hot""",true\r\n')
    const table = tableFromIPC(await bytesOf(`${query}&format=arrow`))
    expect([...table.getChild('meter/energy')!]).toEqual([7n, ...new Array(3).fill(9007199254740993n)])
    expect([...table.getChild('meter/door')!]).toEqual([null, null, true, true])
  })
})

describe('similar properties', () => {
  it('are those that move alike, with their delay', async () => {
    const { plant } = surface
    const properties = ['a', 'same', 'against', 'still', 'text'].map((name) => ({
      name,
      type: name === 'text' ? ('string' as const) : ('number' as const),
    }))
    plant.add({ id: 'group', properties })
    for (let i = 0; i < 128; i++) {
      const wave = Math.sin(i / 7) + Math.sin(i / 3)
      plant.put('group', 'a', day + i * 60e6, wave)
      plant.put('group', 'same', day + i * 60e6, 100 + wave * 3)
      plant.put('group', 'against', day + i * 60e6, ((i * 7) % 5) / 20 - wave)
      plant.put('group', 'still', day + i * 60e6, 5)
    }
    const tag = plant.historian.findTag('group', 'a')!.id
    const { json } = await get(`/similar?tag=${tag}&from=2026-01-01&to=${day + 128 * 60e6}&limit=2`)
    expect(json.similar).toMatchObject([
      { thing: 'group', property: 'same', lagUs: 0 },
      { thing: 'group', property: 'against', lagUs: 0 },
    ])
    const [same, against] = json.similar.map(({ correlation }: { correlation: number }) => correlation)
    expect(same).toBeCloseTo(1, 9)
    expect(against).toBeLessThan(-0.95)
    const text = plant.historian.findTag('group', 'text')!.id
    expect((await get(`/similar?tag=${text}`)).json.code).toBe('IW_HISTORIAN_TYPE')
  })
})
