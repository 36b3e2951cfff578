import { type ChildProcess, fork } from 'node:child_process'
import { setPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { type Clock, IwError, type Logger } from '#kernel'
import { type FromChild, memoryExitCode, memoryLimitVariable, received, type ToChild } from './messages.ts'
import { logOutput } from './output.ts'

/** What a child process is started with. */
export interface ChildOptions {
  /** What it is, for the log. */
  readonly name: string
  /** `import.meta.url` of the caller, and its module beside it, without ending: `./merge-child`. */
  readonly importMetaUrl: string
  readonly module: string
  readonly log: Logger
  readonly clock: Clock
  /** Ended after so long without a request. Default 30 s. */
  readonly idleMs?: number
  /** Variables beside the few that every program needs; those of this process do not go along, as they hold secrets. */
  readonly environment?: Readonly<Record<string, string>>
  /** Limit of the JavaScript heap. */
  readonly heapMegabytes?: number
  /** Limit of resident memory; a child that grows beyond it ends. */
  readonly memoryLimitBytes?: number
  /** 0 (as this process) to 19 (only what nobody else wants of the processor). */
  readonly niceness?: number
}

/** What a request may carry. */
export interface AskOptions {
  /** Told to the child; the promise settles once the child has given up, or is killed for not doing so in 5 s. */
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: unknown) => void
  /** After this the child is killed. */
  readonly timeoutMs?: number
}

interface Waiting {
  resolve(answer: unknown): void
  reject(error: Error): void
  readonly onProgress: ((progress: unknown) => void) | undefined
}

const giveUpMs = 5_000
const endMs = 2_000
/** So many messages that belong to no request in one second, and the child is taken for mad. */
const strayMessages = 1_000
const inherited = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'LD_LIBRARY_PATH']

/** One process, from its start to its end. */
export class RunningChild {
  readonly #options: ChildOptions
  readonly #process: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  readonly #lastWords: () => readonly string[]
  readonly #ended = Promise.withResolvers<void>()
  #nextId = 1
  #reason: string | undefined
  #strays = { count: 0, since: 0 }

  /** Starts it. `ended` is called once, at its end; `asked` tells whether we ended it. */
  constructor(options: ChildOptions, ended: (asked: boolean) => void) {
    this.#options = options
    const { log } = options
    this.#process = forkChild(options)
    this.#lastWords = logOutput(this.#process.stderr!, log)
    logOutput(this.#process.stdout!, log)
    this.#process.on('message', (message: FromChild) => this.#received(message))
    this.#process.on('error', (error) => log.error({ err: error }, 'the helping process does not start'))
    let over = false
    const end = (code: number | null, signal: string | null) => {
      if (over) return
      over = true
      const asked = this.#reason === 'closed'
      this.#end(code, signal, asked)
      ended(asked)
    }
    // Not `close`: it does not come after a disconnect of ours.
    this.#process.once('exit', (code, signal) => afterLastWords(this.#process, () => end(code, signal)))
    this.#process.once('error', () => this.#process.pid === undefined && end(null, null))
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  get busy(): boolean {
    return this.#waiting.size > 0
  }

  async ask(request: unknown, { signal, onProgress, timeoutMs }: AskOptions): Promise<unknown> {
    const { clock } = this.#options
    const id = this.#nextId++
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.#waiting.set(id, { resolve, reject, onProgress })
    this.#send({ kind: 'ask', id, request })
    const cancels: (() => void)[] = []
    if (timeoutMs !== undefined) cancels.push(clock.after(timeoutMs, () => this.kill('timeout')))
    const abort = () => {
      this.#send({ kind: 'abort', id })
      cancels.push(clock.after(giveUpMs, () => this.kill('did not give up when told to')))
    }
    signal?.addEventListener('abort', abort, { once: true })
    try {
      return await promise
    } finally {
      signal?.removeEventListener('abort', abort)
      for (const cancel of cancels) cancel()
    }
  }

  /** Lets it end by itself, and kills it where it does not. Resolves when it is gone. */
  async close(): Promise<void> {
    this.#reason ??= 'closed'
    if (this.#process.connected) this.#process.disconnect()
    const cancel = this.#options.clock.after(endMs, () => this.#process.kill('SIGKILL'))
    await this.#ended.promise
    cancel()
  }

  kill(reason: string): void {
    this.#reason ??= reason
    this.#process.kill('SIGKILL')
  }

  #send(message: ToChild): void {
    // An error here is the end of the process, which rejects what waits.
    if (this.#process.connected) this.#process.send(message, () => {})
  }

  #received(message: FromChild): void {
    const waiting = this.#waiting.get(message.id)
    if (!waiting) this.#countStray()
    else if (message.kind === 'progress') waiting.onProgress?.(message.progress)
    else {
      this.#waiting.delete(message.id)
      if (message.kind === 'answer') waiting.resolve(message.answer)
      else waiting.reject(received(message.error))
    }
  }

  #countStray(): void {
    const now = this.#options.clock.monotonicMs()
    if (now - this.#strays.since > 1_000) this.#strays = { count: 0, since: now }
    if (++this.#strays.count > strayMessages) this.kill('floods us with messages')
  }

  #end(code: number | null, signal: string | null, asked: boolean): void {
    const { log, name } = this.#options
    const reason =
      this.#reason ?? (code === memoryExitCode ? 'memory' : `exit ${signal ?? code ?? 'before it started'}`)
    if (!asked) log.error({ code: 'IW_SANDBOX_ENDED', reason, lastWords: this.#lastWords() }, 'a helping process ended')
    const error = new IwError('IW_SANDBOX_ENDED', `The process "${name}" ended: ${reason}`, { detail: { reason } })
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
    this.#ended.resolve()
  }
}

function afterLastWords({ stderr }: ChildProcess, then: () => void): void {
  if (!stderr || stderr.closed) then()
  else stderr.once('close', then)
}

function forkChild(options: ChildOptions): ChildProcess {
  const { importMetaUrl, module, environment, heapMegabytes, memoryLimitBytes, niceness } = options
  const fromSource = importMetaUrl.endsWith('.ts')
  const path = fileURLToPath(new URL(`${module}${fromSource ? '.ts' : '.js'}`, importMetaUrl))
  const child = fork(path, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...inheritedEnvironment(), ...environment, [memoryLimitVariable]: String(memoryLimitBytes ?? 0) },
    execArgv: [
      ...(fromSource ? ['-C', 'source'] : []),
      ...(heapMegabytes === undefined ? [] : [`--max-old-space-size=${heapMegabytes}`]),
    ],
  })
  if (niceness !== undefined && child.pid !== undefined) lowerPriority(child.pid, niceness, options.log)
  return child
}

function lowerPriority(pid: number, niceness: number, log: Logger): void {
  try {
    setPriority(pid, niceness)
  } catch (error) {
    log.debug({ err: error }, 'the system does not lower the priority of a helping process')
  }
}

function inheritedEnvironment(): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of inherited) {
    const value = process.env[name]
    if (value !== undefined) found[name] = value
  }
  return found
}
