import type { Clock, Logger } from '#kernel'
import type { Facts } from './facts.ts'
import type { Link } from './link.ts'
import { type NewestReadings, selectNewest } from './newest.ts'
import { selectSince } from './statements.ts'

const everyMs = 60_000
const columns = 'tag, time, arrived, value, quality, text, integer, good_time, good_value, good_text, good_integer, seq'

export interface SnapshotOptions {
  readonly link: Link
  readonly database: string
  readonly facts: Facts
  readonly newest: NewestReadings
  readonly clock: Clock
  readonly log: Logger
  /** The newest insert that is stored and known to `newest`. */
  readonly storedSeq: () => bigint
}

/**
 * Last values in the table `last_readings`, as of an insert that `facts` names: so that a start need not look through years
 * of readings, but only through what came after it.
 */
export class Snapshots {
  readonly #options: SnapshotOptions
  #seq = 0n
  #cancel = () => {}

  constructor(options: SnapshotOptions) {
    this.#options = options
  }

  /** Reads the snapshot and all that came after it. Gives how many rows that were. */
  async load(): Promise<number> {
    const { link, database, facts, newest } = this.#options
    for (const block of await link.rows(selectNewest(database))) newest.load(block)
    this.#seq = await facts.greatest('snapshot')
    let replayed = 0
    for await (const block of link.stream(selectSince(database, this.#seq))) {
      newest.addRows(block)
      replayed += block.rows
    }
    return replayed
  }

  /** Writes one every minute, and calls `alongside`, which does not reject. */
  begin(alongside: () => Promise<void>): void {
    this.#cancel = this.#options.clock.after(everyMs, async () => {
      this.begin(alongside)
      await this.write()
      await alongside()
    })
  }

  stop(): void {
    this.#cancel()
  }

  /** What changed since the last one, then the number of the insert it stands for. Where it fails the next start reads more. */
  async write(): Promise<void> {
    const { link, database, facts, newest, log } = this.#options
    const seq = this.#options.storedSeq()
    const block = seq > this.#seq ? newest.takeChanged(seq) : undefined
    if (!block) return
    try {
      await link.insert(`\`${database}\`.last_readings (${columns})`, block)
      await facts.add('snapshot', seq)
      this.#seq = seq
    } catch (error) {
      newest.forgetWritten()
      log.warn({ err: error }, 'the last values could not be written to ClickHouse')
    }
  }
}
