import type { Historian } from '#ports'
import { findCsvPlan } from './csv/find-plan.ts'
import type { CsvPlan } from './csv/plan.ts'
import type { ReaderThread } from './csv/reader-thread.ts'
import type { Block, Chunk } from './csv/table-reader.ts'
import { batchOf } from './reading-columns.ts'
import type { ImportRecord } from './record.ts'
import { SeriesBook } from './series-book.ts'
import type { ReadStretch } from './stretch.ts'
import type { TargetOptions } from './targets.ts'

/** So much of a file is looked at to find out how it is read, however it is sent. */
export const headBytes = 1024 * 1024

export interface CsvImportOptions extends TargetOptions {
  readonly reader: ReaderThread
}

/** One CSV file: what is known of its series, from chunk to chunk. */
export class CsvImport {
  readonly #options: CsvImportOptions
  readonly #record: ImportRecord
  readonly book: SeriesBook

  constructor(options: CsvImportOptions, record: ImportRecord) {
    this.#options = options
    this.#record = record
    this.book = new SeriesBook(options, record)
  }

  /** Finds out how the file is read, by its head. Throws as `findCsvPlan` and `SeriesBook.admit`. */
  async prepare(head: Uint8Array): Promise<void> {
    const { name, options, zone, bytes } = this.#record
    const isWhole = bytes <= headBytes
    const plan = findCsvPlan({ name, bytes: head.subarray(0, headBytes), isWhole, zone }, options)
    await this.book.admit(plan.wide ?? [])
    this.#record.plan = plan
  }

  /** The blocks of a chunk; its bytes are gone after the first. */
  async *read(chunk: Chunk): AsyncGenerator<ReadStretch, void, undefined> {
    const { id, inDoubt, plan } = this.#record
    const { reader } = this.#options
    await reader.open(id, { plan: plan as CsvPlan, chunk, known: this.book.known, inDoubt: new Map(inDoubt) })
    for (;;) {
      const block = await this.#next()
      if (!block) return
      yield stretchOf(block, block.end, this.#record, this.#options.historian)
      if (block.stop) return
    }
  }

  async close(): Promise<void> {
    await this.#options.reader.forget(this.#record.id)
  }

  async #next(): Promise<Block | undefined> {
    const { reader } = this.#options
    let answer = await reader.next(this.#record.id)
    while (answer && 'length' in answer) answer = await reader.next(this.#record.id, await this.book.resolve(answer))
    return answer as Block | undefined
  }
}

/** A block as a stretch of the file that ends at `end`. Its number makes storing it twice no matter. */
export function stretchOf(block: Block, end: number, record: ImportRecord, historian: Historian): ReadStretch {
  const { id, createdAt, dryRun } = record
  const { columns, number, rejected, nextLine, rows, passedOver, from, to, inDoubt, stop } = block
  return {
    ...{ end, nextLine, rows, rejected, passedOver, from, to },
    readings: columns.count,
    rejectedCount: rejected.length,
    inDoubt: [...inDoubt],
    ...(stop && { stop: stop.message }),
    async store() {
      if (dryRun || columns.count === 0) return
      await historian.append(batchOf(columns, { source: `import:${id}`, sequence: number, arrivedAt: createdAt }))
    },
  }
}
