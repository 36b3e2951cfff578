import { connect } from 'node:net'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { hostName, isLocalName, isLoopbackAddress } from '../../../src/http/doors/host-names.ts'
import { credentialsOf } from '../../../src/http/doors/principal.ts'
import { startSurface, token } from './surface.ts'

const system = '/api/v1/system'
let surface: Awaited<ReturnType<typeof startSurface>>
const get = (headers: Record<string, string>, path = system) => surface.ask('GET', path, { headers })

beforeAll(async () => {
  surface = await startSurface({ hosts: ['mill.example'], origins: ['https://panel.example'] })
})

describe('host names', () => {
  it('answers for the names of this machine and those configured', async () => {
    for (const host of ['localhost', `localhost:${surface.port}`, '127.0.0.1:7070', '[::1]:7070', 'east.localhost'])
      expect((await get({ host })).status, host).toBe(200)
    expect((await get({ host: 'Mill.Example:443', authorization: `Bearer ${token}` })).status).toBe(200)
  })

  it('refuses every other name, so that a rebound name of a foreign page is useless', async () => {
    for (const host of [
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      'evil-localhost',
      '10.0.0.1',
    ])
      for (const path of [system, '/', '/nothing', '/write'])
        expect(await get({ host }, path), `${host} ${path}`).toMatchObject({
          status: 421,
          json: { code: 'IW_HTTP_HOST' },
        })
  })

  it('never takes a name of another machine for a local one', () => {
    fc.assert(
      fc.property(fc.domain(), fc.nat(65535), (domain, port) => {
        expect(isLocalName(hostName(`${domain}:${port}`))).toBe(domain === 'localhost' || domain.endsWith('.localhost'))
      }),
    )
  })
})

describe('origins', () => {
  const post = (headers: Record<string, string>) =>
    surface.ask('POST', '/api/v1/things', { headers, body: { id: `t${Math.random()}`, properties: [] } })

  it('refuses pages of other origins, also to read', async () => {
    for (const origin of ['https://evil.example', 'null', 'http://localhost:1', `https://localhost:${surface.port}`])
      expect(await get({ origin, host: `localhost:${surface.port}` }), origin).toMatchObject({
        status: 403,
        json: { code: 'IW_HTTP_ORIGIN' },
      })
    expect((await post({ origin: 'https://evil.example' })).status).toBe(403)
  })

  it('takes its own pages and those configured; these may read the reply', async () => {
    const host = `localhost:${surface.port}`
    expect((await post({ origin: `http://${host}`, host })).status).toBe(201)
    const foreign = await get({ origin: 'https://panel.example' })
    expect(foreign).toMatchObject({ status: 200, headers: { 'access-control-allow-origin': 'https://panel.example' } })
  })

  it('answers the preflight request of a configured origin only', async () => {
    const preflight = (origin: string) =>
      surface.ask('OPTIONS', '/api/v1/things', { headers: { origin, 'access-control-request-method': 'PUT' } })
    const known = await preflight('https://panel.example')
    expect(known).toMatchObject({ status: 204, headers: { 'access-control-allow-methods': 'GET, POST, PUT, DELETE' } })
    expect((await preflight('https://evil.example')).status).toBe(403)
  })
})

describe('simple requests', () => {
  it('changes nothing for a body a page may send without asking first', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', '']) {
      const reply = await surface.ask('POST', '/api/v1/things', {
        headers: { 'content-type': type },
        body: '{"id":"simple","properties":[]}',
      })
      expect(reply, type).toMatchObject({ status: 415, json: { code: 'IW_HTTP_MEDIA_TYPE' } })
    }
    expect((await surface.ask('GET', '/api/v1/things/simple')).status).toBe(404)
  })

  it('takes no line protocol from any page, not even from its own', async () => {
    const host = `localhost:${surface.port}`
    const fromPages = [
      { origin: `http://${host}`, host },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-origin' },
    ]
    for (const headers of fromPages)
      for (const path of ['/write?db=x', '/api/v2/write?bucket=x'])
        expect((await surface.ask('POST', path, { headers: headers as never, body: 'a b=1' })).status).toBe(403)
    expect(surface.plant.lines).toEqual([])
  })
})

