/** Why a row of a file is not taken. */
export type RejectReason =
  | 'cells'
  | 'quote'
  | 'time'
  | 'skipped_hour'
  | 'number'
  | 'integer'
  | 'boolean'
  | 'text'
  | 'quality'
  | 'series'
  | 'line'

/** A row that was not taken. */
export interface RejectedRow {
  /** Of the file, from 1; for Parquet the number of the row. */
  readonly line: number
  readonly reason: RejectReason
  readonly message: string
  /** Header of the column, where one is to blame. */
  readonly column?: string
  /** What stood there, at most 200 characters. */
  readonly value?: string
  /** The row as it stands in the file, at most 1,000 bytes. */
  readonly row: string
}

/** Problems of one kind in one column, as a dry run tells them. */
export interface ProblemCount {
  readonly reason: RejectReason
  readonly column?: string
  readonly count: number
  /** Of the first of them. */
  readonly lines: readonly number[]
  /** The message of the first. */
  readonly message: string
}

const linesShown = 10

/** Counts of rejected rows by kind and column. */
export function countProblems(into: Map<string, ProblemCount>, rejected: readonly RejectedRow[]): void {
  for (const { reason, column, line, message } of rejected) {
    const key = `${reason}\n${column ?? ''}`
    const known = into.get(key)
    const lines = known ? [...known.lines, ...(known.lines.length < linesShown ? [line] : [])] : [line]
    into.set(key, {
      reason,
      ...(column !== undefined && { column }),
      count: (known?.count ?? 0) + 1,
      lines,
      message: known?.message ?? message,
    })
  }
}
