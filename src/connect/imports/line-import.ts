import { IwError } from '#kernel'
import type { ReadingBatch } from '#model'
import type { Historian } from '#ports'
import { newline, quote } from '../ingest/bytes.ts'
import { type IngestOptions, LineProtocolIngest } from '../ingest/ingest.ts'
import { afterBadLine, closingQuote, linesIn } from '../ingest/line-ends.ts'
import type { Growing } from '../ingest/series-maker.ts'
import { Quarantine } from '../quarantine.ts'
import type { Chunk } from './csv/table-reader.ts'
import type { ImportRecord } from './record.ts'
import type { ReadStretch } from './stretch.ts'

/** Lines are read so many bytes at a time; none may be longer. */
const pieceBytes = 1024 * 1024
/** A text may be so long, every byte of it escaped. */
const longestText = 2 * 65_535 + 2

/** One file of line protocol. Lines that carry a time are stored once however often they are sent. */
export class LineImport {
  readonly #record: ImportRecord
  readonly #ingest: LineProtocolIngest
  readonly #count: Counting

  constructor(options: IngestOptions, record: ImportRecord) {
    this.#record = record
    this.#count = countingHistorian(options.historian, record.dryRun)
    const dry = record.dryRun && { registry: imaginedThings(options.registry), events: silentEvents(options) }
    const quarantine = record.dryRun ? new Quarantine(options.clock) : options.quarantine
    this.#ingest = new LineProtocolIngest({ ...options, ...dry, quarantine, historian: this.#count.historian })
  }

  /** Definitions changed. */
  forget(): void {
    this.#ingest.forget()
  }

  /** Stretches of whole lines. */
  async *read({ bytes, offset, line, isEnd }: Chunk): AsyncGenerator<ReadStretch, void, undefined> {
    let at = 0
    let nextLine = line
    while (at < bytes.length) {
      const piece = wholeLines(bytes.subarray(at, at + pieceBytes), isEnd && at + pieceBytes >= bytes.length)
      if (piece.length === 0 && bytes.length - at >= pieceBytes)
        throw new IwError('IW_CONNECT_IMPORT_PLAN', `Line ${nextLine} is longer than ${pieceBytes} bytes`)
      if (piece.length === 0) return
      at += piece.length
      const stretch = await this.#piece(piece, offset + at, nextLine)
      yield stretch
      nextLine = stretch.nextLine
    }
  }

  /** The lines are on disk when it resolves: reading and storing them is one step. */
  async #piece(piece: Uint8Array, end: number, line: number): Promise<ReadStretch> {
    const { options, createdAt } = this.#record
    this.#count.reset()
    const outcome = await this.#ingest.lineProtocol(piece, {
      precision: options.precision ?? 'ns',
      arrivedAt: createdAt,
    })
    return {
      end,
      nextLine: line + linesIn(piece, 0, piece.length),
      rows: outcome.accepted,
      ...this.#count.counted(),
      rejected: outcome.rejected.map((one) => ({
        line: line + one.line - 1,
        reason: 'line' as const,
        message: one.message,
        row: lineAt(piece, one.line),
      })),
      rejectedCount: outcome.rejectedCount,
      passedOver: 0,
      inDoubt: [],
      store: async () => {},
    }
  }
}

/** As much of the bytes as is whole lines. A line end inside a text ends no line. */
function wholeLines(bytes: Uint8Array, isEnd: boolean): Uint8Array {
  if (isEnd) return bytes
  const last = bytes.lastIndexOf(newline) + 1
  if (!bytes.includes(quote)) return bytes.subarray(0, last)
  let at = 0
  while (at < last) {
    const next = afterBadLine(bytes, at)
    if (next > last || isOpen(bytes, at, next)) break
    at = next
  }
  return bytes.subarray(0, at)
}

/** Whether a text of the line begins so close to the end of the bytes that what follows may close it. */
function isOpen(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes.length - start > pieceBytes - 1) return false
  for (let at = bytes.indexOf(quote, start); at >= 0 && at < end; at = bytes.indexOf(quote, at + 1)) {
    const close = closingQuote(bytes, at + 1)
    if (close < 0) return bytes.length - at <= longestText
    at = close
  }
  return false
}

function lineAt(piece: Uint8Array, line: number): string {
  let start = 0
  for (let count = 1; count < line; count++) start = piece.indexOf(newline, start) + 1
  const end = piece.indexOf(newline, start)
  return Buffer.from(piece.subarray(start, Math.min(end < 0 ? piece.length : end, start + 1_000))).toString()
}

interface Counting {
  readonly historian: Historian
  reset(): void
  counted(): { readings: number; from: number; to: number }
}

/** A historian that counts what passes through; in a dry run nothing does. */
function countingHistorian(historian: Historian, dryRun: boolean): Counting {
  let count = { readings: 0, from: Number.NaN, to: Number.NaN }
  const note = ({ count: rows, time }: ReadingBatch) => {
    count.readings += rows
    for (let row = 0; row < rows; row++) {
      const at = time[row]!
      if (!(at >= count.from)) count.from = at
      if (!(at <= count.to)) count.to = at
    }
  }
  const counting = Object.create(historian, {
    append: {
      value: async (batch: ReadingBatch) => {
        note(batch)
        return dryRun ? { duplicate: false } : await historian.append(batch)
      },
    },
    findTag: { value: (thing: string, property: string) => historian.findTag(thing, property) },
  }) as Historian
  return {
    historian: counting,
    reset: () => {
      count = { readings: 0, from: Number.NaN, to: Number.NaN }
    },
    counted: () => count,
  }
}

/** Things as they would be: what arrives is made in memory only. */
function imaginedThings(registry: Growing): Growing {
  const tags = new Map<string, NonNullable<ReturnType<Growing['tag']>>>()
  const things = new Map<string, NonNullable<ReturnType<Growing['get']>>>()
  return {
    get: (id) => things.get(id) ?? registry.get(id),
    tag: (thing, property) => registry.tag(thing, property) ?? tags.get(`${thing}\n${property}`),
    get counts() {
      return registry.counts
    },
    async grow(arrivals) {
      for (const [id, properties] of arrivals) {
        const before = things.get(id) ?? registry.get(id)
        const all = [...(before?.properties ?? []), ...properties]
        things.set(id, { id, origin: 'ingest', version: 1, createdAt: 0, ...before, properties: all })
        for (const { name, type } of properties)
          tags.set(`${id}\n${name}`, { id: tags.size + 1, thing: id, property: name, type })
      }
    },
  }
}

const silentEvents = ({ events }: IngestOptions): IngestOptions['events'] => ({
  record: () => {},
  list: (query) => events.list(query),
})
