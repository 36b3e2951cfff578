import type { Clock } from '#kernel'
import type { FromJournal, ToJournal } from './messages.ts'
import type { Group, JournalWriter } from './writer.ts'

const probeEveryMs = 1000

/**
 * The journal as its thread runs it: takes everything that waits, commits it at once, answers once. After a refusal it
 * looks again every second whether the disk takes writes, and says so.
 */
export class JournalService {
  readonly #writer: JournalWriter
  readonly #clock: Clock
  readonly #answer: (message: FromJournal) => void
  readonly #probeEveryMs: number
  #cancelProbe: (() => void) | undefined

  constructor(writer: JournalWriter, clock: Clock, answer: (message: FromJournal) => void, everyMs = probeEveryMs) {
    this.#writer = writer
    this.#clock = clock
    this.#answer = answer
    this.#probeEveryMs = everyMs
  }

  /** Handles all messages that wait, in order. */
  handle(messages: readonly ToJournal[]): void {
    let groups: Group[] = []
    const commit = () => {
      if (groups.length > 0) this.#say(this.#writer.commit(groups))
      groups = []
    }
    for (const message of messages) {
      if (message.kind === 'commit') {
        groups.push(message)
        continue
      }
      commit()
      if (message.kind === 'rotate') this.#say(this.#writer.rotate())
      else if (message.kind === 'resume') this.#writer.resume()
      else this.#close()
    }
    commit()
  }

  #say(outcome: FromJournal): void {
    this.#answer(outcome)
    if (this.#writer.refusing && !this.#cancelProbe) this.#probeLater()
  }

  #probeLater(): void {
    this.#cancelProbe = this.#clock.after(this.#probeEveryMs, () => {
      this.#cancelProbe = undefined
      if (!this.#writer.probe()) return this.#probeLater()
      this.#answer({ kind: 'ready' })
    })
  }

  #close(): void {
    this.#cancelProbe?.()
    this.#writer.close()
    this.#answer({ kind: 'closed' })
  }
}
