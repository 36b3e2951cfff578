import type { ValueType } from '#model'
import type { LongColumns, ReadingColumn } from '../csv/plan.ts'
import type { TimeFormat } from '../csv/times.ts'

/** How the times of a Parquet file are kept. */
export type ParquetTime =
  | { readonly kind: 'timestamp' | 'date' }
  /** A count since 1970. */
  | { readonly kind: 'epoch'; readonly unit: 's' | 'ms' | 'us' | 'ns' }
  | { readonly kind: 'text'; readonly format: TimeFormat }

/** What a value column is read as. */
export type ParquetKind = ValueType | 'other'

/** How a Parquet file is read; kept with the import. */
export interface ParquetPlan {
  readonly format: 'parquet'
  readonly rows: number
  readonly header: readonly string[]
  /** DuckDB's names of the types of all columns. */
  readonly types: readonly string[]
  readonly time: {
    readonly columns: readonly [number]
    readonly as: ParquetTime
    /** Of times that say none; absent: they are UTC. */
    readonly zone?: string
    readonly descending: boolean
  }
  readonly qualityColumn?: number
  readonly opcQuality: boolean
  readonly wide?: readonly ReadingColumn[]
  readonly long?: LongColumns
  /** Beside the values of a long table, as we write them: texts, and integers that a double does not hold. */
  readonly textColumn?: number
  readonly integerColumn?: number
  /** A file of our own historian: series by the number in its column `tag`. */
  readonly own?: readonly {
    readonly id: number
    readonly thing: string
    readonly property: string
    readonly type: ValueType
    readonly unit?: string
  }[]
}

/** What a column of this type holds. */
export function kindOf(type: string): ParquetKind {
  if (/^(?:TINYINT|SMALLINT|INTEGER|BIGINT|UTINYINT|USMALLINT|UINTEGER)$/.test(type)) return 'integer'
  if (/^(?:DOUBLE|FLOAT|DECIMAL.*|UBIGINT|HUGEINT|UHUGEINT)$/.test(type)) return 'number'
  if (type === 'BOOLEAN') return 'boolean'
  return /^(?:VARCHAR|ENUM.*|UUID)$/.test(type) ? 'string' : 'other'
}

export const isTimestamp = (type: string): boolean => /^TIMESTAMP/.test(type)
export const isDate = (type: string): boolean => type === 'DATE'
/** Whether its times are moments, not those of a clock on a wall. */
export const isZoned = (type: string): boolean => type === 'TIMESTAMP WITH TIME ZONE'
