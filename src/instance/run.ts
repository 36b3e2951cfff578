import { type Logger, systemClock } from '#kernel'
import { openDataFolder } from './data-folder.ts'
import { demoPast, type ToldPast } from './demo-past.ts'
import { startDemoPlant } from './demo-plant.ts'
import { freePorts } from './free-ports.ts'
import { type Instance, type InstanceOptions, startInstance } from './instance.ts'
import { createLog } from './log.ts'
import type { Settings } from './settings/schema.ts'
import { Stops } from './stops.ts'

export interface DemoOptions {
  readonly seed: number
  readonly speed: number
  /** Port of the first machine, 0: whatever is free. Absent: the usual ones, or the next that are free. */
  readonly basePort?: number
  /** Whether console and API move on to the next free port when theirs is in use. */
  readonly portMayMove?: boolean
  /** So many days of its past are stored at the first start in a data folder. */
  readonly pastDays: number
  /** Told while that is done: readings stored, and how many there may be in all. */
  readonly progress: (done: number, total: number) => void
}

export interface RunOptions {
  readonly settings: Settings
  /** Run the demo plant beside the instance, with its machines. */
  readonly demo?: DemoOptions
  /** Whether a person reads the log at a terminal. */
  readonly terminal: boolean
  /** Called once when everything answers. */
  readonly ready: (instance: Pick<Instance, 'url' | 'id' | 'things'>, past?: ToldPast) => void
}

const stopWithinMs = 10_000
const echoMs = 500

/**
 * Runs an instance as this process until SIGINT or SIGTERM, then stops it cleanly within 10 s; a second signal ends it at
 * once. Resolves to the exit code. Something thrown that nobody caught is logged and ends the process with code 1, for a
 * supervisor to start it again: what was acknowledged is on disk.
 */
export async function runInstance(options: RunOptions): Promise<number> {
  const log = createLog({ ...options.settings.log, terminal: options.terminal })
  const stops = new Stops(log)
  const signalled = nextSignal()
  endOnSurprise(log)
  const early = new AbortController()
  void signalled.then(() => early.abort())
  try {
    await start(options, log, stops, early.signal)
  } catch (error) {
    const stopped = await stops.run()
    if (early.signal.aborted) return stopped ? 0 : 1
    throw error
  }
  const signal = await signalled
  log.info({ signal }, 'stopping')
  return await stopInTime(stops, log)
}

async function start(
  { settings, demo, ready }: RunOptions,
  log: Logger,
  stops: Stops,
  signal: AbortSignal,
): Promise<void> {
  const plant = demo && (await withDemoPlant(settings, demo, log, stops, signal))
  const instance = await startInstance({ ...(plant ?? { settings }), log, demo: demo !== undefined })
  stops.push('instance', () => instance.stop())
  ready(instance, plant?.past())
}

const usualBasePort = 15_020
const machines = 12

interface WithPlant extends Pick<InstanceOptions, 'settings' | 'beforeMachines'> {
  /** What was stored of its past, where that was done now. */
  past(): ToldPast | undefined
}

/** Starts the demo plant. Gives the settings with its machines, and with a port that is free. */
async function withDemoPlant(
  settings: Settings,
  demo: DemoOptions,
  log: Logger,
  stops: Stops,
  signal: AbortSignal,
): Promise<WithPlant> {
  // A second demo in the same folder hears that at once, before anything of it has started or looked for ports.
  openDataFolder(settings.data).release()
  const { http } = settings
  const port = demo.portMayMove ? await freePorts({ first: http.port, count: 1, step: 1 }) : http.port
  const basePort = demo.basePort ?? (await freePorts({ first: usualBasePort, count: machines, step: 20 }))
  if (port !== http.port || (demo.basePort === undefined && basePort !== usualBasePort))
    log.info({ port, basePort }, 'usual ports are in use, by another demo perhaps: these are taken instead')
  const past = demoPast(settings.data, { seed: demo.seed, days: demo.pastDays })
  const { days: pastDays, stateFile } = past
  const plant = await startDemoPlant({ ...demo, basePort, pastDays, stateFile, log: log.child({ room: 'demo' }) })
  stops.push('demo plant', () => plant.stop())
  const things = [...settings.things, ...(plant.things as Settings['things'])]
  let told: ToldPast | undefined
  return {
    settings: { ...settings, http: { ...http, port }, things },
    async beforeMachines(historian, things) {
      if (pastDays === 0) return
      told = await past.tell(plant, historian, things, { clock: systemClock, signal, progress: demo.progress })
      log.info({ ...told }, 'the past of the demo plant is stored')
    },
    past: () => told,
  }
}

/**
 * The first signal to end. One Ctrl-C may come several times, from the terminal and handed on by npm: only one that comes
 * later than that is a second.
 */
function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let firstAt: number | undefined
    const heard = (signal: NodeJS.Signals) => {
      firstAt ??= performance.now()
      if (performance.now() - firstAt > echoMs) process.exit(1)
      resolve(signal)
    }
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, heard)
  })
}

async function stopInTime(stops: Stops, log: Logger): Promise<number> {
  const tooLate = new Promise<'late'>((resolve) => setTimeout(resolve, stopWithinMs, 'late').unref())
  const outcome = await Promise.race([stops.run(), tooLate])
  if (outcome === true) log.info({}, 'stopped')
  else
    log.error({ outcome }, outcome === 'late' ? `not stopped within ${stopWithinMs / 1000} s` : 'stopped with errors')
  return outcome === true ? 0 : 1
}

function endOnSurprise(log: Logger): void {
  const end = (error: unknown) => {
    log.error({ error }, 'a defect ended the process; what was acknowledged is safe')
    process.exit(1)
  }
  process.on('uncaughtException', end)
  process.on('unhandledRejection', end)
}
