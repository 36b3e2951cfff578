import type { KnownSeries, WantedSeries } from '../csv/plan.ts'
import type { Block } from '../csv/table-reader.ts'
import type { ImportOptions } from '../options.ts'
import type { ParquetPlan } from './plan.ts'

/** What is asked of the process that reads Parquet. */
export type ParquetAsk =
  | { readonly kind: 'plan'; readonly path: string; readonly name: string; readonly options: ImportOptions }
  | {
      readonly kind: 'next'
      readonly session: string
      readonly path: string
      readonly plan: ParquetPlan
      /** Of the first row of the block, from 0. */
      readonly row: number
      readonly inDoubt: ReadonlyMap<string, number>
      /** All series known: a process that was started anew knows none. */
      readonly known: readonly KnownSeries[]
    }
  | { readonly kind: 'close'; readonly session: string }

/** What it answers: a plan, a block, the series it has to know first, or nothing where the file has ended. */
export type ParquetAnswer = ParquetPlan | Block | readonly WantedSeries[] | undefined
