import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { exitCodes } from '../../src/cli/exit-codes.ts'
import { foreignUnit } from '../fakes/foreign-unit.ts'
import { ProgramFolder, type RunningProgram } from '../fakes/program.ts'
import { smallMachine } from '../fakes/small-machine.ts'

const folder = new ProgramFolder()
let program: RunningProgram
beforeAll(async () => {
  program = await folder.start()
})
afterAll(() => folder.close())

interface Answer {
  readonly status: number
  readonly json: Record<string, unknown>
}

/** As fetch, but with any Host and Origin. */
async function ask(method: string, path: string, headers: Record<string, string> = {}, body?: string | Buffer) {
  const call = request(`${program.url}${path}`, { method, headers, agent: false })
  // What the program refuses early it does not read to its end.
  call.on('error', () => {})
  call.end(body)
  const [answer] = (await once(call, 'response')) as [import('node:http').IncomingMessage]
  let text = ''
  for await (const chunk of answer.setEncoding('utf8')) text += chunk
  return { status: answer.statusCode!, json: text.startsWith('{') ? JSON.parse(text) : {} } as Answer
}

const write = (lines: string | Buffer, query = 'precision=ms') => ask('POST', `/write?${query}`, {}, lines)
const last = async (thing: string, property: string) =>
  (await ask('GET', `/api/v1/things/${encodeURIComponent(thing)}/properties/${property}`)).json['last']
const answers = async () => expect((await ask('GET', '/api/v1/system')).status).toBe(200)

async function add(id: string, port: number, properties: readonly object[]): Promise<void> {
  const connection = { protocol: 'modbus', host: '127.0.0.1', port, everyMs: 20, timeoutMs: 200 }
  const json = { 'content-type': 'application/json' }
  const { status, json: said } = await ask(
    'POST',
    '/api/v1/things',
    json,
    JSON.stringify({ id, connection, properties }),
  )
  expect(said['code']).toBeUndefined()
  expect(status).toBe(201)
}

async function everyValue(thing: string, property: string): Promise<readonly unknown[]> {
  const { json } = await ask('GET', `/api/v1/things/${thing}/properties/${property}/readings?from=-1h&limit=100000`)
  return json['value'] as unknown[]
}

describe('lines', () => {
  it('that are bad are named and dropped; the good ones beside them are stored', async () => {
    const { status, json } = await write(
      'mill speed=1 1767225600000\nmill speed=\n\u0000\u0001\nmill speed=2 1767225600001',
    )
    expect(status).toBe(400)
    expect(json['error']).toMatch(/^partial write: .*dropped=2$/s)
    expect(await last('mill', 'speed')).toMatchObject({ value: 2 })
  })

  it('with NaN, infinities or another type are dropped one by one', async () => {
    const bad = ['speed=NaN', 'speed=Inf', 'speed=-Infinity', 'speed=1e999', 'speed="fast"', 'speed=1i', 'speed=t']
    for (const field of bad) expect([field, (await write(`mill ${field} 1767225600002`)).status]).toEqual([field, 400])
    expect(await everyValue('mill', 'speed')).not.toContain(null)
  })

  it('that are absurd are refused, and nothing suffers', async () => {
    const endless = `mill ${'x'.repeat(3_000_000)}`
    const bodies = [
      endless,
      `m,${'t=1,'.repeat(50_000)}t=1 v=1`,
      '\ufeff',
      '"',
      'm v="',
      'm v=1 99999999999999999999',
      'm v=1 -1',
    ]
    for (const body of bodies) expect((await write(body)).status).toBe(400)
    expect((await write(Buffer.alloc(26 * 1024 * 1024, 'x'))).status).toBe(413)
    expect((await ask('POST', '/write', { 'content-encoding': 'gzip' }, 'no gzip')).status).toBe(400)
    expect((await write('')).status).toBeLessThan(500)
    await answers()
  })
})

