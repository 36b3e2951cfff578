import type { ErrorCode, Microseconds } from '#kernel'
import type { CsvPlan } from './csv/plan.ts'
import type { ImportOptions } from './options.ts'
import type { ParquetPlan } from './parquet/plan.ts'
import type { ProblemCount } from './rejected.ts'

export type ImportFormat = 'csv' | 'parquet' | 'lines'

/**
 * `running`: takes what follows. `paused`: too many bad rows; goes on where it is asked for again with a greater share.
 * `failed`: cannot go on; what was read is stored.
 */
type ImportState = 'running' | 'paused' | 'done' | 'failed' | 'cancelled'

/** A file on its way into the historian. */
export interface ImportRecord {
  readonly id: string
  readonly name: string
  readonly format: ImportFormat
  /** Of file, name and options: who starts the same import again goes on with this one. */
  readonly fingerprint: string
  readonly options: ImportOptions
  /** Zone of times that say none. */
  readonly zone: string
  /** Nothing is written, nothing is kept. */
  readonly dryRun: boolean
  /** Of the file. */
  readonly bytes: number
  readonly createdAt: Microseconds
  state: ImportState
  finishedAt?: Microseconds
  error?: { readonly code: ErrorCode; readonly message: string }
  /** Bytes whose readings are on disk (of Parquet: that were received); there a row begins. */
  offset: number
  /** Number of the line that begins there; of Parquet: of the row to be read next. */
  line: number
  /** Rows taken: of a long table and of line protocol each is one reading or one line. */
  rows: number
  readings: number
  rejected: number
  /** Blank lines and repeated headers. */
  passedOver: number
  /** Earliest and latest time, µs. */
  from?: Microseconds
  to?: Microseconds
  problems: ProblemCount[]
  plan?: CsvPlan | ParquetPlan
  /** Last times in hours that occur twice, by series. */
  inDoubt: [key: string, time: number][]
  /** Of Parquet: rows in the file, once it is there. */
  totalRows?: number
}

/** Where a file stands at the beginning. */
export const fresh = {
  state: 'running',
  offset: 0,
  line: 1,
  rows: 0,
  readings: 0,
  rejected: 0,
  passedOver: 0,
} as const
