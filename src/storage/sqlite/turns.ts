/**
 * Whose turn it is on the one connection SQLite has. Turns are given in the order asked for; a transaction keeps its turn
 * until it ends.
 */
export class Turns {
  #last: Promise<void> = Promise.resolve()

  /** Resolves when it is the caller's turn; the function returned ends the turn and may be called twice. */
  async take(): Promise<() => void> {
    const before = this.#last
    let end = () => {}
    this.#last = new Promise((resolve) => {
      end = resolve
    })
    await before
    return end
  }

  /** Runs `work`, which must not wait for anything, in a turn of its own. */
  async run<T>(work: () => T): Promise<T> {
    const end = await this.take()
    try {
      return work()
    } finally {
      end()
    }
  }
}
