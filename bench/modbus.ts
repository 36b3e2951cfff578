import { setTimeout as sleep } from 'node:timers/promises'
import { type Bench, cpuSecondsOf, median, type Result, residentBytesOf } from './harness.ts'
import { type Instance, startInstance, startLoad } from './instance.ts'

const devices = 10
const tagsPerDevice = 1000
const everyMs = 100
const seconds = Number(process.env['IW_BENCH_SECONDS'] ?? 30)
const windows = 5

interface System {
  readonly historian: { readonly readings: number; readonly acknowledgeMs: { readonly p99: number } }
  readonly eventLoopDelayMs: { readonly p99: number }
  readonly live: { readonly messages: number }
}
interface Things {
  readonly things: readonly {
    readonly status: { readonly counters: Record<'missedPolls' | 'timeouts' | 'discarded', number> }
  }[]
}

/**
 * From the wire to the screen: the built program polls ten Modbus TCP servers, journals what they say, and sends it to
 * a browser's live stream. All values change between polls; all of it is durable.
 */
export const bench: Bench = {
  name: 'modbus',
  load: `${devices} connections × ${tagsPerDevice} float32 tags every ${everyMs} ms, all changing, journal and live stream on`,
  async run(say) {
    const load = await startLoad<{ ports: number[] }>('modbus-load.ts', [String(devices)])
    const instance = await startInstance({ things: load.ports.map((port, index) => device(index, port)) })
    const viewer = await watch(instance.url)
    try {
      await sleep(5_000)
      return await measure(instance, say)
    } finally {
      viewer.abort()
      await instance.stop()
      await load.stop()
    }
  },
}

async function measure(instance: Instance, say: (line: string) => void): Promise<readonly Result[]> {
  const cores: number[] = []
  const resident: number[] = []
  const before = await instance.get<Things>('/api/v1/things?limit=20')
  const first = await instance.get<System>('/api/v1/system')
  const began = performance.now()
  for (let window = 0; window < windows; window++) {
    const cpu = cpuSecondsOf(instance.pid)
    const at = performance.now()
    await sleep((seconds * 1000) / windows)
    cores.push((100 * (cpuSecondsOf(instance.pid) - cpu)) / ((performance.now() - at) / 1000))
    resident.push(residentBytesOf(instance.pid) / 1e6)
    say(
      `window ${window + 1} of ${windows}: ${cores.at(-1)!.toFixed(1)} % of a core, ${resident.at(-1)!.toFixed(0)} MB`,
    )
  }
  const last = await instance.get<System>('/api/v1/system')
  const after = await instance.get<Things>('/api/v1/things?limit=20')
  const rate = (1000 * (last.historian.readings - first.historian.readings)) / (performance.now() - began)
  const counted = (name: 'missedPolls' | 'timeouts' | 'discarded') => sum(after, name) - sum(before, name)
  return [
    { name: 'readings stored', value: rate, unit: '/s' },
    {
      name: 'CPU of the instance, all threads, median window',
      value: median(cores),
      unit: '% of a core',
      bar: { op: '<=', value: 60 },
    },
    { name: 'memory, largest seen', value: Math.max(...resident), unit: 'MB', bar: { op: '<=', value: 160 } },
    { name: 'missed polls', value: counted('missedPolls'), unit: 'polls', bar: { op: '<=', value: 0 } },
    { name: 'time-outs', value: counted('timeouts'), unit: 'requests' },
    { name: 'discarded frames', value: counted('discarded'), unit: 'frames' },
    { name: 'event-loop delay p99', value: last.eventLoopDelayMs.p99, unit: 'ms', bar: { op: '<=', value: 20 } },
    { name: 'acknowledgement p99', value: last.historian.acknowledgeMs.p99, unit: 'ms' },
    { name: 'live messages sent', value: last.live.messages - first.live.messages, unit: 'messages' },
  ]
}

const sum = ({ things }: Things, name: 'missedPolls' | 'timeouts' | 'discarded') =>
  things.reduce((total, { status }) => total + status.counters[name], 0)

function device(index: number, port: number) {
  return {
    id: `machine-${index}`,
    connection: { protocol: 'modbus', transport: 'tcp', host: '127.0.0.1', port, unit: 1, everyMs, inFlight: 4 },
    properties: Array.from({ length: tagsPerDevice }, (_, tag) => ({
      name: `value-${tag}`,
      type: 'number',
      address: { table: 'holding', at: tag * 2, as: 'float32' },
    })),
  }
}

/** A browser that looks at all of it: reads the live stream and throws it away. */
async function watch(url: string): Promise<AbortController> {
  const stop = new AbortController()
  const reply = await fetch(`${url}/api/v1/live`, { signal: stop.signal })
  const drain = async () => {
    for await (const _ of reply.body!);
  }
  drain().catch(() => {})
  return stop
}
