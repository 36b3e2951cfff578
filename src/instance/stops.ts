import type { Logger } from '#kernel'

/** What has been started, to be stopped in reverse order, each whatever becomes of the others. */
export class Stops {
  readonly #log: Logger
  readonly #stops: { readonly what: string; readonly stop: () => unknown }[] = []

  constructor(log: Logger) {
    this.#log = log
  }

  /** Remembers how to stop something; call it before starting it, so that a start that fails half way is undone too. */
  push(what: string, stop: () => unknown): void {
    this.#stops.push({ what, stop })
  }

  /** Stops everything. Resolves to whether all of it stopped without an error. */
  async run(): Promise<boolean> {
    let clean = true
    for (let next = this.#stops.pop(); next; next = this.#stops.pop()) {
      try {
        await next.stop()
      } catch (error) {
        clean = false
        this.#log.error({ error }, `stopping the ${next.what} failed`)
      }
    }
    return clean
  }
}
