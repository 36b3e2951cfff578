import { delay, IwError } from '#kernel'
import { type AskOptions, type ChildOptions, RunningChild } from './child-process.ts'

const idleMs = 30_000
const firstBackoffMs = 100
const longestBackoffMs = 10_000

/**
 * A helping process that answers requests: started by the first one, ended when it has been idle, started anew after a
 * crash, each time later (0.1 s to 10 s) until it has answered again. Its module calls `serveChild`.
 */
export class Child<Ask, Answer> {
  readonly #options: ChildOptions
  #running: RunningChild | undefined
  /** Those that were told to end and have not yet. */
  readonly #ending = new Set<Promise<void>>()
  #cancelIdle: (() => void) | undefined
  #crashes = 0
  #notBefore = 0
  #asking = 0
  #closed = false

  constructor(options: ChildOptions) {
    this.#options = { ...options, log: options.log.child({ child: options.name }) }
  }

  get running(): boolean {
    return this.#running !== undefined
  }

  get pid(): number | undefined {
    return this.#running?.pid
  }

  /**
   * Rejects with what the child threw (an `IwError` stays one), with `IW_SANDBOX_ENDED` where it ended before it answered
   * (`detail.reason`: timeout, memory, closed, exit …), and with the reason of a signal that was aborted before.
   */
  async ask(request: Ask, options: AskOptions = {}): Promise<Answer> {
    const letGo = this.hold()
    try {
      await this.#backoff()
      options.signal?.throwIfAborted()
      if (this.#closed) throw new IwError('IW_SANDBOX_ENDED', `The process "${this.#options.name}" is closed`)
      const answer = await this.#process().ask(request, options)
      this.#crashes = 0
      return answer as Answer
    } finally {
      letGo()
    }
  }

  /** Keeps it from being idle between requests that belong together, until the function returned is called. */
  hold(): () => void {
    this.#asking++
    this.#cancelIdle?.()
    let held = true
    return () => {
      if (!held) return
      held = false
      this.#asking--
      this.#endWhenIdle()
    }
  }

  /** Ends it; what is under way is rejected. */
  async close(): Promise<void> {
    this.#closed = true
    this.#end()
    await Promise.all(this.#ending)
  }

  async #backoff(): Promise<void> {
    const { clock } = this.#options
    if (this.#running) return
    const waitMs = this.#notBefore - clock.monotonicMs()
    if (this.#crashes > 0 && waitMs > 0) await delay(clock, waitMs)
  }

  #process(): RunningChild {
    if (this.#running) return this.#running
    const started: RunningChild = new RunningChild(this.#options, (asked) => {
      if (this.#running === started) this.#running = undefined
      if (!asked) this.#crashed()
    })
    this.#running = started
    return started
  }

  #crashed(): void {
    const backoffMs = Math.min(longestBackoffMs, firstBackoffMs * 2 ** this.#crashes++)
    this.#notBefore = this.#options.clock.monotonicMs() + backoffMs
  }

  #endWhenIdle(): void {
    if (this.#asking > 0 || !this.#running) return
    this.#cancelIdle = this.#options.clock.after(this.#options.idleMs ?? idleMs, () => this.#end())
  }

  #end(): void {
    this.#cancelIdle?.()
    const ending = this.#running
    this.#running = undefined
    if (!ending) return
    const gone = ending.close().finally(() => this.#ending.delete(gone))
    this.#ending.add(gone)
  }
}
