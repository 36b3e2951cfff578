import { monitorEventLoopDelay } from 'node:perf_hooks'

const resolutionMs = 20

type DelayHistogram = ReturnType<typeof monitorEventLoopDelay>

/** What the process uses. */
interface ProcessFigures {
  readonly memory: { readonly rssBytes: number; readonly heapBytes: number }
  /** Time beyond the timer's own interval, since the start. */
  readonly eventLoopDelayMs: { readonly p50: number; readonly p99: number; readonly max: number }
  readonly cpuSeconds: number
}

/** Figures of the process and counts of requests, for `/api/v1/system` and `/metrics`. */
export interface Measures {
  start(): void
  stop(): void
  process(): ProcessFigures
  /** Counts one reply. `route` is the path with its parameters in braces, never the raw address. */
  count(method: string, route: string, status: number, seconds: number): void
  readonly requests: ReadonlyMap<string, RequestCount>
}

interface RequestCount {
  readonly method: string
  readonly route: string
  readonly status: number
  count: number
  seconds: number
}

export function createMeasures(): Measures {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs })
  const requests = new Map<string, RequestCount>()
  return {
    start: () => void delay.enable(),
    stop: () => void delay.disable(),
    process: () => processFigures(delay),
    requests,
    count(method, route, status, seconds) {
      const key = `${method} ${route} ${status}`
      const row = requests.get(key) ?? { method, route, status, count: 0, seconds: 0 }
      row.count++
      row.seconds += seconds
      requests.set(key, row)
    },
  }
}

function processFigures(delay: DelayHistogram): ProcessFigures {
  const { rss, heapUsed } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  return {
    memory: { rssBytes: rss, heapBytes: heapUsed },
    eventLoopDelayMs: {
      p50: beyondInterval(delay.percentile(50)),
      p99: beyondInterval(delay.percentile(99)),
      max: beyondInterval(delay.max),
    },
    cpuSeconds: (user + system) / 1e6,
  }
}

/** The histogram holds the time between two ticks of its timer, ns. */
const beyondInterval = (ns: number) => Math.max(0, Math.round(ns / 1e4 - resolutionMs * 100) / 100)
