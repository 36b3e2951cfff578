import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readInstanceFile } from '#instance'
import { exitCodes } from '../../src/cli/index.ts'
import { cli } from '../fakes/cli-io.ts'

const root = join(import.meta.dirname, '../..')
const program = join(root, 'src', 'cli', 'main.ts')

let folder: string
let running: ChildProcess[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'iw-instance-'))
  running = []
})
afterEach(async () => {
  for (const child of running)
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  rmSync(folder, { recursive: true, force: true })
})

const data = () => join(folder, '.interwork', 'data')

/** Runs the program in the folder until it ends. */
async function runToEnd(...args: string[]): Promise<{ code: number | null; err: string }> {
  const child = launch(args)
  let err = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, err }
}

/** Starts an instance and waits until it says that it is ready. */
async function start(...args: string[]): Promise<{ child: ChildProcess; url: string }> {
  const child = launch(['start', '--port', '0', '--json', ...args])
  child.stderr!.resume()
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`ended with code ${String(code)}`)
  })
  const [line] = (await Promise.race([once(createInterface({ input: child.stdout! }), 'line'), ended])) as [string]
  ended.catch(() => {})
  return { child, url: (JSON.parse(line) as { url: string }).url }
}

function launch(args: readonly string[], cwd = folder): ChildProcess {
  const child = spawn(process.execPath, ['-C', 'source', program, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.push(child)
  return child
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  child.kill(signal)
  const [code] = (await once(child, 'exit')) as [number | null]
  return code
}

describe('an instance', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('stops cleanly on %s, and takes its announcement back', async (signal) => {
    const { child, url } = await start()
    expect(readInstanceFile(data())?.running).toMatchObject({ pid: child.pid, url })
    expect(await end(child, signal)).toBe(0)
    expect(readInstanceFile(data())?.running).toBeUndefined()
  })

  it('stops cleanly when one Ctrl-C reaches it twice, from the terminal and from npm', async () => {
    const { child } = await start()
    child.kill('SIGINT')
    expect(await end(child, 'SIGINT')).toBe(0)
    expect(readInstanceFile(data())?.running).toBeUndefined()
  })

  it('is the only one on its data folder: a second is refused and says which process has it', async () => {
    const { child } = await start()
    const { code, err } = await runToEnd('start', '--port', '0')
    expect(code).toBe(exitCodes.failed.code)
    expect(err).toContain('IW_INSTANCE_FOLDER_LOCKED')
    expect(err).toContain(`Process ${child.pid} uses ${data()}`)
    expect((await fetch(`${readInstanceFile(data())!.running!.url}/api/v1/system`)).status).toBe(200)
  })

  it('starts again after it was killed, with all it had acknowledged and under the same id', async () => {
    const first = await start()
    const sent = Array.from({ length: 500 }, (_, i) => `scale,line=1 weight=${i} ${1_767_225_600_000 + i}`).join('\n')
    const answer = await fetch(`${first.url}/write?db=x&precision=ms`, { method: 'POST', body: sent })
    expect(answer.status).toBe(204)
    const id = readInstanceFile(data())!.id
    await end(first.child, 'SIGKILL')
    expect(readInstanceFile(data())?.running?.pid).toBe(first.child.pid)

    const second = await start()
    expect(readInstanceFile(data())!.id).toBe(id)
    const path = `/api/v1/things/${encodeURIComponent('scale,line=1')}/properties/weight/readings`
    const page = await fetch(
      `${second.url}${path}?from=2025-12-31T00:00:00Z&to=2026-01-02T00:00:00Z&limit=1000&order=asc`,
    )
    expect(((await page.json()) as { value: number[] }).value).toEqual(Array.from({ length: 500 }, (_, i) => i))
    expect(await end(second.child, 'SIGTERM')).toBe(0)
  })

  it('keeps the machines that were added', async () => {
    const first = await start()
    const thing = { id: 'pump', connection: { protocol: 'modbus', host: '127.0.0.1', port: 9 }, properties: [] }
    const added = await fetch(`${first.url}/api/v1/things`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(thing),
    })
    expect(added.status).toBe(201)
    await end(first.child, 'SIGTERM')
    await start()
    expect((await cli(folder, ['things'])).out).toMatch(/^pump /m)
  })

  it('names the port when another program has it', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as { port: number }
    const { code, err } = await runToEnd('start', '--port', String(port))
    other.close()
    expect(code).toBe(exitCodes.failed.code)
    expect(err).toContain('IW_INSTANCE_PORT_TAKEN')
    expect(err).toContain(String(port))
    // What was started before it is stopped again: the folder is free.
    expect(await end((await start()).child, 'SIGTERM')).toBe(0)
  })

  it('does not start with settings that are wrong, and says where', async () => {
    writeFileSync(join(folder, 'interwork.yaml'), 'http:\n  prot: 80\n')
    const { code, err } = await runToEnd('start')
    expect(code).toBe(exitCodes.failed.code)
    expect(err).toMatch(/interwork\.yaml:2: http\.prot: unknown key, did you mean http\.port\?/)
  })

  it('does not listen beyond this machine without TLS', async () => {
    const { code, err } = await runToEnd('start', '--host', '0.0.0.0', '--port', '0')
    expect(code).toBe(exitCodes.failed.code)
    expect(err).toContain('IW_INSTANCE_UNSAFE_LISTENER')
  })

  it('listens beyond this machine with TLS; commands find it by its certificate and token', async () => {
    const tls = certificate()
    writeFileSync(join(folder, 'interwork.yaml'), JSON.stringify({ http: { host: '0.0.0.0', tls } }))
    const { url } = await start()
    expect(url).toMatch(/^https:/)
    expect((await cli(folder, ['things'])).out).toContain('No machines yet')
    writeFileSync(join(data(), 'token'), `${'x'.repeat(43)}\n`)
    expect(await cli(folder, ['things'])).toMatchObject({
      code: exitCodes.refused.code,
      err: expect.stringContaining('IW_IDENTITY_UNAUTHENTICATED'),
    })
  })

  it('logs an error that nobody caught and ends with code 1', async () => {
    const script = `
      const { runInstance, loadSettings } = await import('#instance')
      const { settings } = await loadSettings(${JSON.stringify(folder)}, false, { port: 0 })
      const ready = () => setTimeout(() => { throw new Error('boom') })
      process.exit(await runInstance({ settings, terminal: false, ready }))`
    const flags = ['-C', 'source', '--input-type=module', '-e', script]
    const child = spawn(process.execPath, flags, { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] })
    running.push(child)
    let err = ''
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      err += text
    })
    const [code] = (await once(child, 'close')) as [number | null]
    expect(code).toBe(1)
    const last = JSON.parse(err.trimEnd().split('\n').at(-1)!) as { level: string; error: { message: string } }
    expect(last).toMatchObject({ level: 'error', error: { message: 'boom' } })
  })

  it('never logs its token', async () => {
    const { child } = await start('--log-level', 'debug')
    let log = ''
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      log += text
    })
    await cli(folder, ['things'])
    const token = readFileSync(join(data(), 'token'), 'utf8').trim()
    await end(child, 'SIGTERM')
    expect(log).toContain('stopped')
    expect(log).not.toContain(token)
  })
})

