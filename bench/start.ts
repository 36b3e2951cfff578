import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ModbusServer } from '#modbus'
import { type Bench, cpuSecondsOf, median, type Result, residentBytesOf } from './harness.ts'
import { launch } from './instance.ts'

const root = join(import.meta.dirname, '..')
const program = join(root, 'dist', 'src', 'cli', 'main.js')
const rounds = 5
const idleSeconds = Number(process.env['IW_BENCH_SECONDS'] ?? 60)

/** Cold start of the built program, and what it takes when it only polls the demo plant. */
export const bench: Bench = {
  name: 'start',
  load: `cold start to the first Modbus value, median of ${rounds}; idle with Old Mill polled each second for ${idleSeconds} s`,
  async run(say) {
    const folder = mkdtempSync(join(tmpdir(), 'iw-bench-start-'))
    try {
      return [await coldStart(folder, say), ...(await idle(folder, say))]
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

async function coldStart(folder: string, say: (line: string) => void): Promise<Result> {
  const server = new ModbusServer({ device: () => ({ read: () => [], readRegisters: () => Uint16Array.of(4711) }) })
  const { port } = await server.listen(0, '127.0.0.1')
  const thing = {
    id: 'meter',
    connection: { protocol: 'modbus', host: '127.0.0.1', port },
    properties: [{ name: 'count', type: 'integer', address: 'hr0' }],
  }
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const began = performance.now()
    const instance = await startInstance(folder, `cold-${round}`, [thing])
    await firstValue(instance.url, began)
    times.push((performance.now() - began) / 1000)
    say(`start ${round + 1}: ${times.at(-1)!.toFixed(2)} s`)
    await stop(instance.child)
  }
  await server.close()
  return { name: 'cold start to the first Modbus value', value: median(times), unit: 's', bar: { op: '<=', value: 2 } }
}

async function idle(folder: string, say: (line: string) => void): Promise<Result[]> {
  const simulator = spawn(process.execPath, [join(root, 'dist/src/demo/main.js'), '--base-port', '0'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ready = JSON.parse(await firstLine(simulator)) as { devices: { thing: unknown }[] }
  const instance = await startInstance(
    folder,
    'idle',
    ready.devices.map(({ thing }) => thing),
  )
  const pid = instance.child.pid!
  await firstValue(instance.url, performance.now())
  say(`polling ${ready.devices.length} machines for ${idleSeconds} s …`)
  const cpuBefore = treeOf(pid).reduce((sum, id) => sum + cpuSecondsOf(id), 0)
  await new Promise((resolve) => setTimeout(resolve, idleSeconds * 1000))
  const tree = treeOf(pid)
  const cpu = tree.reduce((sum, id) => sum + cpuSecondsOf(id), 0) - cpuBefore
  const resident = tree.reduce((sum, id) => sum + residentBytesOf(id), 0) / 1e6
  await stop(instance.child)
  await stop(simulator)
  return [
    {
      name: `resident memory of the ${tree.length}-process tree`,
      value: resident,
      unit: 'MB',
      bar: { op: '<=', value: 150 },
    },
    { name: 'CPU of one core', value: (100 * cpu) / idleSeconds, unit: '%' },
  ]
}

interface Started {
  readonly child: ChildProcess
  readonly url: string
}

/** Starts the built program on a folder of its own, as a person would. */
async function startInstance(folder: string, name: string, things: readonly unknown[]): Promise<Started> {
  const config = join(folder, `${name}.yaml`)
  // JSON is YAML.
  writeFileSync(config, JSON.stringify({ data: name, http: { port: 0 }, log: { level: 'warn' }, things }))
  const child = spawn(process.execPath, [...launch.flags, program, 'start', '--config', config, '--json'], {
    env: { ...process.env, ...launch.environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const { url } = JSON.parse(await firstLine(child)) as { url: string }
  return { child, url }
}

/** Asks until the API gives a reading of good quality. */
async function firstValue(url: string, began: number): Promise<void> {
  while (performance.now() - began < 20_000) {
    const response = await fetch(`${url}/api/v1/things`)
    const { things } = (await response.json()) as { things: { properties: { last?: { quality: string } }[] }[] }
    if (things.some(({ properties }) => properties.some(({ last }) => last?.quality === 'good'))) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error('no value within 20 s')
}

async function firstLine(child: ChildProcess): Promise<string> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`ended with code ${String(code)} before it was ready; is dist/ built?`)
  })
  const line = once(createInterface({ input: child.stdout! }), 'line').then(([text]) => String(text))
  return await Promise.race([line, ended])
}

async function stop(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
}

/** A process and all its descendants, from /proc. */
function treeOf(pid: number): number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]))
    } catch {
      // It ended between the listing and the look.
    }
  }
  const below = (id: number): number[] => [
    id,
    ...[...parents].filter(([, parent]) => parent === id).flatMap(([child]) => below(child)),
  ]
  return below(pid)
}
