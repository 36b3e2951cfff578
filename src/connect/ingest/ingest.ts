import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '#kernel'
import type { Historian } from '#ports'
import type { EventLog } from '../events/event-log.ts'
import type { ConnectLimits } from '../limits.ts'
import type { Quarantine } from '../quarantine.ts'
import { LineParser } from './line-parser.ts'
import type { Precision } from './number.ts'
import { type Growing, makeSeries } from './series-maker.ts'
import { SeriesTable } from './series-table.ts'
import type { RejectedLine, Slice, SliceOptions } from './slice.ts'

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
  readonly events: EventLog
  readonly clock: Clock
  readonly limits: ConnectLimits
}

/** Parsed at a stretch, then others have their turn: well below 5 ms of CPU. */
const sliceBytes = 256 * 1024
/** Slices of one body that may wait for the disk at once. */
const underWay = 4
const source = 'line-protocol'
const samplesPerRequest = 1
/** Columns are sized by what the slice before came to, and a bit. */
const headroom = 1.1
const leastRowsPerByte = 1 / 40

/** What one request made anew. */
interface Made {
  things: number
  properties: number
}

/** Line protocol of InfluxDB into the historian. */
export class LineProtocolIngest implements Ingest {
  readonly #options: IngestOptions
  readonly #table = new SeriesTable()
  #rowsPerByte = leastRowsPerByte

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
    const made: Made = { things: 0, properties: 0 }
    let start = 0
    let line = 1
    while (start < body.length) {
      if (start > 0) await nextTurn()
      const softEnd = Math.min(body.length, start + sliceBytes)
      const expectedRows = Math.ceil((softEnd - start) * this.#rowsPerByte)
      const slice = await this.#slice(body, { ...options, start, line, softEnd, expectedRows }, made)
      this.#rowsPerByte = Math.max(leastRowsPerByte, (slice.columns.count / (slice.next - start)) * headroom)
      this.#note(outcome, slice)
      if (appends.size >= underWay) await Promise.race(appends)
      if (slice.columns.count > 0) this.#append(appends, slice, options.arrivedAt)
      start = slice.next
      line = slice.nextLine
    }
    await Promise.all(appends)
    if (made.things > 0) this.#announce(made)
    return outcome
  }

  /** A slice with unknown series is parsed twice: first to learn of them, then, when they are made, for good. */
  async #slice(body: Uint8Array, place: SliceOptions, made: Made): Promise<Slice> {
    const first = new LineParser(body, this.#table, place).parse()
    if (first.unknown.size === 0) return first
    const result = await makeSeries({ ...this.#options, table: this.#table }, first.unknown, made.properties)
    made.things += result.things
    made.properties += result.properties
    return new LineParser(body, this.#table, { ...place, softEnd: first.next, denied: result.denied }).parse()
  }

  #announce({ things, properties }: Made): void {
    const { events, clock } = this.#options
    events.record({ kind: 'thing.added', at: clock.now(), detail: { count: things, properties, source } })
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
