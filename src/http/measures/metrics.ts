import type { House } from '../house.ts'

type Labels = Readonly<Record<string, string | number>>
type Sample = readonly [value: number, labels?: Labels]
type Kind = 'counter' | 'gauge'

/** The figures of the instance in Prometheus text format 0.0.4. */
export function metricsText(house: House): string {
  return [...processMetrics(house), ...historianMetrics(house), ...connectMetrics(house), ...httpMetrics(house)].join(
    '',
  )
}

function processMetrics({ measures, system }: House): string[] {
  const { cpuSeconds, memory, eventLoopDelayMs } = measures.process()
  const { version, startedAt } = system()
  const delay: Sample[] = (['p50', 'p99', 'max'] as const).map((of) => [eventLoopDelayMs[of] / 1000, { of }])
  return [
    metric('interwork_info', 'gauge', 'Version of the program', [[1, { version, node: process.versions.node }]]),
    metric('process_start_time_seconds', 'gauge', 'When the instance started', [[startedAt / 1e6]]),
    metric('process_cpu_seconds_total', 'counter', 'CPU time used, user and system', [[cpuSeconds]]),
    metric('process_resident_memory_bytes', 'gauge', 'Resident memory', [[memory.rssBytes]]),
    metric('nodejs_heap_size_used_bytes', 'gauge', 'JavaScript heap in use', [[memory.heapBytes]]),
    metric('interwork_event_loop_delay_seconds', 'gauge', 'Time the event loop was held up, since the start', delay),
  ]
}

function historianMetrics({ historian }: House): string[] {
  const status = historian.status()
  const counters = { readings: status.readings, batches: status.batches, duplicates: status.duplicates }
  const bytes = { journal: status.journalBytes, head: status.headBytes, parts: status.partBytes }
  const { p50, p99 } = status.acknowledgeMs
  return [
    metric('interwork_historian_accepting', 'gauge', '1 while readings are acknowledged', [[status.accepting ? 1 : 0]]),
    metric('interwork_historian_tags', 'gauge', 'Tags defined', [[status.tags]]),
    ...Object.entries(counters).map(([name, value]) =>
      metric(`interwork_historian_${name}_total`, 'counter', `Acknowledged ${name} since the start`, [[value]]),
    ),
    metric('interwork_historian_commits_total', 'counter', 'Times the journal was synced', [[status.commits]]),
    metric('interwork_historian_acknowledge_seconds', 'gauge', 'Time from append to acknowledgement', [
      [p50 / 1000, { of: 'p50' }],
      [p99 / 1000, { of: 'p99' }],
    ]),
    metric(
      'interwork_historian_bytes',
      'gauge',
      'Bytes kept, by place',
      Object.entries(bytes).map(([place, value]) => [value, { place }]),
    ),
    metric('interwork_historian_head_rows', 'gauge', 'Readings in memory', [[status.headRows]]),
    metric('interwork_historian_parts', 'gauge', 'Sealed parts', [[status.parts]]),
    metric('interwork_disk_free_bytes', 'gauge', 'Free space of the data folder', [[status.freeBytes]]),
  ]
}

const connectionStates = ['connecting', 'answering', 'partly', 'failing', 'stopped'] as const
const connectionCounters = {
  requests: 'Requests sent to machines',
  answers: 'Answers of machines',
  timeouts: 'Requests no machine answered',
  deviceErrors: 'Answers that were an error of the machine',
  discarded: 'Frames thrown away: late, doubled, truncated, foreign or malformed',
  missedPolls: 'Polls that began too late',
  readings: 'Readings taken from machines',
} as const

function connectMetrics({ connect }: House): string[] {
  const things = connect.things.list()
  const statuses = things.flatMap(({ id }) => connect.things.status(id) ?? [])
  const inState = (state: string) => statuses.filter((status) => status.state === state).length
  return [
    metric('interwork_things', 'gauge', 'Things known', [[things.length]]),
    metric('interwork_quarantined_total', 'counter', 'Bad messages put aside', [[connect.quarantine.count]]),
    metric(
      'interwork_connections',
      'gauge',
      'Connections to machines by state',
      connectionStates.map((state) => [inState(state), { state }]),
    ),
    ...Object.entries(connectionCounters).map(([name, help]) => {
      const sum = statuses.reduce((total, { counters }) => total + counters[name as keyof typeof connectionCounters], 0)
      return metric(`interwork_connection_${snakeCase(name)}_total`, 'counter', help, [[sum]])
    }),
  ]
}

function httpMetrics({ live, measures }: House): string[] {
  const { clients, messages, conflated } = live.counters()
  const rows = [...measures.requests.values()].map(
    ({ count, seconds, ...labels }) =>
      [{ method: labels.method, route: labels.route, status: labels.status }, count, seconds] as const,
  )
  return [
    metric('interwork_live_clients', 'gauge', 'Open live streams', [[clients]]),
    metric('interwork_live_messages_total', 'counter', 'Messages handed to live clients', [[messages]]),
    metric('interwork_live_conflated_total', 'counter', 'Times a slow client was skipped', [[conflated]]),
    metric(
      'interwork_http_requests_total',
      'counter',
      'Requests answered',
      rows.map(([labels, count]) => [count, labels]),
    ),
    metric(
      'interwork_http_request_seconds_total',
      'counter',
      'Time from request to the end of its reply',
      rows.map(([labels, , seconds]) => [seconds, labels]),
    ),
  ]
}

const snakeCase = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

function metric(name: string, kind: Kind, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([value, labels]) => `${name}${labels ? labelText(labels) : ''} ${value}\n`)
  return `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n${lines.join('')}`
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(String(value))}"`)
  return `{${pairs.join(',')}}`
}

const escapeLabel = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
