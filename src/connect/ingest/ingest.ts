import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Historian } from '#ports'
import type { ConnectLimits } from '../limits.ts'
import type { Quarantine } from '../quarantine.ts'
import { LineParser, type RejectedLine, type Slice, type SliceOptions } from './line-parser.ts'
import type { Precision } from './number.ts'
import { type Growing, makeSeries } from './series-maker.ts'
import { SeriesTable } from './series-table.ts'

export interface LineProtocolOptions {
  readonly precision: Precision
  /** µs; the time of lines that carry none. */
  readonly arrivedAt: number
}

/** What became of a body of lines. */
export interface LineProtocolOutcome {
  /** Lines stored. */
  readonly accepted: number
  /** The first 100 lines that were not. */
  readonly rejected: readonly RejectedLine[]
  readonly rejectedCount: number
}

/** Data that is sent to us, where nobody polls. */
export interface Ingest {
  /**
   * Stores the good lines of a body and says what is wrong with the others; resolves when they are on disk. Throws what the
   * historian throws (`IW_HISTORIAN_DISK_FULL`, `_BUSY`…): then send the body again, lines with a time are not doubled.
   */
  lineProtocol(body: Uint8Array, options: LineProtocolOptions): Promise<LineProtocolOutcome>
}

export interface IngestOptions {
  readonly historian: Historian
  readonly registry: Growing
  readonly quarantine: Quarantine
  readonly limits: ConnectLimits
}

/** Parsed at a stretch, then others have their turn: well below 5 ms of CPU. */
const sliceBytes = 256 * 1024
/** Slices of one body that may wait for the disk at once. */
const underWay = 4
const source = 'line-protocol'
const samplesPerRequest = 1

/** Line protocol of InfluxDB into the historian. */
export class LineProtocolIngest implements Ingest {
  readonly #options: IngestOptions
  readonly #table = new SeriesTable()

  constructor(options: IngestOptions) {
    this.#options = options
  }

  /** The definition of a thing changed or went: what was learned of series may be wrong. */
  forget(): void {
    this.#table.clear()
  }

  async lineProtocol(body: Uint8Array, options: LineProtocolOptions): Promise<LineProtocolOutcome> {
    const outcome = { accepted: 0, rejected: [] as RejectedLine[], rejectedCount: 0 }
    const appends = new Set<Promise<unknown>>()
    let made = 0
    let start = 0
    let line = 1
    while (start < body.length) {
      if (start > 0) await nextTurn()
      const place = { ...options, start, line, softEnd: start + sliceBytes }
      const { slice, newlyMade } = await this.#slice(body, place, made)
      made += newlyMade
      this.#note(outcome, slice)
      if (appends.size >= underWay) await Promise.race(appends)
      if (slice.columns.count > 0) this.#append(appends, slice, options.arrivedAt)
      start = slice.next
      line = slice.nextLine
    }
    await Promise.all(appends)
    return outcome
  }

  /** A slice with unknown series is parsed twice: first to learn of them, then, when they are made, for good. */
  async #slice(body: Uint8Array, place: SliceOptions, made: number): Promise<{ slice: Slice; newlyMade: number }> {
    const first = new LineParser(body, this.#table, place).parse()
    if (first.unknown.size === 0) return { slice: first, newlyMade: 0 }
    const result = await makeSeries({ ...this.#options, table: this.#table }, first.unknown, made)
    const slice = new LineParser(body, this.#table, { ...place, denied: result.denied }).parse()
    return { slice, newlyMade: result.made }
  }

  #append(appends: Set<Promise<unknown>>, { columns }: Slice, arrivedAt: number): void {
    const append = this.#options.historian.append(columns.batch(source, arrivedAt))
    appends.add(append)
    // Only those that are done leave: a failure stays, so that the request ends with it.
    append.then(
      () => appends.delete(append),
      () => {},
    )
  }

  #note(outcome: { accepted: number; rejected: RejectedLine[]; rejectedCount: number }, slice: Slice): void {
    outcome.accepted += slice.accepted
    outcome.rejectedCount += slice.rejectedCount
    outcome.rejected.push(...slice.rejected.slice(0, 100 - outcome.rejected.length))
    const { quarantine } = this.#options
    const [worst] = slice.rejected
    if (!worst || !slice.sample) return
    quarantine.put(source, worst.code, `line ${worst.line}: ${worst.message}`, slice.sample)
    quarantine.add(slice.rejectedCount - samplesPerRequest)
  }
}