describe('interwork demo', () => {
  it('runs twelve machines that answer, and ends them with itself', async () => {
    const child = launch(['demo', '--past', '0', '--port', '0', '--base-port', '0', '--json'])
    child.stderr!.resume()
    const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string]
    const { url, things } = JSON.parse(line) as { url: string; things: number }
    expect(things).toBe(12)
    const deadline = Date.now() + 20_000
    for (;;) {
      const list = (await (await fetch(`${url}/api/v1/things`)).json()) as {
        things: { status: { state: string; address: string } }[]
      }
      if (list.things.filter(({ status }) => status.state === 'answering').length === 12) break
      expect(Date.now(), 'all twelve answer within 20 s').toBeLessThan(deadline)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    const simulator = childrenOf(child.pid!)
    expect(simulator).toHaveLength(1)
    expect(await end(child, 'SIGINT')).toBe(0)
    expect(() => process.kill(simulator[0]!, 0)).toThrow(expect.objectContaining({ code: 'ESRCH' }))
  })
})

describe('two demos', () => {
  const demo = async (cwd: string) => {
    const child = launch(['demo', '--past', '0', '--json'], cwd)
    let log = ''
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      log += text
    })
    const ended = once(child, 'exit').then(() => undefined)
    const line = await Promise.race([once(createInterface({ input: child.stdout! }), 'line'), ended])
    if (!line) throw new Error(log)
    return { child, log: () => log, ...(JSON.parse(line[0] as string) as { url: string; things: number }) }
  }

  it('run side by side in two folders: the second takes other ports and says so', async () => {
    const [first, second] = [join(folder, 'first'), join(folder, 'second')]
    for (const path of [first, second]) mkdirSync(path)
    const one = await demo(first)
    const two = await demo(second)
    expect([one.things, two.things]).toEqual([12, 12])
    expect(two.url).not.toBe(one.url)
    expect(two.log().match(/usual ports are in use/g)).toHaveLength(1)
    for (const { child } of [two, one]) expect(await end(child, 'SIGTERM')).toBe(0)
  })

  it('do not share a folder: the second is told where the first answers', async () => {
    const one = await demo(folder)
    const { code, err } = await runToEnd('demo')
    expect(code).toBe(exitCodes.failed.code)
    expect(err).toContain('IW_INSTANCE_FOLDER_LOCKED')
    expect(err).toContain(`it answers at ${one.url}`)
    expect(err).not.toContain('usual ports')
    expect(await end(one.child, 'SIGTERM')).toBe(0)
  })
})

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)

/** A certificate of our own for this test, by the openssl of the machine. */
function certificate(): { key: string; certificate: string } {
  const [key, file] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  execFileSync('openssl', [...request, '-subj', '/CN=plant', '-keyout', key, '-out', file], { stdio: 'ignore' })
  return { key, certificate: file }
}
