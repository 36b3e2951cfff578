import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { IwError, type Logger } from '#kernel'

export interface DemoPlantOptions {
  readonly seed: number
  /** Simulated seconds per second. */
  readonly speed: number
  /** Port of the first machine; the others follow. */
  readonly basePort: number
  readonly log: Logger
}

/** The demo plant: one process of its own that plays all machines over real protocols on loopback. */
export interface DemoPlant {
  /** Definitions of its machines, as settings have them. */
  readonly things: readonly unknown[]
  stop(): Promise<void>
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
        child = spawnSimulator(options)
        watch()
      }, restartAfterMs)
    })
  }
}

function spawnSimulator({ seed, speed, basePort, log }: DemoPlantOptions): ChildProcess {
  const index = import.meta.resolve('#demo')
  const main = fileURLToPath(new URL(index.endsWith('.ts') ? 'main.ts' : 'main.js', index))
  const flags = index.endsWith('.ts') ? ['-C', 'source'] : []
  const args = ['--seed', String(seed), '--speed', String(speed), '--base-port', String(basePort)]
  // It ends when its standard input closes, so at the latest with us; a Ctrl-C at the terminal is for us alone.
  const child = spawn(process.execPath, [...flags, main, ...args], { stdio: 'pipe', detached: true })
  createInterface({ input: child.stderr }).on('line', (line) => relay(line, log))
  return child
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
