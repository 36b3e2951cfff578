import type { ErrorCode, Failure } from '#kernel'
import type { Columns } from './columns.ts'
import type { Precision } from './number.ts'

/** A series or a field of one that the table does not know, with the kinds of values first seen. */
export interface Unknown {
  readonly key: Uint8Array
  readonly fields: Map<string, { readonly name: Uint8Array; readonly kind: number }>
}

export interface RejectedLine {
  /** Counted from 1. */
  readonly line: number
  readonly code: ErrorCode
  readonly message: string
}

/** What one slice of a body came to. */
export interface Slice {
  readonly columns: Columns
  /** Lines whose rows are in the columns. */
  readonly accepted: number
  /** The first of the bad lines. */
  readonly rejected: readonly RejectedLine[]
  readonly rejectedCount: number
  /** The bytes of the first bad line. */
  readonly sample?: Uint8Array
  /** By the bytes of the series as latin1. While there is one, its lines are in neither count: define it, parse again. */
  readonly unknown: ReadonlyMap<string, Unknown>
  /** Where the next slice begins, and the number of its first line. */
  readonly next: number
  readonly nextLine: number
}

export interface SliceOptions {
  readonly start: number
  /** Number of the first line. */
  readonly line: number
  /** After this offset no line is begun. */
  readonly softEnd: number
  /** Rows to make room for at first; the columns grow when it is too few. */
  readonly expectedRows: number
  readonly precision: Precision
  readonly arrivedAt: number
  /** Why a series, or a field of it, is not taken; present when this is the second pass. */
  readonly denied?: ReadonlyMap<string, Failure>
}

/** The name under which a denial is kept: of a series, or of one field of it. */
export const denialKey = (series: string, field?: string): string =>
  field === undefined ? series : `${series}\n${field}`
