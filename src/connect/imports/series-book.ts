import { IwError } from '#kernel'
import type { KnownSeries, ReadingColumn, WantedSeries } from './csv/plan.ts'
import { wideWanted } from './csv/table-reader.ts'
import type { ImportRecord } from './record.ts'
import { refuseAny, resolveSeries, type TargetOptions } from './targets.ts'

/** The series of one file: what each is stored as. */
export class SeriesBook {
  readonly #options: TargetOptions
  readonly #record: ImportRecord
  readonly #known = new Map<string, KnownSeries>()

  constructor(options: TargetOptions, record: ImportRecord) {
    this.#options = options
    this.#record = record
  }

  get known(): ReadonlyMap<string, KnownSeries> {
    return this.#known
  }

  /** Finds or makes what series are stored as. */
  async resolve(wanted: readonly WantedSeries[]): Promise<readonly KnownSeries[]> {
    const series = await resolveSeries(this.#options, wanted, this.#record.dryRun)
    for (const one of series) this.#known.set(one.key, one)
    return series
  }

  /**
   * Resolves the columns of a wide table whose type is known, before anything is read. Throws `IW_CONNECT_IMPORT_PLAN` where
   * one can go nowhere, `IW_HISTORIAN_TYPE` where one was told to be of a type its property is not.
   */
  async admit(columns: readonly ReadingColumn[]): Promise<void> {
    for (const column of columns) this.#checkType(column)
    const wanted = columns.flatMap((column) =>
      column.type === undefined ? [] : [{ ...wideWanted(column), type: column.type }],
    )
    const headers = new Map(columns.map((column) => [wideWanted(column).key, column.header]))
    refuseAny(await this.resolve(wanted), (key) => `column "${headers.get(key) ?? key}"`)
  }

  #checkType({ header, index, thing, property }: ReadingColumn): void {
    const { columns } = this.#record.options
    const told = (columns?.[header] ?? columns?.[`#${index + 1}`])?.type
    const tag = this.#options.historian.findTag(thing, property)
    if (told !== undefined && tag && tag.type !== told)
      throw new IwError('IW_HISTORIAN_TYPE', `${thing}/${property} is a ${tag.type}, not a ${told}`)
  }
}
