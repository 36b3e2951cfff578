import { once } from 'node:events'
import { get } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import type { LiveMessage } from '#http'
import { httpSettings } from '#http'
import { silentLogger, systemClock } from '#kernel'
import { zeroCounters } from '#model'
import { liveMessage } from '../../../src/http/contract.ts'
import { createTagChanges } from '../../../src/http/live/changes.ts'
import type { LiveClient } from '../../../src/http/live/client.ts'
import { LiveHub } from '../../../src/http/live/hub.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'
import { createFakePlant } from '../../fakes/plant.ts'
import { startSurface, token } from './surface.ts'

const live = '/api/v1/live'
const day = Date.UTC(2026, 0, 1) * 1000
let surface: Awaited<ReturnType<typeof startSurface>>

beforeAll(async () => {
  surface = await startSurface({ maxLiveClients: 3 })
  for (const id of ['a', 'b']) surface.plant.add({ id, properties: [{ name: 'x', type: 'number' }] })
})

/** A plant of two things and a hub on a clock of the test, with clients that note what they get. */
function setUp(settings: { liveBufferBytes?: number } = {}) {
  const clock = new ManualClock()
  const plant = createFakePlant(() => clock.now())
  const advance = async (ms: number) => {
    clock.advance(ms)
    await nextTurn()
  }
  for (const id of ['a', 'b']) plant.add({ id, properties: [{ name: 'x', type: 'number' }] })
  const hub = new LiveHub({ ...plant, clock, log: silentLogger, settings: httpSettings.parse(settings) })
  hub.start()
  return { plant, hub, clock, advance }
}

function noting(format: LiveClient['format'] = 'websocket') {
  const frames: Buffer[] = []
  const client = {
    format,
    buffered: 0,
    closed: false,
    heartbeats: 0,
    frames,
    send: (frame: Buffer) => void frames.push(frame),
    heartbeat: () => void client.heartbeats++,
    close: () => {
      client.closed = true
    },
    messages: () => frames.map((frame) => liveMessage.parse(JSON.parse(frame.toString('utf8')))),
  }
  return client
}

