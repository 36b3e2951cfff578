import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { startSurface, token } from './surface.ts'

const folder = mkdtempSync(join(tmpdir(), 'iw-tls-'))
const tls = { key: join(folder, 'key.pem'), certificate: join(folder, 'cert.pem') }
const certified = makeCertificate()
if (!certified) console.warn('SKIPPED, HTTPS: there is no openssl to make a certificate with')

function makeCertificate(): boolean {
  const name = ['-subj', '/CN=localhost', '-days', '2', '-nodes', '-keyout', tls.key, '-out', tls.certificate]
  try {
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', ...name], {
      stdio: 'ignore',
    })
    return true
  } catch {
    return false
  }
}

afterAll(() => rmSync(folder, { recursive: true }))

describe.skipIf(!certified)('a listener beyond this machine', () => {
  let surface: Awaited<ReturnType<typeof startSurface>>
  const get = (headers: Record<string, string>) =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const options = { port: surface.port, path: '/api/v1/system', headers, rejectUnauthorized: false, agent: false }
      const outgoing = request({ host: '127.0.0.1', ...options }, (response) => {
        let text = ''
        response.on('data', (chunk) => {
          text += String(chunk)
        })
        response.on('end', () => resolve({ status: response.statusCode!, text }))
      })
      outgoing.on('error', reject)
      outgoing.end()
    })

  beforeAll(async () => {
    surface = await startSurface({ host: '0.0.0.0', tls, hosts: ['mill.example'], maxConnections: 16 })
  })

  it('speaks HTTPS and wants the token under its own name', async () => {
    expect(surface.url).toMatch(/^https:/)
    expect((await get({ host: 'mill.example' })).status).toBe(401)
    expect((await get({ host: 'mill.example', authorization: `Bearer ${token}` })).status).toBe(200)
    expect((await get({ host: 'localhost' })).status).toBe(200)
  })

  it('takes its own pages, and no page that came without TLS', async () => {
    const host = `localhost:${surface.port}`
    expect((await get({ host, origin: `https://${host}` })).status).toBe(200)
    expect((await get({ host, origin: `http://${host}` })).status).toBe(403)
  })

  it('carries WebSockets', async () => {
    const socket = new WebSocket(`wss://127.0.0.1:${surface.port}/api/v1/live/ws`, { rejectUnauthorized: false })
    await once(socket, 'open')
    socket.terminate()
  })

  it('closes the longest idle of too many connections here too', async () => {
    const sockets = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const socket = connect({ port: surface.port, host: '127.0.0.1', rejectUnauthorized: false })
        socket.on('error', () => socket.destroy())
        await once(socket, 'secureConnect')
        socket.resume()
        return socket
      }),
    )
    expect((await get({ host: 'localhost' })).status).toBe(200)
    await expect.poll(() => sockets.filter(({ destroyed }) => destroyed).length).toBeGreaterThanOrEqual(4)
    for (const socket of sockets) socket.destroy()
  })
})
