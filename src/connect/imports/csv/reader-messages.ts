import type { CsvPlan, KnownSeries, WantedSeries } from './plan.ts'
import type { Block, Chunk } from './table-reader.ts'

/** What is asked of the thread that reads CSV. */
export interface ToReader {
  readonly ask: number
  readonly request:
    | {
        readonly kind: 'open'
        readonly session: string
        readonly plan: CsvPlan
        readonly chunk: Chunk
        /** All series known; absent where the thread has them from the chunk before. */
        readonly known?: readonly KnownSeries[]
        readonly inDoubt: ReadonlyMap<string, number>
      }
    | { readonly kind: 'next'; readonly session: string; readonly know?: readonly KnownSeries[] }
    | { readonly kind: 'close'; readonly session: string }
}

/** What it answers. */
export interface FromReader {
  readonly ask: number
  readonly result?: Block | readonly WantedSeries[] | undefined
  readonly error?: Error
}
