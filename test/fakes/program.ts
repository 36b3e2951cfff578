import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const root = join(import.meta.dirname, '../..')
/** From source, as it is now: a build may be older. */
const command = ['-C', 'source', join(root, 'src', 'cli', 'main.ts')]

/** A running instance as a process of its own. */
export interface RunningProgram {
  readonly pid: number
  readonly url: string
  /** What it has logged. */
  readonly log: () => string
  /** Sends the signal and waits for the end; the exit code, null where a signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

/** A folder in which the program is run, again and again; `close` ends what still runs and removes the folder. */
export class ProgramFolder {
  readonly path: string
  readonly data: string
  readonly #running = new Set<ChildProcess>()
  readonly #own: boolean

  /** Without a path: a new folder among the temporary ones. */
  constructor(path?: string) {
    this.#own = path === undefined
    this.path = path ?? mkdtempSync(join(tmpdir(), 'iw-program-'))
    this.data = join(this.path, 'data')
  }

  /** Starts an instance on a free port and waits until it is ready. Throws what it said where it ends instead. */
  async start(...args: readonly string[]): Promise<RunningProgram> {
    const child = this.#launch(['start', '--port', '0', '--data', this.data, '--json', ...args])
    let log = ''
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      log += text
    })
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`ended with code ${String(code)}: ${log}`)
    })
    const [line] = (await Promise.race([once(createInterface({ input: child.stdout! }), 'line'), ended])) as [string]
    ended.catch(() => {})
    const { url } = JSON.parse(line) as { url: string }
    return { pid: child.pid!, url, log: () => log, end: (signal) => end(child, signal) }
  }

  /** Runs a command to its end. */
  async run(...args: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
    const child = this.#launch(args)
    const said = { out: '', err: '' }
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      said.out += text
    })
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      said.err += text
    })
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, ...said }
  }

  async close(): Promise<void> {
    for (const child of this.#running) await end(child, 'SIGKILL')
    if (this.#own) rmSync(this.path, { recursive: true, force: true })
  }

  #launch(args: readonly string[]): ChildProcess {
    const child = spawn(process.execPath, [...command, ...args], { cwd: this.path, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#running.add(child)
    child.once('exit', () => this.#running.delete(child))
    return child
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const exit = once(child, 'exit')
  child.kill(signal)
  const [code] = (await exit) as [number | null]
  return code
}
