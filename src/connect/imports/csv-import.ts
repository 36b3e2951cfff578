import { IwError } from '#kernel'
import type { Historian } from '#ports'
import { findCsvPlan } from './csv/find-plan.ts'
import type { CsvPlan, KnownSeries, WantedSeries } from './csv/plan.ts'
import type { ReaderThread } from './csv/reader-thread.ts'
import { type Block, type Chunk, wideKey, wideWanted } from './csv/table-reader.ts'
import { batchOf } from './reading-columns.ts'
import type { ImportRecord } from './record.ts'
import type { ReadStretch } from './stretch.ts'
import { refuseAny, resolveSeries, type TargetOptions } from './targets.ts'

/** So much of a file is looked at to find out how it is read, however it is sent. */
export const headBytes = 1024 * 1024

export interface CsvImportOptions extends TargetOptions {
  readonly reader: ReaderThread
  readonly historian: Historian
}

/** One CSV file: what is known of its series, from chunk to chunk. */
export class CsvImport {
  readonly #options: CsvImportOptions
  readonly #record: ImportRecord
  readonly #known = new Map<string, KnownSeries>()

  constructor(options: CsvImportOptions, record: ImportRecord) {
    this.#options = options
    this.#record = record
  }

  /**
   * Finds out how the file is read, by its head. Throws `IW_CONNECT_IMPORT_PLAN`, also where a column can go nowhere, and
   * `IW_HISTORIAN_TYPE` where one was told to be of a type its property is not.
   */
  async prepare(head: Uint8Array): Promise<void> {
    const { name, options, zone, bytes } = this.#record
    const isWhole = bytes <= headBytes
    const plan = findCsvPlan({ name, bytes: head.subarray(0, headBytes), isWhole, zone }, options)
    const wanted = (plan.wide ?? []).flatMap((column) =>
      column.type === undefined ? [] : [{ ...wideWanted(column), type: column.type }],
    )
    this.#checkTypes(plan, wanted)
    refuseAny(await this.#resolve(wanted), (key) => `column "${plan.header[Number(key.slice(1))] ?? key}"`)
    this.#record.plan = plan
  }

  /** The blocks of a chunk; its bytes are gone after the first. */
  async *read(chunk: Chunk): AsyncGenerator<ReadStretch, void, undefined> {
    const { id, inDoubt } = this.#record
    const plan = this.#record.plan!
    const { reader } = this.#options
    await reader.open(id, { plan, chunk, known: this.#known, inDoubt: new Map(inDoubt) })
    for (;;) {
      const block = await this.#next()
      if (!block) return
      yield this.#stretch(block)
      if (block.stop) return
    }
  }

  /** What each column became, for people. */
  series(): ReadonlyMap<string, KnownSeries> {
    return this.#known
  }

  async close(): Promise<void> {
    await this.#options.reader.forget(this.#record.id)
  }

  async #next(): Promise<Block | undefined> {
    const { reader } = this.#options
    let answer = await reader.next(this.#record.id)
    while (answer && 'length' in answer) answer = await reader.next(this.#record.id, await this.#resolve(answer))
    return answer as Block | undefined
  }

  async #resolve(wanted: readonly WantedSeries[]): Promise<readonly KnownSeries[]> {
    const series = await resolveSeries(this.#options, wanted, this.#record.dryRun)
    for (const one of series) this.#known.set(one.key, one)
    return series
  }

  #checkTypes(plan: CsvPlan, wanted: readonly WantedSeries[]): void {
    const { columns } = this.#record.options
    for (const { key, thing, property } of wanted) {
      const index = Number(key.slice(1))
      const told = (columns?.[plan.header[index]!] ?? columns?.[`#${index + 1}`])?.type
      const tag = this.#options.historian.findTag(thing, property)
      if (told !== undefined && tag && tag.type !== told)
        throw new IwError('IW_HISTORIAN_TYPE', `${thing}/${property} is a ${tag.type}, not a ${told}`)
    }
  }

  #stretch(block: Block): ReadStretch {
    const { historian } = this.#options
    const { id, createdAt, dryRun } = this.#record
    const { columns, number, rejected, end, nextLine, rows, passedOver, from, to, inDoubt, stop } = block
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
}

/** The series of a column of a wide table. */
export const seriesOfColumn = (known: ReadonlyMap<string, KnownSeries>, index: number): KnownSeries | undefined =>
  known.get(wideKey(index))
