import { gzipSync } from 'node:zlib'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { IwError } from '#kernel'
import { startSurface, token } from './surface.ts'

let surface: Awaited<ReturnType<typeof startSurface>>
const write = (body: string | Buffer, query = 'db=x', headers: Record<string, string> = {}) =>
  surface.ask('POST', `/write?${query}`, { body, headers })
const write2 = (body: string | Buffer, query = 'bucket=x', headers: Record<string, string> = {}) =>
  surface.ask('POST', `/api/v2/write?${query}`, { body, headers })

beforeAll(async () => {
  surface = await startSurface({ maxBodyBytes: 1_000_000 })
})
beforeEach(() => {
  surface.plant.lines.length = 0
})

describe('writing line protocol', () => {
  it('answers 204 and hands the body on as it came', async () => {
    const body = 'cpu,host=a value=1 1\ncpu,host=ä value="°C" 2'
    expect(await write(body, 'db=x&rp=autogen&consistency=all')).toMatchObject({ status: 204, text: '' })
    expect(await write2(body, 'org=o&bucket=b')).toMatchObject({ status: 204, text: '' })
    expect(surface.plant.lines).toEqual([
      { body, precision: 'ns' },
      { body, precision: 'ns' },
    ])
  })

  it('knows every unit of time of both versions, and no other', async () => {
    for (const [given, meant] of Object.entries({
      n: 'ns',
      ns: 'ns',
      u: 'us',
      µ: 'us',
      us: 'us',
      ms: 'ms',
      s: 's',
      m: 'm',
      h: 'h',
    })) {
      expect((await write('a b=1', `db=x&precision=${encodeURIComponent(given)}`)).status, given).toBe(204)
      expect(surface.plant.lines.at(-1)?.precision).toBe(meant)
    }
    expect(await write('a b=1', 'precision=d')).toMatchObject({
      status: 400,
      json: { error: expect.stringMatching(/precision/) },
    })
    expect(await write2('a b=1', 'precision=h')).toMatchObject({ status: 400, json: { code: 'invalid' } })
  })

  it('takes any content type, also an empty one and none', async () => {
    for (const type of [
      '',
      'text/plain; charset=utf-8',
      'application/x-www-form-urlencoded',
      'application/json',
      'nonsense',
    ])
      expect((await write('a b=1', 'db=x', { 'content-type': type })).status, type).toBe(204)
    expect((await write('', 'db=x')).status).toBe(204)
  })

  it('stores the good lines of a body and says which were not, as InfluxDB does', async () => {
    const v1 = await write('a b=1\nbad\nworse\na b=2')
    expect(v1).toMatchObject({ status: 400, headers: { 'x-influxdb-error': expect.stringMatching(/partial write/) } })
    expect(v1.json).toEqual({ error: 'partial write: line 2: missing fields; line 3: missing fields dropped=2' })
    const v2 = await write2('a b=1\nbad')
    expect(v2).toMatchObject({
      status: 400,
      json: { code: 'invalid', message: 'partial write: line 2: missing fields dropped=1' },
    })
    expect((await write('bad')).json).toEqual({ error: 'line 1: missing fields' })
  })

  it('unzips bodies', async () => {
    const body = 'a b=1\n'.repeat(1000)
    for (const encoding of ['gzip', 'x-gzip', 'GZIP'])
      expect((await write(gzipSync(body), 'db=x', { 'content-encoding': encoding })).status).toBe(204)
    expect(surface.plant.lines[0]?.body).toBe(body)
  })

  it('stops unzipping at the limit, however small the body was', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, 'a'))
    expect(bomb.length).toBeLessThan(100_000)
    expect(await write(bomb, 'db=x', { 'content-encoding': 'gzip' })).toMatchObject({
      status: 413,
      json: { error: expect.stringMatching(/unzipped/) },
    })
    expect(surface.plant.lines).toEqual([])
  })

  it('refuses bodies that are too large, not zipped as they claim, or in an unknown coding', async () => {
    expect((await write('a'.repeat(1_000_001))).status).toBe(413)
    expect(await write('not gzip', 'db=x', { 'content-encoding': 'gzip' })).toMatchObject({ status: 400 })
    expect(await write('a b=1', 'db=x', { 'content-encoding': 'br' })).toMatchObject({ status: 415 })
    expect(surface.plant.lines).toEqual([])
  })

  it('asks to try again when the disk is full or busy', async () => {
    const { ingest } = surface.plant.connect
    const { lineProtocol } = ingest
    const failing = async (code: 'IW_HISTORIAN_DISK_FULL' | 'IW_HISTORIAN_BUSY') => {
      ingest.lineProtocol = () => Promise.reject(new IwError(code, 'no'))
      try {
        return [await write('a b=1'), await write2('a b=1')]
      } finally {
        ingest.lineProtocol = lineProtocol
      }
    }
    for (const [one, two] of [await failing('IW_HISTORIAN_DISK_FULL'), await failing('IW_HISTORIAN_BUSY')]) {
      expect(one).toMatchObject({
        status: 503,
        json: { error: 'no' },
        headers: { 'retry-after': expect.stringMatching(/^\d+$/) },
      })
      expect(two).toMatchObject({
        status: 503,
        json: { code: 'unavailable' },
        headers: { 'retry-after': expect.stringMatching(/^\d+$/) },
      })
    }
  })

  it('takes the token the way clients of either version send it', async () => {
    expect((await write('a b=1', `db=x&u=any&p=${token}`)).status).toBe(204)
    expect((await write2('a b=1', 'bucket=x', { authorization: `Token ${token}` })).status).toBe(204)
    expect(await write('a b=1', 'db=x&u=any&p=wrong')).toMatchObject({
      status: 401,
      json: { error: expect.stringMatching(/token/) },
    })
    expect(await write2('a b=1', 'bucket=x', { authorization: 'Token wrong' })).toMatchObject({
      status: 401,
      json: { code: 'unauthorized' },
    })
    // A password in the address is InfluxDB 1.x's way and no other's.
    expect((await surface.ask('GET', '/metrics?p=wrong', { headers: { host: 'localhost' } })).status).toBe(400)
  })
})

describe('what writers ask before they write', () => {
  it('names a version they know', async () => {
    for (const method of ['GET', 'HEAD'])
      expect(await surface.ask(method, '/ping')).toMatchObject({
        status: 204,
        headers: { 'x-influxdb-version': expect.stringMatching(/^1\./) },
      })
  })

  it('answers the statements they send, and says what it does not answer', async () => {
    const get = await surface.ask(
      'GET',
      `/query?db=x&epoch=ns&q=${encodeURIComponent('SHOW DATABASES; select * from cpu')}`,
    )
    expect(get.json.results).toMatchObject([
      { series: [{ values: [['interwork']] }] },
      { statement_id: 1, error: expect.stringMatching(/cpu/) },
    ])
    const post = await surface.ask('POST', '/query', {
      body: 'q=CREATE+DATABASE+telegraf',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(post).toMatchObject({ status: 200, json: { results: [{ statement_id: 0 }] } })
    expect((await surface.ask('GET', '/query')).status).toBe(400)
  })
})
