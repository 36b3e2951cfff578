import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createIdentity, readOrMakeToken } from '#identity'
import { ownerAtLoopback, ownProcess } from '#model'

const token = 'a'.repeat(43)
const { authenticator, authorizer } = createIdentity({ token })

describe('who asks', () => {
  it('is the owner when the request comes from this machine without a token', () => {
    expect(authenticator.authenticate({ loopback: true })).toEqual({ ok: true, value: ownerAtLoopback })
  })

  it('is the owner when the right token is shown, wherever it comes from', () => {
    for (const loopback of [true, false])
      expect(authenticator.authenticate({ loopback, bearer: token })).toMatchObject({
        ok: true,
        value: { id: 'owner@token', via: 'token' },
      })
  })

  it('is refused with a wrong token, also from this machine', () => {
    fc.assert(
      fc.property(fc.string(), fc.boolean(), (bearer, loopback) => {
        fc.pre(bearer !== token)
        expect(authenticator.authenticate({ loopback, bearer })).toMatchObject({
          ok: false,
          code: 'IW_IDENTITY_UNAUTHENTICATED',
        })
      }),
    )
  })

  it('is refused from another machine without a token', () => {
    expect(authenticator.authenticate({ loopback: false })).toMatchObject({
      ok: false,
      code: 'IW_IDENTITY_UNAUTHENTICATED',
    })
  })

  it('is never told the token in a refusal', () => {
    expect(JSON.stringify(authenticator.authenticate({ loopback: false, bearer: 'guess' }))).not.toContain(token)
  })
})

describe('what may be done', () => {
  const rights = [
    'system.read',
    'thing.read',
    'thing.manage',
    'reading.read',
    'reading.write',
    'property.write',
  ] as const

  it('is everything for the owner', () => {
    for (const right of rights) expect(authorizer.authorize(ownerAtLoopback, right, 'pump-1').ok).toBe(true)
  })

  it('excludes writing to machines for Interwork itself', () => {
    expect(rights.filter((right) => !authorizer.authorize(ownProcess, right).ok)).toEqual(['property.write'])
  })

  it('is nothing for a principal of a kind nobody knows, and the refusal names right and thing', () => {
    const stranger = { id: 'x', name: 'X', via: 'carrier-pigeon' as never }
    const refusal = authorizer.authorize(stranger, 'property.write', 'kiln-1')
    expect(refusal).toMatchObject({ ok: false, code: 'IW_IDENTITY_FORBIDDEN' })
    expect(refusal.ok ? '' : refusal.message).toMatch(/property\.write on kiln-1/)
  })
})

describe('the token of a data folder', () => {
  let folder: string
  const path = () => join(folder, 'token')
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'iw-token-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('is made once, long, random and readable by its owner alone', () => {
    const made = readOrMakeToken(folder)
    expect(Buffer.from(made, 'base64url')).toHaveLength(32)
    expect(readOrMakeToken(folder)).toBe(made)
    expect(statSync(path()).mode & 0o777).toBe(0o600)
    expect(readFileSync(path(), 'utf8').trim()).toBe(made)
  })

  it('is closed again when somebody opened the file to others', () => {
    readOrMakeToken(folder)
    chmodSync(path(), 0o644)
    readOrMakeToken(folder)
    expect(statSync(path()).mode & 0o777).toBe(0o600)
  })

  it('is never an empty or short one', () => {
    for (const text of ['', '\n', 'short', 'with spaces '.repeat(10)]) {
      writeFileSync(path(), text)
      expect(() => readOrMakeToken(folder)).toThrow(expect.objectContaining({ code: 'IW_IDENTITY_TOKEN_FILE' }))
    }
  })
})
