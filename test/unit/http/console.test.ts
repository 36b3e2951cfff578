import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startSurface } from './surface.ts'

const folder = mkdtempSync(join(tmpdir(), 'interwork-console-'))
let surface: Awaited<ReturnType<typeof startSurface>>

beforeAll(async () => {
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Console</title>')
  writeFileSync(join(folder, 'assets', 'app-1a2b.js'), 'export const app = 1')
  writeFileSync(join(folder, 'assets', 'app-1a2b.js.gz'), 'zipped')
  surface = await startSurface({}, { consoleFolder: folder })
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('the console', () => {
  it('is shown at every address that is not of the API, and asked for anew each time', async () => {
    for (const path of ['/', '/machines/pump-1', '/machines/a.b?range=1h']) {
      const reply = await surface.ask('GET', path, { headers: { accept: 'text/html,*/*' } })
      expect(reply, path).toMatchObject({ status: 200, headers: { 'cache-control': 'no-cache' } })
      expect(reply.text).toContain('Console')
    }
  })

  it('keeps hashed files for ever, zipped where the browser takes that', async () => {
    const plain = await surface.ask('GET', '/assets/app-1a2b.js')
    expect(plain).toMatchObject({ status: 200, text: 'export const app = 1' })
    expect(plain.headers['cache-control']).toContain('immutable')
    const zipped = await surface.ask('GET', '/assets/app-1a2b.js', { headers: { 'accept-encoding': 'gzip' } })
    expect(zipped).toMatchObject({ text: 'zipped', headers: { 'content-encoding': 'gzip' } })
    expect(zipped.headers['content-type']).toContain('javascript')
  })

  it('never gives the page for a missing file, an address of the API or a change', async () => {
    for (const path of ['/assets/gone.js', '/api/v1/nothing', '/api/nothing'])
      expect((await surface.ask('GET', path, { headers: { accept: '*/*' } })).json?.code, path).toBe(
        'IW_HTTP_NOT_FOUND',
      )
    expect((await surface.ask('POST', '/machines', { body: {} })).status).toBe(404)
  })

  it('never leaves its folder', async () => {
    for (const path of ['/../package.json', '/..%2fpackage.json', '/%2e%2e/%2e%2e/etc/passwd', '/assets/..%5c..%5cx'])
      expect((await surface.ask('GET', path)).text, path).not.toMatch(/root:|"name"/)
  })

  it('says how to build it where there is none', async () => {
    const bare = await startSurface({}, { consoleFolder: join(folder, 'nothing') })
    const reply = await bare.ask('GET', '/', { headers: { accept: 'text/html' } })
    expect(reply.status).toBe(404)
    expect(reply.text).toContain('npm run build')
  })
})
