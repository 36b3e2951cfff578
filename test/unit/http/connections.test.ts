import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { connectionLimit } from '../../../src/http/listener/connections.ts'
import { startSurface } from './surface.ts'

const system = '/api/v1/system'

describe('open connections', () => {
  it('serves others while 10,000 of them say nothing', async ({ skip }) => {
    const count = 10_000
    const limit = openFilesLimit()
    if (limit < count + 600) skip(`only ${limit} open files are permitted here (ulimit -n), ${count + 600} are needed`)
    const surface = await startSurface()
    const holder = spawn(
      process.execPath,
      [join(import.meta.dirname, '../../fakes/open-connections.ts'), String(surface.port), String(count)],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    )
    const [ready] = await once(holder.stdout, 'data')
    expect(JSON.parse(String(ready))).toEqual({ opened: count })
    const waits: number[] = []
    for (let i = 0; i < 20; i++) {
      const started = performance.now()
      expect((await surface.ask('GET', system)).status).toBe(200)
      waits.push(performance.now() - started)
    }
    holder.stdin.end()
    const [rest] = await once(holder.stdout, 'data')
    console.log(`10,000 connections open: slowest of 20 requests ${Math.max(...waits).toFixed(1)} ms`)
    expect(JSON.parse(String(rest))).toEqual({ open: count })
    expect((await surface.ask('GET', system)).status).toBe(200)
  })

  it('closes the one that was idle longest when there are too many', async () => {
    const surface = await startSurface({ maxConnections: 16 })
    const idle = await Promise.all(Array.from({ length: 16 }, () => open(surface.port)))
    expect((await surface.ask('GET', system)).status).toBe(200)
    await expect.poll(() => idle[0]!.destroyed).toBe(true)
    expect(idle.slice(1).map(({ destroyed }) => destroyed)).not.toContain(true)
  })

  it('tells a newcomer to come back when every one is at work', async () => {
    const surface = await startSurface({ maxConnections: 16 })
    const streams = await Promise.all(
      Array.from({ length: 16 }, async () => {
        const socket = await open(surface.port)
        socket.write('GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\n\r\n')
        await once(socket, 'data')
        return socket
      }),
    )
    const refused = await surface.ask('GET', system)
    expect(refused).toMatchObject({ status: 503, json: { code: 'IW_HTTP_TOO_MANY' }, headers: { 'retry-after': '5' } })
    expect(streams.map(({ destroyed }) => destroyed)).not.toContain(true)
    streams[0]!.destroy()
    await expect.poll(async () => (await surface.ask('GET', system)).status).toBe(200)
    for (const stream of streams) stream.destroy()
  })

  it('leaves files free for the historian and the machines', () => {
    expect(connectionLimit(1_000_000)).toBeLessThanOrEqual(openFilesLimit() - 512)
    expect(connectionLimit(20)).toBe(20)
  })
})

describe('stopping', () => {
  it('ends streams and idle connections at once', async () => {
    const surface = await startSurface()
    const idle = await open(surface.port)
    const stream = await open(surface.port)
    stream.write('GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await once(stream, 'data')
    await surface.server.stop()
    await expect.poll(() => idle.destroyed && stream.destroyed).toBe(true)
  })

  it('refuses a taken port with what to do', async () => {
    const { port } = await startSurface()
    await expect(startSurface({ port })).rejects.toMatchObject({ code: 'IW_INSTANCE_PORT_TAKEN' })
  })

  it('never listens beyond this machine without TLS', async () => {
    for (const host of ['0.0.0.0', '::', '192.168.1.10'])
      await expect(startSurface({ host })).rejects.toMatchObject({ code: 'IW_INSTANCE_UNSAFE_LISTENER' })
  })
})

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => socket.destroy())
  await once(socket, 'connect')
  socket.resume()
  return socket
}

function openFilesLimit(): number {
  try {
    return Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
