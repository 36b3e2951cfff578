import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startInstance } from './instance.ts'

/** A program that takes line protocol, started for the bench in a folder of its own. */
export interface LineProgram {
  readonly name: string
  readonly version: string
  readonly pid: number
  readonly url: string
  /** Where to post; timestamps in ms. */
  readonly writeUrl: string
  /** How many readings it holds, in its own words. */
  stored(): Promise<number>
  stop(): Promise<void>
}

/** The built program, as it is used: durable before each 204. */
export async function startInterwork(): Promise<LineProgram> {
  const instance = await startInstance({})
  const system = () => instance.get<{ version: string; historian: { readings: number } }>('/api/v1/system')
  return {
    name: 'Interwork',
    version: (await system()).version,
    pid: instance.pid,
    url: instance.url,
    writeUrl: `${instance.url}/write?db=bench&precision=ms`,
    stored: async () => (await system()).historian.readings,
    stop: () => instance.stop(),
  }
}

/** Debian's VictoriaMetrics; acknowledges from memory and writes about once a second. Undefined where it is not installed. */
export async function startVictoriaMetrics(flags: readonly string[] = []): Promise<LineProgram | undefined> {
  const program = '/usr/bin/victoria-metrics'
  if (!existsSync(program)) return undefined
  const folder = newFolder()
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const child = await startProgram(program, `${url}/health`, [
    `-storageDataPath=${folder}`,
    `-httpListenAddr=127.0.0.1:${port}`,
    '-retentionPeriod=100y',
    '-loggerLevel=ERROR',
    ...flags,
  ])
  return {
    name: 'VictoriaMetrics',
    // Debian's build does not know its own version.
    version: versionIn('dpkg-query', ['--show', 'victoria-metrics']),
    pid: child.pid,
    url,
    writeUrl: `${url}/write?db=bench&precision=ms`,
    async stored() {
      const text = await (await fetch(`${url}/metrics`)).text()
      return Number(/^vm_rows_inserted_total\{type="influx"\} (\d+)/m.exec(text)?.[1] ?? 0)
    },
    stop: () => child.stop(folder),
  }
}

/** Debian's InfluxDB 1.6; syncs its log before each acknowledgement, as by default. Undefined where it is not installed. */
export async function startInfluxDb(): Promise<LineProgram | undefined> {
  const program = '/usr/bin/influxd'
  if (!existsSync(program)) return undefined
  const folder = newFolder()
  const [port, rpcPort] = [await freePort(), await freePort()]
  const url = `http://127.0.0.1:${port}`
  const file = join(folder, 'influxdb.conf')
  writeFileSync(file, influxSettings(folder, port, rpcPort))
  const child = await startProgram(program, `${url}/ping`, ['-config', file])
  await fetch(`${url}/query`, { method: 'POST', body: new URLSearchParams({ q: 'CREATE DATABASE bench' }) })
  return {
    name: 'InfluxDB',
    version: versionIn(program, ['version']),
    pid: child.pid,
    url,
    writeUrl: `${url}/write?db=bench&precision=ms`,
    async stored() {
      const reply = await fetch(`${url}/query?db=bench&q=${encodeURIComponent('SELECT count(v) FROM m')}`)
      const { results } = (await reply.json()) as { results: { series?: { values: number[][] }[] }[] }
      return results[0]?.series?.[0]?.values[0]?.[1] ?? 0
    },
    stop: () => child.stop(folder),
  }
}

const influxSettings = (folder: string, port: number, rpcPort: number) => `
reporting-disabled = true
bind-address = "127.0.0.1:${rpcPort}"
[meta]
  dir = "${folder}/meta"
  logging-enabled = false
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  log-enabled = false
  max-row-limit = 0
`

async function startProgram(program: string, readyUrl: string, arguments_: readonly string[]) {
  const child = spawn(program, [...arguments_], { stdio: 'ignore' })
  for (let tries = 0; !(await answers(readyUrl)); tries++) {
    if (tries === 100 || child.exitCode !== null) throw new Error(`${program} does not start`)
    await sleep(100)
  }
  return {
    pid: child.pid!,
    async stop(folder: string) {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const answers = (url: string) =>
  fetch(url).then(
    (reply) => reply.ok,
    () => false,
  )

const versionIn = (program: string, arguments_: readonly string[]) =>
  /\d+\.\d+\.\d+/.exec(
    execFileSync(program, [...arguments_], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }),
  )?.[0] ?? 'unknown'

function newFolder(): string {
  const parent = process.env['IW_BENCH_DATA'] ?? tmpdir()
  mkdirSync(parent, { recursive: true })
  return mkdtempSync(join(parent, 'interwork-bench-'))
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