describe('the hub', () => {
  it('sends the present state first, then what changed', async () => {
    const { plant, hub, advance } = setUp()
    const tag = plant.put('a', 'x', day, 1)
    const client = noting()
    hub.join(client, undefined)
    plant.put('a', 'x', day + 1, 2)
    plant.commit([tag])
    await advance(100)
    expect(client.messages()).toMatchObject([
      { readings: [[tag, day, 1, 'good']] },
      { readings: [[tag, day + 1, 2, 'good']] },
    ])
  })

  it('sends each tag once a flush, with its newest value', async () => {
    const { plant, hub, advance } = setUp()
    const client = noting()
    hub.join(client, undefined)
    for (let i = 0; i < 50; i++) plant.commit([plant.put('a', 'x', day + i, i)])
    await advance(100)
    await advance(100)
    expect(client.messages()).toMatchObject([{ type: 'readings', readings: [[0, day + 49, 49, 'good']] }])
  })

  it('never sends a late old reading as if it were new', async () => {
    const { plant, hub, advance } = setUp()
    const client = noting()
    const tag = plant.put('a', 'x', day + 5, 5)
    hub.join(client, undefined)
    plant.commit([tag])
    await advance(100)
    expect(client.messages().at(-1)).toMatchObject({ readings: [[tag, day + 5, 5, 'good']] })
  })

  it('encodes once for all clients of one subscription', async () => {
    const { plant, hub, advance } = setUp()
    const [one, two, other] = [noting(), noting(), noting()]
    hub.join(one, ['a', 'b'])
    hub.join(two, ['b', 'a'])
    hub.join(other, ['b'])
    plant.commit([plant.put('a', 'x', day, 1)])
    await advance(100)
    expect(one.frames).toHaveLength(1)
    expect(two.frames[0]).toBe(one.frames[0])
    expect(other.frames).toHaveLength(0)
  })

  it('skips a slow client and gives it, once it drains, the newest of everything it missed', async () => {
    const { plant, hub, advance } = setUp({ liveBufferBytes: 1024 })
    const [slow, quick] = [noting(), noting()]
    hub.join(slow, undefined)
    hub.join(quick, undefined)
    slow.buffered = 2000
    for (let i = 0; i < 10; i++) {
      plant.commit([plant.put('a', 'x', day + i, i), ...(i === 2 ? [plant.put('b', 'x', day, 7)] : [])])
      await advance(100)
    }
    expect(slow.frames).toHaveLength(0)
    expect(quick.frames).toHaveLength(10)
    expect(hub.counters()).toMatchObject({ conflated: 10, clients: 2 })
    slow.buffered = 0
    await advance(100)
    expect(slow.messages()).toMatchObject([
      {
        readings: [
          [0, day + 9, 9, 'good'],
          [1, day, 7, 'good'],
        ],
      },
    ])
  })

  it('gives up a client that takes nothing for a minute', async () => {
    const { hub, advance } = setUp({ liveBufferBytes: 1024 })
    const client = noting()
    hub.join(client, undefined)
    client.buffered = 2000
    for (let i = 0; i < 620; i++) await advance(100)
    expect(client.closed).toBe(true)
  })

  it('says that it is there when nothing changes', async () => {
    const { hub, advance } = setUp()
    const client = noting()
    hub.join(client, undefined)
    for (let i = 0; i < 310; i++) await advance(100)
    expect(client.heartbeats).toBe(2)
    expect(client.frames).toHaveLength(0)
  })

  it('tells of connections, things, events and commands, each to those who asked for the thing', async () => {
    const { plant, hub, advance } = setUp()
    const [all, onlyB] = [noting(), noting()]
    hub.join(all, undefined)
    hub.join(onlyB, ['b'])
    plant.bus.emit('connection.changed', {
      thing: 'a',
      protocol: 'modbus',
      address: 'x',
      state: 'failing',
      since: day,
      counters: zeroCounters(),
      detail: {},
    })
    plant.bus.emit('thing.removed', { id: 'b' })
    plant.bus.emit('plant.event', { id: 'e', at: day, kind: 'instance.started', detail: {} })
    plant.bus.emit('command.finished', {
      id: 'c',
      thing: 'a',
      property: 'x',
      value: 2n ** 60n,
      principal: 'p',
      requestedAt: day,
      outcome: 'done',
    })
    await advance(100)
    expect(all.messages().map(({ type }) => type)).toEqual(['connection', 'thing', 'event', 'command'])
    expect(onlyB.messages()).toMatchObject([{ type: 'thing', id: 'b', change: 'removed' }, { type: 'event' }])
    expect(all.messages().at(-1)).toMatchObject({ command: { value: '1152921504606846976' } })
  })

  it('cuts off who missed more news than are kept, to start anew', async () => {
    const { plant, hub, advance } = setUp({ liveBufferBytes: 1024 })
    const client = noting()
    hub.join(client, undefined)
    await advance(100)
    client.buffered = 2000
    for (let i = 0; i < 5_000; i++) {
      plant.bus.emit('thing.removed', { id: `t${i}` })
      if (i % 1000 === 0) await advance(100)
    }
    client.buffered = 0
    await advance(100)
    expect(client.closed).toBe(true)
  })

  it('does nothing while nobody listens', async () => {
    const { plant, hub, clock, advance } = setUp()
    let timers = 0
    const after = clock.after.bind(clock)
    clock.after = (delayMs, run) => {
      timers++
      return after(delayMs, run)
    }
    plant.commit([plant.put('a', 'x', day, 1)])
    await advance(1_000)
    expect(timers).toBe(0)
    hub.join(noting(), undefined)()
    await advance(1_000)
    expect(timers).toBe(1)
  })
})

describe('marks of changes', () => {
  it('know what changed since any flush', () => {
    const changes = createTagChanges()
    const mark = (...tags: number[]) => changes.mark({ tag: Int32Array.from(tags), count: tags.length } as never)
    mark(1, 5, 1)
    changes.next()
    mark(70_000, 5)
    changes.next()
    mark(2)
    expect([...(changes.since(changes.current - 1) as Int32Array)]).toEqual([2])
    expect(changes.since(1)).toEqual([2, 5, 70_000])
    expect(changes.since(0)).toEqual([1, 2, 5, 70_000])
  })
})

