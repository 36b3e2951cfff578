import type { Clock, Logger } from '#kernel'
import { segmentName } from './files/folders.ts'
import type { Sealed } from './seal/store.ts'
import type { Work } from './seal/work.ts'

const firstRetryMs = 1000
const lastRetryMs = 30_000

export interface SealingListener {
  sealed(sealed: Sealed): void
  /** A segment could not be sealed; it will be tried again. */
  failed(error: unknown): void
}

/** Has ended segments sealed one after another, in order; where it fails the segment is tried again, ever more slowly. */
export class Sealing {
  readonly #work: Work
  readonly #clock: Clock
  readonly #log: Logger
  readonly #listener: SealingListener
  readonly #queue: number[] = []
  #busy = false
  #stopped = false
  #retryMs = firstRetryMs
  #cancelRetry: (() => void) | undefined
  #idle: (() => void)[] = []

  constructor(work: Work, clock: Clock, log: Logger, listener: SealingListener) {
    this.#work = work
    this.#clock = clock
    this.#log = log
    this.#listener = listener
  }

  /** Whether a segment is being sealed or waits for it. */
  get busy(): boolean {
    return this.#queue.length > 0
  }

  add(segment: number): void {
    this.#queue.push(segment)
    this.#next()
  }

  /** Ends after the segment under way; the rest is sealed after the next start. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancelRetry?.()
    if (this.#busy) await new Promise<void>((resolve) => this.#idle.push(resolve))
    await this.#work.close()
  }

  #next(): void {
    const segment = this.#queue[0]
    if (this.#busy || this.#stopped || this.#cancelRetry || segment === undefined) return
    this.#busy = true
    this.#work
      .seal(segment, this.#clock.now())
      .then(
        (sealed) => {
          this.#queue.shift()
          this.#retryMs = firstRetryMs
          this.#listener.sealed(sealed)
        },
        (error: unknown) => this.#failed(segment, error),
      )
      .finally(() => {
        this.#busy = false
        for (const done of this.#idle.splice(0)) done()
        this.#next()
      })
  }

  #failed(segment: number, error: unknown): void {
    const inMs = this.#retryMs
    this.#log.error({ segment: segmentName(segment), err: error, retryInMs: inMs }, 'a segment could not be sealed')
    this.#retryMs = Math.min(lastRetryMs, inMs * 2)
    this.#listener.failed(error)
    this.#cancelRetry = this.#clock.after(inMs, () => {
      this.#cancelRetry = undefined
      this.#next()
    })
  }
}
