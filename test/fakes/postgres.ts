import { execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface PostgresServer {
  /** The address of a new, empty database. */
  newDatabase(): Promise<string>
  stop(): Promise<void>
}

/**
 * A PostgreSQL for tests: the one of `IW_TEST_POSTGRES` (an address whose user may create databases), else a server of
 * our own started from Debian's package in a temporary folder. Gives a reason where there is neither.
 */
export async function startPostgres(): Promise<PostgresServer | { missing: string }> {
  const given = process.env['IW_TEST_POSTGRES']
  if (given) return await serverAt(given, async () => {})
  const programs = installedPrograms()
  if (!programs) return { missing: 'set IW_TEST_POSTGRES or install the Debian package postgresql' }
  return await ownServer(programs)
}

function installedPrograms(): string | undefined {
  const root = '/usr/lib/postgresql'
  if (!existsSync(root)) return undefined
  const newest = readdirSync(root).toSorted().at(-1)
  const folder = join(root, newest ?? '', 'bin')
  return existsSync(join(folder, 'initdb')) ? folder : undefined
}

async function ownServer(programs: string): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'iw-postgres-'))
  const identity = unprivileged(folder)
  const data = join(folder, 'data')
  const options = { ...identity, cwd: folder, stdio: 'ignore' as const }
  execFileSync(join(programs, 'initdb'), ['-D', data, '-U', 'iw', '-A', 'trust', '--no-sync'], options)
  const port = await freePort()
  const settings = ['-D', data, '-p', String(port), '-k', folder, '-h', '127.0.0.1', '-c', 'fsync=off']
  const server = spawn(join(programs, 'postgres'), settings, options)
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  return await serverAt(`postgres://iw@127.0.0.1:${port}/postgres`, async () => {
    server.kill('SIGINT')
    await ended
    rmSync(folder, { recursive: true, force: true })
  })
}

/** PostgreSQL refuses to run as root: then the user `postgres` of the package runs it. */
function unprivileged(folder: string): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  const [uid, gid] = [id('-u'), id('-g')]
  chownSync(folder, uid, gid)
  return { uid, gid }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function serverAt(address: string, stop: () => Promise<void>): Promise<PostgresServer> {
  const { default: pg } = await import('pg')
  const made: string[] = []
  const run = async (statement: string) => {
    const client = new pg.Client({ connectionString: address })
    await client.connect()
    try {
      await client.query(statement)
    } finally {
      await client.end()
    }
  }
  await untilItAnswers(() => run('select 1'))
  return {
    async newDatabase() {
      const name = `iw_test_${process.pid}_${made.length}`
      await run(`create database ${name}`)
      made.push(name)
      const url = new URL(address)
      url.pathname = `/${name}`
      return url.href
    },
    async stop() {
      for (const name of made) await run(`drop database ${name} with (force)`)
      await stop()
    },
  }
}

async function untilItAnswers(ask: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + 20_000
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (Date.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}