describe('server-sent events', () => {
  it('carry what changed, by name', async () => {
    const tag = surface.plant.put('a', 'x', systemClock.now(), 1)
    const stream = await openStream('?things=a')
    expect(await stream.next('readings')).toMatchObject({ readings: [[tag, expect.any(Number), 1, 'good']] })
    surface.plant.commit([
      surface.plant.put('b', 'x', systemClock.now(), 1),
      surface.plant.put('a', 'x', systemClock.now(), 2),
    ])
    expect(await stream.next('readings')).toMatchObject({ readings: [[tag, expect.any(Number), 2, 'good']] })
    surface.plant.bus.emit('thing.removed', { id: 'a' })
    expect(await stream.next('thing')).toEqual({ type: 'thing', id: 'a', change: 'removed' })
    stream.close()
  })

  it('are refused beyond the limit, until one leaves', async () => {
    const streams = [await openStream(''), await openStream(''), await openStream('')]
    const refused = await surface.ask('GET', live)
    expect(refused).toMatchObject({ status: 429, json: { code: 'IW_HTTP_TOO_MANY' } })
    for (const stream of streams) stream.close()
    await expect.poll(async () => (await surface.ask('GET', '/api/v1/system')).json.live.clients).toBe(0)
    const again = await openStream('')
    again.close()
  })

  it('reach a client that stopped reading with the newest values only', async () => {
    const many = await startSurface({ liveBufferBytes: 8_192 })
    const properties = Array.from({ length: 2_000 }, (_, i) => ({ name: `p${i}`, type: 'string' as const }))
    many.plant.add({ id: 'wide', properties })
    const socket = await rawStream(many.port)
    socket.pause()
    const write = (text: string) =>
      many.plant.commit(properties.map(({ name }) => many.plant.put('wide', name, systemClock.now(), text)))
    const conflated = async () => (await many.ask('GET', '/api/v1/system')).json.live.conflated as number
    // Bigger than any socket buffer, flush by flush, until the hub has to skip.
    for (let round = 0; round < 100 && (await conflated()) < 3; round++) {
      write(`${round}-`.padEnd(800, 'x'))
      await new Promise((resolve) => setTimeout(resolve, 110))
    }
    expect(await conflated()).toBeGreaterThanOrEqual(3)
    write('the last')
    let got = ''
    socket.on('data', (chunk) => {
      got += chunk.toString('utf8')
    })
    socket.resume()
    await expect.poll(() => got.split('"the last"').length - 1, { timeout: 10_000 }).toBe(2_000)
    const messages = [...got.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data!) as LiveMessage)
    for (const message of messages) liveMessage.parse(message)
    socket.destroy()
  })
})

describe('WebSockets', () => {
  const url = () => `ws://127.0.0.1:${surface.port}${live}/ws`

  it('carry the same messages', async () => {
    const tag = surface.plant.put('a', 'x', systemClock.now(), 3)
    const socket = new WebSocket(`${url()}?things=a`)
    const [first] = await once(socket, 'message')
    expect(liveMessage.parse(JSON.parse(String(first)))).toMatchObject({
      readings: [[tag, expect.any(Number), 3, 'good']],
    })
    socket.terminate()
  })

  it('pass the same doors as every request', async () => {
    const refused = async (options: WebSocket.ClientOptions, path = '') => {
      const socket = new WebSocket(url() + path, options)
      const [, response] = (await once(socket, 'unexpected-response')) as [
        unknown,
        { statusCode: number; destroy(): void },
      ]
      response.destroy()
      return response.statusCode
    }
    expect(await refused({ origin: 'https://evil.example' })).toBe(403)
    expect(await refused({ headers: { host: 'evil.example' } })).toBe(421)
    expect(await refused({ headers: { authorization: 'Bearer wrong' } })).toBe(401)
    expect(await refused({}, '?thing=a')).toBe(400)
    expect(await refused({}, '/else')).toBe(404)
    const own = new WebSocket(url(), {
      origin: `http://127.0.0.1:${surface.port}`,
      headers: { authorization: `Bearer ${token}` },
    })
    await once(own, 'open')
    own.terminate()
  })

  it('cut off a client that sends more than a little', async () => {
    const socket = new WebSocket(url())
    await once(socket, 'open')
    socket.send('x'.repeat(100_000))
    const [code] = await once(socket, 'close')
    expect([1006, 1009]).toContain(code)
  })

  it('tell a plain request what they are', async () => {
    expect(await surface.ask('GET', `${live}/ws`)).toMatchObject({ status: 400, json: { code: 'IW_HTTP_BAD_REQUEST' } })
  })
})

/** Opens the stream and reads its messages in order. */
async function openStream(query: string) {
  const request = get({ port: surface.port, host: '127.0.0.1', path: live + query, agent: false })
  const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream & { statusCode: number }]
  expect(response.statusCode).toBe(200)
  let text = ''
  const arrived = response.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8')
  })
  request.on('error', () => {})
  return {
    async next(type: LiveMessage['type']): Promise<LiveMessage> {
      for (;;) {
        const match = new RegExp(`event: ${type}\ndata: (.*)\n\n`).exec(text)
        if (match) {
          text = text.slice(match.index + match[0].length)
          return liveMessage.parse(JSON.parse(match[1]!))
        }
        await once(arrived, 'data')
      }
    },
    close: () => request.destroy(),
  }
}

async function rawStream(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.write(`GET ${live} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
  await once(socket, 'data')
  return socket
}