describe('a device', () => {
  it('that gives NaN and infinities has no value there, and the others stay good', async () => {
    const machine = await smallMachine()
    machine.registers.set([0x7fc0, 0, 0x7f80, 0, 0xff80, 0, 0x41a0, 0])
    const float = (name: string, at: number) => ({ name, type: 'number', address: `hr${at}:float32` })
    await add('furnace', machine.port, [float('nan', 0), float('plus', 2), float('minus', 4), float('twenty', 6)])
    await vi.waitFor(
      async () => expect(await last('furnace', 'twenty')).toMatchObject({ value: 20, quality: 'good' }),
      5_000,
    )
    expect(await last('furnace', 'nan')).toMatchObject({ value: null, quality: 'null' })
    expect(await last('furnace', 'plus')).toMatchObject({ value: null, quality: 'out_of_range' })
    expect(await last('furnace', 'minus')).toMatchObject({ value: null, quality: 'out_of_range' })
    await machine.close()
  })

  it('that answers for another unit is never believed, and it is counted', async () => {
    const gateway = await foreignUnit(42, 666)
    await add('press', gateway.port, [{ name: 'force', type: 'number', address: 'hr0' }])
    await vi.waitFor(async () => expect((await everyValue('press', 'force')).length).toBeGreaterThan(20), 10_000)
    gateway.confused = true
    await vi.waitFor(
      async () => expect(await last('press', 'force')).toMatchObject({ value: null, quality: 'comm_error' }),
      10_000,
    )
    expect(new Set(await everyValue('press', 'force'))).toEqual(new Set([42, null]))
    const { json } = await ask('GET', '/api/v1/things/press')
    const { counters, state } = json['status'] as { counters: { discarded: number }; state: string }
    expect(state).toBe('failing')
    expect(counters.discarded).toBeGreaterThan(20)
    gateway.close()
  })
})

describe('a request', () => {
  it.each([
    ['a foreign Host', { host: 'evil.example' }, 421],
    ['a foreign Origin', { origin: 'http://evil.example' }, 403],
  ])('with %s is refused, to read and to write', async (_, headers, status) => {
    expect((await ask('GET', '/api/v1/things', headers)).status).toBe(status)
    expect((await ask('POST', '/write', headers, 'evil v=1')).status).toBe(status)
    expect((await ask('GET', '/api/v1/things/evil')).status).toBe(404)
  })

  it.each([
    ['deep JSON', '['.repeat(100_000)],
    ['no JSON', '{'],
    ['a prototype', '{"__proto__":{"x":1},"id":"a"}'],
    ['a wrong shape', '{"id":7,"connection":[],"properties":"all"}'],
    ['nothing', ''],
  ])('with %s for a machine is refused with a code', async (_, body) => {
    const { status, json } = await ask('POST', '/api/v1/things', { 'content-type': 'application/json' }, body)
    expect(status).toBe(400)
    expect(json['code']).toMatch(/^IW_[A-Z_]+$/)
    await answers()
  })
})

describe('connections', () => {
  it('may be open by the 10,000: others are answered', async ({ skip }) => {
    const count = 10_000
    const limit = Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 0)
    if (limit < count + 600) skip(`only ${limit} open files are permitted here (ulimit -n), ${count + 600} are needed`)
    const holder = join(import.meta.dirname, '../fakes/open-connections.ts')
    const port = new URL(program.url).port
    const child = spawn(process.execPath, [holder, port, String(count)], { stdio: ['pipe', 'pipe', 'inherit'] })
    const [opened] = await once(child.stdout, 'data')
    expect(JSON.parse(String(opened))).toEqual({ opened: count })
    await answers()
    expect((await write('mill speed=3 1767225600003')).status).toBe(204)
    child.stdin.end()
    const [rest] = await once(child.stdout, 'data')
    expect(JSON.parse(String(rest))).toEqual({ open: count })
    await once(child, 'exit')
    await answers()
  })
})

describe('settings', () => {
  it.each([
    ['htp: {}\n', 'http'],
    ['http: { prot: 7070 }\n', 'port'],
    ['historian: { headByte: 1 }\n', 'headBytes'],
  ])('with the unknown key in %j start nothing, and the nearest key is named', async (text, nearest) => {
    writeFileSync(join(folder.path, 'interwork.yaml'), text)
    for (const args of [
      ['start', '--port', '0'],
      ['config', 'check'],
    ]) {
      const { code, err } = await folder.run(...args)
      expect([code, err]).toEqual([exitCodes.failed.code, expect.stringContaining('IW_SETTINGS_UNKNOWN_KEY')])
      expect(err).toContain(nearest)
    }
  })
})
