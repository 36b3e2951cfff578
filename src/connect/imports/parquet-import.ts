import type { Child } from '#sandbox'
import type { Block } from './csv/table-reader.ts'
import { stretchOf } from './csv-import.ts'
import type { ParquetAnswer, ParquetAsk } from './parquet/messages.ts'
import type { ParquetPlan } from './parquet/plan.ts'
import type { ImportRecord } from './record.ts'
import { SeriesBook } from './series-book.ts'
import type { ReadStretch } from './stretch.ts'
import type { TargetOptions } from './targets.ts'

export interface ParquetImportOptions extends TargetOptions {
  readonly child: Child<ParquetAsk, ParquetAnswer>
}

/** One Parquet file that is there as a whole. */
export class ParquetImport {
  readonly #options: ParquetImportOptions
  readonly #record: ImportRecord
  readonly #path: string
  readonly book: SeriesBook

  constructor(options: ParquetImportOptions, record: ImportRecord, path: string) {
    this.#options = options
    this.#record = record
    this.#path = path
    this.book = new SeriesBook(options, record)
  }

  /** Finds out how the file is read. Throws as `findParquetPlan` and `SeriesBook.admit`. */
  async prepare(): Promise<void> {
    const { name, options } = this.#record
    const plan = (await this.#options.child.ask({ kind: 'plan', path: this.#path, name, options })) as ParquetPlan
    await this.book.admit(plan.wide ?? [])
    this.#record.plan = plan
    this.#record.totalRows = plan.rows
  }

  /** The blocks that follow the rows read before. */
  async *read(): AsyncGenerator<ReadStretch, void, undefined> {
    const { id, bytes } = this.#record
    for (;;) {
      const block = await this.#next()
      if (!block) break
      yield stretchOf(block, bytes, this.#record, this.#options.historian)
    }
    await this.#options.child.ask({ kind: 'close', session: id })
  }

  async #next(): Promise<Block | undefined> {
    for (;;) {
      const { id, line, inDoubt, plan } = this.#record
      const answer = await this.#options.child.ask({
        kind: 'next',
        session: id,
        path: this.#path,
        plan: plan as ParquetPlan,
        row: line - 1,
        inDoubt: new Map(inDoubt),
        known: [...this.book.known.values()],
      })
      if (!answer || !('length' in answer)) return answer as Block | undefined
      await this.book.resolve(answer)
    }
  }
}
