import { type Clock, IwError } from '#kernel'
import type { ReadingBatch } from '#model'
import type { Link } from './link.ts'
import { encodeMarks } from './marks.ts'
import { encodeReadings, readingsColumns } from './readings-block.ts'

export interface Waiting {
  readonly batch: ReadingBatch
  stored(): void
  refused(error: IwError): void
}

export interface WriterOptions {
  readonly link: Link
  readonly database: string
  readonly clock: Clock
  /** The first insert of this start; each takes the next. */
  readonly firstSeq: bigint
  /** Inserts begin at least so far apart, so that the server is not made to merge a great many small parts. */
  readonly groupMs: number
  /** Readings that may wait; more is refused as busy. */
  readonly waitingRows: number
  /** Hears of each insert: undefined where it went well. */
  readonly outcome: (error: IwError | undefined) => void
}

/** Readings in one insert: as many as wait, up to so many. */
const groupRows = 200_000

/**
 * Sends batches in the order in which they came: all that wait as one insert, one insert at a time. Where an insert fails
 * all that wait are refused with it, so that nothing of a source is stored after something that was not.
 */
export class Writer {
  readonly #options: WriterOptions
  #waiting: Waiting[] = []
  #waitingRows = 0
  #isBusy = false
  #cancelLater: (() => void) | undefined
  #lastAtMs = Number.NEGATIVE_INFINITY
  #next: bigint
  #storedSeq = 0n
  #isEnding = false
  #whenIdle: (() => void)[] = []

  constructor(options: WriterOptions) {
    this.#options = options
    this.#next = options.firstSeq
  }

  /** The newest insert that the server has acknowledged; 0 where there was none yet. */
  get storedSeq(): bigint {
    return this.#storedSeq
  }

  get waitingRows(): number {
    return this.#waitingRows
  }

  /** Throws `IW_HISTORIAN_BUSY`. */
  add(waiting: Waiting): void {
    const { count } = waiting.batch
    if (this.#waitingRows > 0 && this.#waitingRows + count > this.#options.waitingRows)
      throw new IwError('IW_HISTORIAN_BUSY', `${this.#waitingRows} readings wait for ClickHouse already`)
    this.#waiting.push(waiting)
    this.#waitingRows += count
    this.#pump()
  }

  /** Resolves once nothing waits any more; what waits goes at once. */
  async idle(): Promise<void> {
    while (this.#isBusy || this.#waiting.length > 0) {
      this.#isEnding = true
      this.#pump()
      await new Promise<void>((resolve) => this.#whenIdle.push(resolve))
    }
    this.#isEnding = false
  }

  #pump(): void {
    if (this.#isBusy || this.#waiting.length === 0) return
    const { clock, groupMs } = this.#options
    const waitMs = this.#isEnding ? 0 : this.#lastAtMs + groupMs - clock.monotonicMs()
    if (waitMs > 0) {
      this.#cancelLater ??= clock.after(waitMs, () => {
        this.#cancelLater = undefined
        this.#pump()
      })
      return
    }
    this.#cancelLater?.()
    this.#cancelLater = undefined
    this.#isBusy = true
    this.#lastAtMs = clock.monotonicMs()
    void this.#send(this.#takeGroup())
  }

  #takeGroup(): readonly Waiting[] {
    let rows = 0
    let count = 0
    while (count < this.#waiting.length && (count === 0 || rows + this.#waiting[count]!.batch.count <= groupRows))
      rows += this.#waiting[count++]!.batch.count
    return this.#waiting.splice(0, count)
  }

  async #send(group: readonly Waiting[]): Promise<void> {
    const batches = group.map(({ batch }) => batch)
    const seq = this.#next++
    let failure: IwError | undefined
    try {
      await this.#insert(batches, seq)
      this.#storedSeq = seq
    } catch (error) {
      failure = error as IwError
    }
    this.#isBusy = false
    this.#options.outcome(failure)
    const settled = failure ? [...group, ...this.#waiting.splice(0)] : group
    for (const { batch, stored, refused } of settled) {
      this.#waitingRows -= batch.count
      if (failure) refused(failure)
      else stored()
    }
    for (const resolve of this.#whenIdle.splice(0)) resolve()
    this.#pump()
  }

  /** Readings first, then the marks of their sources: see `Marks`. */
  async #insert(batches: readonly ReadingBatch[], seq: bigint): Promise<void> {
    const { link, database } = this.#options
    const filled = batches.filter(({ count }) => count > 0)
    if (filled.length > 0)
      await link.insert(`\`${database}\`.readings (${readingsColumns(filled)})`, encodeReadings(filled, seq))
    const marks = encodeMarks(batches)
    if (marks) await link.insert(`\`${database}\`.marks (source, sequence)`, marks)
  }
}
