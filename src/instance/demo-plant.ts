import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { AskedThing, FromSimulator, PastPiece, ToSimulator } from '#demo'
import { IwError, type Logger } from '#kernel'

export interface DemoPlantOptions {
  readonly seed: number
  /** Simulated seconds per second. */
  readonly speed: number
  /** Port of the first machine; the others follow. */
  readonly basePort: number
  readonly log: Logger
  /** Where the plant is kept between two runs. */
  readonly stateFile: string
  /** So many days of its past will be asked for before its time begins; 0: it begins at once. */
  readonly pastDays: number
}

/** The demo plant: one process of its own that plays all machines over real protocols on loopback. */
export interface DemoPlant {
  /** Definitions of its machines, as settings have them. */
  readonly things: readonly unknown[]
  /** Gives its past piece by piece, each once the one before is taken, and then lets its time begin. */
  tellPast(asked: PastAsked, take: (piece: PastPiece) => Promise<void>): Promise<void>
  stop(): Promise<void>
}

interface PastAsked {
  /** µs: when its past ends. */
  readonly endsAt: number
  readonly source: string
  readonly things: readonly AskedThing[]
}

const restartAfterMs = 1000
const readyWithinMs = 15_000

/** Starts the simulator and waits until its machines listen. If it ends by itself later, it is started again. */
export async function startDemoPlant(options: DemoPlantOptions): Promise<DemoPlant> {
  let stopping = false
  let timer: NodeJS.Timeout | undefined
  let child = spawnSimulator(options)
  const things = await readyThings(child)
  watch()
  return {
    things,
    tellPast: (asked, take) => tellPast(child, asked, take),
    async stop() {
      stopping = true
      clearTimeout(timer)
      await end(child)
    },
  }

  function watch(): void {
    child.once('exit', (code, signal) => {
      if (stopping) return
      options.log.warn({ code, signal }, 'the demo plant ended; starting it again')
      timer = setTimeout(() => {
        child = spawnSimulator({ ...options, pastDays: 0 })
        watch()
      }, restartAfterMs)
    })
  }
}

function spawnSimulator({ seed, speed, basePort, stateFile, pastDays, log }: DemoPlantOptions): ChildProcess {
  const index = import.meta.resolve('#demo')
  const main = fileURLToPath(new URL(index.endsWith('.ts') ? 'main.ts' : 'main.js', index))
  const flags = index.endsWith('.ts') ? ['-C', 'source'] : []
  const args = ['--seed', String(seed), '--speed', String(speed), '--base-port', String(basePort)]
  args.push('--state', stateFile, '--past', String(pastDays))
  // It ends when its standard input closes, so at the latest with us; a Ctrl-C at the terminal is for us alone.
  const child = spawn(process.execPath, [...flags, main, ...args], {
    stdio: pastDays > 0 ? ['pipe', 'pipe', 'pipe', 'ipc'] : 'pipe',
    serialization: 'advanced',
    detached: true,
  })
  createInterface({ input: child.stderr! }).on('line', (line) => relay(line, log))
  return child
}

/** Asks a simulator that waits for its past. One piece is stored while the next is made. */
async function tellPast(
  child: ChildProcess,
  asked: PastAsked,
  take: (piece: PastPiece) => Promise<void>,
): Promise<void> {
  const send = (message: ToSimulator) => child.send(message)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const fail = (why: string) => reject(new IwError('IW_INSTANCE_DEMO', `The past of the demo plant broke off: ${why}`))
  const ended = () => fail('its process ended')
  let taken = Promise.resolve()
  const heard = (message: FromSimulator) => {
    if (message.kind === 'failed') fail(message.message)
    else if (message.kind === 'told') taken.then(resolve, reject)
    else {
      taken = taken.then(() => take(message)).then(() => void send({ kind: 'more' }))
      taken.catch(reject)
    }
  }
  child.on('message', heard).once('exit', ended)
  try {
    send({ kind: 'tell', ...asked })
    await promise
    send({ kind: 'live' })
  } finally {
    child.off('message', heard).off('exit', ended)
  }
}

/** Takes over what the simulator logs: one JSON object a line. */
function relay(line: string, log: Logger): void {
  const { level, message, ...fields } = parse<{ level?: string; message?: string }>(line) ?? { message: line }
  if (level === 'info') log.debug(fields, message ?? '')
  else log.warn(fields, message ?? '')
}

/** The one line the simulator prints when all its machines listen. */
async function readyThings(child: ChildProcess): Promise<readonly unknown[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly unknown[]>()
  const fail = (why: string) => reject(new IwError('IW_INSTANCE_DEMO', `The demo plant did not start: ${why}`))
  const timer = setTimeout(() => fail(`no answer within ${readyWithinMs / 1000} s`), readyWithinMs)
  child.once('error', (error) => fail(error.message))
  child.once('exit', (code) => fail(`it ended with code ${code}; are its ports taken?`))
  createInterface({ input: child.stdout! }).once('line', (line) => {
    const said = parse<{ ready?: boolean; devices?: { thing: unknown }[]; error?: { message: string } }>(line)
    if (said?.ready && said.devices) resolve(said.devices.map(({ thing }) => thing))
    else fail(said?.error?.message ?? `it said "${line.slice(0, 200)}"`)
  })
  try {
    return await promise
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  } finally {
    clearTimeout(timer)
  }
}

function parse<T extends object>(line: string): T | undefined {
  try {
    const said: unknown = JSON.parse(line)
    return typeof said === 'object' && said !== null ? (said as T) : undefined
  } catch {
    return undefined
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const force = setTimeout(() => child.kill('SIGKILL'), 3000)
  await exited
  clearTimeout(force)
}
