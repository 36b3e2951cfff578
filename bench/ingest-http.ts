import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Bench, cpuSecondsOf, type Result } from './harness.ts'
import { type LineProgram, startInfluxDb, startInterwork, startVictoriaMetrics } from './line-programs.ts'

const scale = Number(process.env['IW_BENCH_SCALE'] ?? 1)
const rounds = 5
/** Makes the series and warms everybody up; its work is not counted. */
const warmUps = 1
/** Readings of one round, for every program and size of request the same. */
const readings = Math.round((5e6 * scale) / rounds)
const sizes = [5_000, 500] as const
const bars: Readonly<Record<number, number>> = { 5000: 1 }

/** µs of CPU per reading, by program and lines a request. */
type Figures = Map<LineProgram, Map<number, number[]>>

/**
 * The same readings as line protocol over HTTP to Interwork and to the programs people use for that, in turns. Counted is
 * all CPU of the server's process from the first request until it is quiet again, so that what it does later (merging,
 * sealing) counts too.
 */
export const bench: Bench = {
  name: 'ingest-http',
  load: `iot-mix over HTTP line protocol, ${(readings * rounds) / 1e6} M readings of 10,000 series for each size of request, in ${rounds} interleaved rounds after one to warm up, 4 connections`,
  async run(say) {
    const sender = fork(join(import.meta.dirname, 'line-load.ts'), { execArgv: ['-C', 'source'] })
    const programs: LineProgram[] = []
    try {
      for (const start of [startInterwork, startVictoriaMetrics, startInfluxDb]) {
        const program = await start()
        if (program) programs.push(program)
        else say(`${start.name}: not installed here, left out`)
      }
      const figures = await measure(programs, sender, say)
      const kept = await Promise.all(programs.map((program) => isComplete(program, say)))
      return [...resultsOf(figures), ...kept]
    } finally {
      sender.kill()
      await Promise.all(programs.map((program) => program.stop()))
    }
  },
}

async function measure(programs: readonly LineProgram[], sender: ChildProcess, say: (line: string) => void) {
  const figures: Figures = new Map(programs.map((program) => [program, new Map(sizes.map((size) => [size, []]))]))
  for (const [index, lines] of sizes.entries())
    for (let round = -warmUps; round < rounds; round++) {
      const turn = programs.map((_, at) => programs[(at + round + warmUps) % programs.length]!)
      for (const program of turn) {
        const { cpu, seconds } = await runOne(program, sender, index * 2 * rounds + round, lines)
        if (round >= 0) figures.get(program)!.get(lines)!.push(cpu)
        say(
          `${lines} lines, ${round < 0 ? 'warming up' : `round ${round + 1}`}: ${program.name.padEnd(16)} ${cpu.toFixed(2)} µs CPU/reading, ${(readings / seconds / 1000).toFixed(0)} k/s`,
        )
      }
    }
  return figures
}

async function runOne(program: LineProgram, sender: ChildProcess, round: number, lines: number) {
  const before = cpuSecondsOf(program.pid)
  sender.send({ round, readings, lines, url: program.writeUrl })
  const [{ seconds, error }] = (await once(sender, 'message')) as [{ seconds: number; error?: string }]
  if (error !== undefined) throw new Error(error)
  await quiet(program.pid)
  return { cpu: ((cpuSecondsOf(program.pid) - before) / readings) * 1e6, seconds }
}

/** Waits until a process uses less than 5 % of a core, 15 s at most. */
async function quiet(pid: number): Promise<void> {
  for (let tries = 0; tries < 15; tries++) {
    const before = cpuSecondsOf(pid)
    await sleep(1_000)
    if (cpuSecondsOf(pid) - before < 0.05) return
  }
}

/** Of all rounds, not the median: merging and sealing come in lumps, and each is somebody's work. */
const mean = (figures: readonly number[]) => figures.reduce((sum, one) => sum + one, 0) / figures.length

function resultsOf(figures: Figures): Result[] {
  const [own, ...peers] = [...figures.keys()]
  return sizes.flatMap((size) => {
    const value = mean(figures.get(own!)!.get(size)!)
    const name = `${own!.name}, ${size.toLocaleString('en')} lines a request`
    const bar = bars[size]
    const unit = 'µs CPU/reading'
    const alone: Result = { name, value, unit, ...(bar !== undefined && { bar: { op: '<=', value: bar } }) }
    const beside = peers.map((peer): Result => {
      const theirs = mean(figures.get(peer)!.get(size)!)
      const { name: peerName, version } = peer
      return {
        name: `${name}, beside ${peerName}`,
        value,
        unit,
        ...(bar !== undefined && { bar: { op: '<=' as const, value: theirs } }),
        peer: { name: peerName, version, value: theirs },
      }
    })
    return [alone, ...beside]
  })
}

/** Every program must hold all it acknowledged, or its figure means nothing. */
async function isComplete(program: LineProgram, say: (line: string) => void): Promise<Result> {
  const sent = readings * (warmUps + rounds) * sizes.length
  const stored = await program.stored()
  say(
    `${program.name} ${program.version} holds ${stored.toLocaleString('en')} of ${sent.toLocaleString('en')} readings`,
  )
  return { name: `${program.name}: readings held`, value: (100 * stored) / sent, unit: '%' }
}
