import { IwError } from '#kernel'

/** So many at once, so many more that wait for them, and no more. */
export class Slots {
  readonly #atOnce: number
  readonly #mayWait: number
  #taken = 0
  readonly #waiting: (() => void)[] = []

  constructor(atOnce: number, mayWait: number) {
    this.#atOnce = atOnce
    this.#mayWait = mayWait
  }

  /** Resolves with how to give it back (once). Throws `IW_SQL_BUSY`, and the reason of a signal aborted while it waited. */
  async take(signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted()
    if (this.#taken >= this.#atOnce) await this.#wait(signal)
    else this.#taken++
    let given = false
    return () => {
      if (given) return
      given = true
      this.#giveBack()
    }
  }

  /** The slot goes from hand to hand: whoever waits longest has it before anybody new can take it. */
  #giveBack(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#taken--
  }

  async #wait(signal: AbortSignal | undefined): Promise<void> {
    if (this.#waiting.length >= this.#mayWait)
      throw new IwError('IW_SQL_BUSY', `${this.#atOnce} queries run and ${this.#mayWait} wait already`)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const leave = () => {
      this.#waiting.splice(this.#waiting.indexOf(resolve), 1)
      reject(signal!.reason)
    }
    this.#waiting.push(resolve)
    signal?.addEventListener('abort', leave, { once: true })
    try {
      await promise
    } finally {
      signal?.removeEventListener('abort', leave)
    }
  }
}
