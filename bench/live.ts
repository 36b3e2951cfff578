import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Bench, cpuSecondsOf, median, type Result } from './harness.ts'
import { firstLine, type Instance, startInstance } from './instance.ts'

const tags = 10_000
const clients = 100
const seconds = Number(process.env['IW_BENCH_SECONDS'] ?? 10)
const rounds = 3
const formats = ['sse', 'websocket'] as const

interface Delivered {
  readonly bytes: number
  readonly watcherBytes: number
  readonly updates: number
  readonly p50: number
  readonly p99: number
}

interface Window extends Delivered {
  readonly percent: number
}

/**
 * The built program takes 10,000 updates a second and sends every one to 100 clients. Feeder and clients are processes of
 * their own. The same stream without clients is measured in turns: the difference is what the clients cost.
 */
export const bench: Bench = {
  name: 'live',
  load: `10,000 updates/s of ${tags} tags, each to ${clients} clients, flushed every 100 ms; ${rounds} rounds of ${seconds} s`,
  async run(say) {
    const instance = await startInstance({})
    const feeder = await startChild('live-feeder-load.ts', [`${instance.url}/write?db=bench`, String(tags)])
    try {
      await sleep(3_000)
      return await measure(instance, say)
    } finally {
      feeder.kill()
      await instance.stop()
    }
  },
}

async function measure(instance: Instance, say: (line: string) => void): Promise<Result[]> {
  const alone: number[] = []
  const windows = new Map(formats.map((format) => [format, [] as Window[]]))
  for (let round = 0; round < rounds; round++) {
    alone.push(await percentOfCore(instance.pid))
    say(`round ${round + 1}: no client ${alone.at(-1)!.toFixed(1)} % of a core`)
    for (const format of formats) {
      const window = await withClients(instance, format)
      windows.get(format)!.push(window)
      const deliveries = (window.updates * (window.bytes / window.watcherBytes)) / seconds
      say(
        `round ${round + 1}: ${format} ${window.percent.toFixed(1)} % of a core, ${(deliveries / 1e6).toFixed(2)} M deliveries/s, delay p50 ${window.p50.toFixed(0)} ms, p99 ${window.p99.toFixed(0)} ms`,
      )
    }
  }
  const base = median(alone)
  return [
    { name: 'taking in 10 k updates/s, no client', value: base, unit: '% of a core' },
    ...formats.flatMap((format) => resultsOf(format, windows.get(format)!, base)),
  ]
}

function resultsOf(format: string, windows: readonly Window[], base: number): Result[] {
  const of = (pick: (window: Window) => number) => median(windows.map(pick))
  return [
    {
      name: `${format}: ${clients} clients, beyond taking in`,
      value: of(({ percent }) => percent) - base,
      unit: '% of a core',
    },
    {
      name: `${format}: the whole process`,
      value: of(({ percent }) => percent),
      unit: '% of a core',
      bar: { op: '<=', value: 10 },
    },
    { name: `${format}: updates that reached one client`, value: of(({ updates }) => updates / seconds), unit: '/s' },
    {
      name: `${format}: clients' bytes, all to one`,
      value: of(({ bytes, watcherBytes }) => bytes / watcherBytes),
      unit: `(${clients} when none was skipped)`,
    },
    { name: `${format}: delay from arrival to client, p99`, value: of(({ p99 }) => p99), unit: 'ms' },
  ]
}

async function withClients(instance: Instance, format: string): Promise<Window> {
  const load = await startChild('live-clients-load.ts', [format, String(clients), new URL(instance.url).port])
  try {
    await sleep(1_000)
    await report(load)
    const percent = await percentOfCore(instance.pid)
    return { percent, ...(await report(load)) }
  } finally {
    load.kill()
    await sleep(500)
  }
}

async function report(load: ChildProcess): Promise<Delivered> {
  load.send('report')
  const [delivered] = (await once(load, 'message')) as [Delivered]
  return delivered
}

async function percentOfCore(pid: number): Promise<number> {
  const before = cpuSecondsOf(pid)
  const began = performance.now()
  await sleep(seconds * 1000)
  return (100 * (cpuSecondsOf(pid) - before)) / ((performance.now() - began) / 1000)
}

async function startChild(module: string, arguments_: readonly string[]): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, module), [...arguments_], {
    execArgv: ['-C', 'source'],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  await firstLine(child)
  return child
}
