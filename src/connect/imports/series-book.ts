import { IwError } from '#kernel'
import type { ValueType } from '#model'
import type { KnownSeries, ReadingColumn, WantedSeries } from './csv/plan.ts'
import { wideWanted } from './csv/table-reader.ts'
import { choiceFor } from './names.ts'
import type { ImportRecord } from './record.ts'
import { refuseAny, resolveSeries, type TargetOptions } from './targets.ts'

/** A series as a file names it, and what became of it. */
export interface SeriesView {
  readonly thing: string
  readonly property: string
  readonly unit?: string
  readonly type?: ValueType
  /** Why its rows are not taken. */
  readonly refusal?: string
}

/** The series of one file: what each is stored as. */
export class SeriesBook {
  readonly #options: TargetOptions
  readonly #record: ImportRecord
  readonly #known = new Map<string, KnownSeries>()
  /** As the file names them, in the order they came. */
  readonly #named = new Map<string, WantedSeries>()

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
    for (const one of wanted) this.#named.set(one.key, one)
    return series
  }

  /** The first series that came, with what they are, for people. */
  first(most: number): SeriesView[] {
    return [...this.#named.values()].slice(0, most).map(({ key, thing, property, unit }) => {
      const known = this.#known.get(key)
      return {
        ...{ thing, property },
        ...(unit !== undefined && { unit }),
        ...(known && ('tag' in known ? { type: known.type } : { refusal: known.refusal })),
      }
    })
  }

  get count(): number {
    return this.#named.size
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
    const told = choiceFor(this.#record.options.columns, header, index).type
    const tag = this.#options.historian.findTag(thing, property)
    if (told !== undefined && tag && tag.type !== told)
      throw new IwError('IW_HISTORIAN_TYPE', `${thing}/${property} is a ${tag.type}, not a ${told}`)
  }
}
