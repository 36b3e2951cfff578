import { type Bench, cpuSecondsOf, median, type Result } from './harness.ts'
import { queryData } from './query-data.ts'
import { startInterworkForQueries } from './query-own.ts'
import { startInfluxForQueries, startPostgresForQueries, startVictoriaForQueries } from './query-peers.ts'
import { type QueryName, type QueryProgram, queryNames } from './query-program.ts'

const scale = Number(process.env['IW_BENCH_SCALE'] ?? 1)
const rounds = 9
/** Before the rounds each program is asked so often, or for so long: a server that runs has compiled its code and read its files. */
const warmUp = { times: 20, ms: 2_000 }
/** `none`: ours alone, in a minute. */
const peers = process.env['IW_BENCH_PEERS'] !== 'none'
/** ms, from issue to last byte of the answer. */
const bars: Readonly<Record<QueryName, number>> = {
  'last of 10,000 tags': 10,
  'slow tag, 1 day, all rows': 15,
  '1 Hz tag, 1 day at 1,000 px': 25,
  '1 Hz tag, 1 day, 86,400 rows, binary': 80,
  '1 Hz tag, 30 days of minutes at 1,000 px': 15,
  '1 Hz tag, 30 days of minutes, all 43,200': 60,
}

interface Seen {
  readonly ms: number[]
  readonly cpuMs: number[]
  rows: number
  bytes: number
}

/**
 * The same questions over the same readings to Interwork and to the programs people use for that, each over its own HTTP or
 * wire protocol, asked in turns. Every program was given time to settle after loading, and is asked a while before it counts.
 */
export const bench: Bench = {
  name: 'query',
  load: `iot-mix, ${10 * scale} M readings of 10,000 tags (3 days at full scale), and one 1 Hz tag over 30 days (2.6 M); ${rounds} interleaved rounds, medians, from one client over loopback`,
  async run(say) {
    const data = queryData(scale)
    const programs: QueryProgram[] = []
    try {
      const others = [startVictoriaForQueries, startInfluxForQueries, startPostgresForQueries]
      for (const start of [startInterworkForQueries, ...(peers ? others : [])]) {
        const since = performance.now()
        const program = await start(data, say)
        if (!program) continue
        programs.push(program)
        say(`${program.name} ${program.version}: loaded in ${((performance.now() - since) / 1000).toFixed(0)} s`)
      }
      return await ask(programs, say)
    } finally {
      await Promise.all(programs.map((program) => program.stop()))
    }
  },
}

async function ask(programs: readonly QueryProgram[], say: (line: string) => void): Promise<readonly Result[]> {
  const results: Result[] = []
  for (const query of queryNames) {
    const seen = new Map<QueryProgram, Seen>(programs.map((one) => [one, { ms: [], cpuMs: [], rows: 0, bytes: 0 }]))
    for (const program of programs) await warm(program, query)
    for (let round = 0; round < rounds; round++)
      for (let at = 0; at < programs.length; at++) {
        const program = programs[(at + round) % programs.length]!
        const cpuBefore = cpuOf(program)
        const since = performance.now()
        const { rows, bytes } = await program.ask(query)
        const ms = performance.now() - since
        const figures = seen.get(program)!
        figures.rows = rows
        figures.bytes = bytes
        figures.ms.push(ms)
        figures.cpuMs.push((cpuOf(program) - cpuBefore) * 1000)
      }
    for (const [program, { ms, cpuMs, rows, bytes }] of seen)
      say(
        `${query}: ${program.name.padEnd(15)} ${median(ms).toFixed(1).padStart(8)} ms, least ${Math.min(...ms).toFixed(1)}, CPU ${(cpuMs.reduce((sum, one) => sum + one, 0) / cpuMs.length).toFixed(0)} ms, ${rows} rows, ${bytes} bytes`,
      )
    results.push(...resultsOf(query, seen))
  }
  return results
}

async function warm(program: QueryProgram, query: QueryName): Promise<void> {
  const until = performance.now() + warmUp.ms
  for (let times = 0; times < warmUp.times && performance.now() < until; times++) await program.ask(query)
}

const cpuOf = ({ pids }: QueryProgram) => pids().reduce((sum, pid) => sum + cpuSecondsOf(pid), 0)

function resultsOf(query: QueryName, seen: ReadonlyMap<QueryProgram, Seen>): Result[] {
  const [[, own], ...peers] = [...seen] as [[QueryProgram, Seen], ...[QueryProgram, Seen][]]
  const value = median(own.ms)
  return [
    { name: query, value, unit: 'ms', bar: { op: '<=', value: bars[query] } },
    ...peers.map(
      ([{ name, version }, figures]): Result => ({
        name: `${query}, beside ${name}`,
        value,
        unit: 'ms',
        bar: { op: '<=', value: median(figures.ms) },
        peer: { name, version, value: median(figures.ms) },
      }),
    ),
  ]
}
