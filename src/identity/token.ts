import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { chmodSync, closeSync, constants, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { IwError, systemCode } from '#kernel'

const tokenBytes = 32

/**
 * The token of a data folder, made on first use: 32 random bytes as base64url in the file `token`, readable by its owner
 * alone. Throws `IW_IDENTITY_TOKEN_FILE` when the file is there but holds no token.
 */
export function readOrMakeToken(folder: string): string {
  const path = join(folder, 'token')
  return readToken(path) ?? makeToken(path)
}

/** Whether two tokens are the same, in a time that says nothing about where they differ. */
export function sameToken(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}

function readToken(path: string): string | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8').trim()
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined
    throw new IwError('IW_IDENTITY_TOKEN_FILE', `${path} cannot be read: ${(cause as Error).message}`, { cause })
  }
  if (!/^[\w-]{43,}$/.test(text)) throw new IwError('IW_IDENTITY_TOKEN_FILE', `${path} does not hold a token`)
  chmodSync(path, 0o600)
  return text
}

function makeToken(path: string): string {
  const token = randomBytes(tokenBytes).toString('base64url')
  const file = openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600)
  try {
    writeSync(file, `${token}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  return token
}