describe('who asks', () => {
  it('knows the owner at this machine without a token', async () => {
    expect((await get({})).json.principal).toEqual({ id: 'owner@loopback', name: 'Owner' })
  })

  it('takes the token as Bearer, Token and password', async () => {
    const basic = Buffer.from(`anyone:${token}`).toString('base64')
    for (const authorization of [`Bearer ${token}`, `bearer ${token}`, `Token ${token}`, `Basic ${basic}`])
      expect((await get({ authorization })).json.principal.id).toBe('owner@token')
  })

  it('refuses a wrong token even from this machine', async () => {
    for (const authorization of ['Bearer wrong', 'Token wrong', 'Basic d3Jvbmc6d3Jvbmc=', 'wrong', 'Bearer'])
      expect(await get({ authorization }), authorization).toMatchObject({
        status: 401,
        headers: { 'www-authenticate': 'Bearer' },
        json: { code: 'IW_IDENTITY_UNAUTHENTICATED' },
      })
  })

  it('needs a token under a configured name, and behind a proxy on this machine', async () => {
    expect((await get({ host: 'mill.example' })).status).toBe(401)
    expect((await get({ 'x-forwarded-for': '10.0.0.7' })).status).toBe(401)
    expect((await get({ forwarded: 'for=10.0.0.7' })).status).toBe(401)
  })

  it('takes a connection from elsewhere for foreign, whatever name it asks for', () => {
    const visit = {
      method: 'GET',
      hosts: [],
      headers: { host: 'localhost' },
      queryString: '',
      route: undefined,
      thing: undefined,
    }
    expect(credentialsOf({ ...visit, remoteAddress: '10.0.0.7' }).loopback).toBe(false)
    expect(credentialsOf({ ...visit, remoteAddress: '::ffff:127.0.0.1' }).loopback).toBe(true)
    expect(isLoopbackAddress('127.0.0.1.evil')).toBe(false)
  })

  it('shows the document without asking who reads it', async () => {
    expect((await get({ host: 'mill.example' }, '/api/v1/openapi.json')).status).toBe(200)
  })
})

describe('every reply', () => {
  it('forbids foreign scripts, frames and guessing of types', async () => {
    for (const path of [system, '/api/nothing', '/', '/api/docs']) {
      const { headers } = await get({}, path)
      expect(headers['content-security-policy']).toContain("default-src 'self'")
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
    }
  })

  it('carries the code and the remedy where there is nothing', async () => {
    expect(await get({}, '/api/v1/nothing')).toMatchObject({ status: 404, json: { code: 'IW_HTTP_NOT_FOUND' } })
    expect((await surface.ask('PATCH', system)).status).toBe(404)
  })

  it('says nothing of what broke inside', async () => {
    const broken = await startSurface({}, { systemFails: true })
    const reply = await broken.ask('GET', system)
    expect(reply).toMatchObject({ status: 500, json: { code: 'IW_KERNEL_BUG' } })
    expect(reply.text).not.toContain('secret inner words')
  })
})

describe('limits', () => {
  it('refuses bodies that are too large or too deep', async () => {
    const large = await surface.ask('POST', '/api/v1/things', { body: { id: 'x'.repeat(5_000_000) } })
    expect(large).toMatchObject({ status: 413, json: { code: 'IW_HTTP_TOO_LARGE' } })
    const deep = await surface.ask('POST', '/api/v1/things', {
      headers: { 'content-type': 'application/json' },
      body: `{"a":${'['.repeat(40)}${']'.repeat(40)}}`,
    })
    expect(deep).toMatchObject({ status: 400, json: { code: 'IW_HTTP_BAD_REQUEST' } })
  })

  it('refuses JSON that is none or that reaches for prototypes', async () => {
    for (const body of ['{', '', '{"__proto__":{"x":1}}', '[]', '"text"', 'null']) {
      const reply = await surface.ask('POST', '/api/v1/things', {
        headers: { 'content-type': 'application/json' },
        body,
      })
      expect(reply.status, body).toBe(400)
    }
  })

  it('answers 429 with Retry-After beyond the rate of one address', async () => {
    const slow = await startSurface({ maxRequestsPerSecond: 5 })
    const replies = await Promise.all(Array.from({ length: 40 }, () => slow.ask('GET', system)))
    const refused = replies.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThan(10)
    expect(refused[0]).toMatchObject({ headers: { 'retry-after': '1' }, json: { code: 'IW_HTTP_TOO_MANY' } })
    expect(replies.some(({ status }) => status === 200)).toBe(true)
  })

  it.each([
    ['headers that are too large', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`, 431],
    ['something else than a request', '\x16\x03\x01\x00\xa5 this is TLS', 400],
    [
      'two lengths of one body',
      'POST /write HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['two names', 'GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n', 400],
    ['an address that cannot be decoded', 'GET /%ff%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 400],
  ])('answers %s as every failure, and goes on', async (_, sent, status) => {
    const answer = await raw(sent)
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(answer).toContain('x-content-type-options: nosniff')
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))).toMatchObject({
      code: 'IW_HTTP_BAD_REQUEST',
      message: expect.any(String),
      remedy: expect.any(String),
    })
    expect((await get({})).status).toBe(200)
  })
})

const raw = (text: string) =>
  new Promise<string>((resolve, reject) => {
    const socket = connect(surface.port, '127.0.0.1', () => socket.write(text))
    let got = ''
    socket.on('data', (chunk) => {
      got += chunk.toString('latin1')
    })
    socket.on('close', () => resolve(got))
    socket.on('error', reject)
  })
