import type { ValueType } from '#model'
import type { Dialect } from './dialect.ts'
import type { Encoding } from './encoding.ts'
import type { NumberStyle } from './numbers.ts'
import type { TimeFormat } from './times.ts'

/** A column of a wide table that holds readings of one property. */
export interface ReadingColumn {
  /** From 0. */
  readonly index: number
  readonly header: string
  readonly thing: string
  readonly property: string
  /** Absent where the sample had no value: the first one decides. */
  readonly type?: ValueType
  /** UCUM, of the values in the file. */
  readonly unit?: string
}

/** Places of the columns of a long table: a row is one reading. */
export interface LongColumns {
  /** Absent: all rows belong to `thing`. */
  readonly thingColumn?: number
  readonly thing?: string
  readonly propertyColumn: number
  readonly valueColumn: number
  readonly unitColumn?: number
}

/** How a CSV file is read: what was told, and what was found in its first bytes. Kept with the import. */
export interface CsvPlan {
  readonly format: 'csv'
  readonly encoding: Encoding
  readonly dialect: Dialect
  readonly numbers: NumberStyle
  /** Lines before the first row of data, the header included. */
  readonly skipLines: number
  /** Names of all columns; made up where the file has no header. */
  readonly header: readonly string[]
  readonly hasHeader: boolean
  readonly time: {
    /** One column, or two: date and time of day. */
    readonly columns: readonly number[]
    readonly format: TimeFormat
    readonly zone: string
    /** Newest row first. */
    readonly descending: boolean
  }
  readonly qualityColumn?: number
  /** Qualities are codes of OPC: 192 and above is good. */
  readonly opcQuality: boolean
  readonly wide?: readonly ReadingColumn[]
  readonly long?: LongColumns
}

/** A property that a file names and the reader does not know yet. */
export interface WantedSeries {
  /** Under which the reader keeps it. */
  readonly key: string
  readonly thing: string
  readonly property: string
  readonly type: ValueType
  readonly unit?: string
  readonly title?: string
}

/** What a series is stored as, or why it is not. `factor` and `shift` turn the file's unit into the tag's. */
export type KnownSeries =
  | {
      readonly key: string
      readonly tag: number
      readonly type: ValueType
      readonly factor: number
      readonly shift: number
    }
  | { readonly key: string; readonly refusal: string }
