import type { ImportRecord } from './record.ts'
import { countProblems, type ProblemCount, type RejectedRow } from './rejected.ts'

/** What a stretch of a file came to. */
export interface Stretch {
  readonly end: number
  readonly nextLine: number
  readonly rows: number
  readonly readings: number
  readonly rejected: readonly RejectedRow[]
  /** All of them, where not every one is in `rejected`. */
  readonly rejectedCount: number
  readonly passedOver: number
  /** NaN without rows. */
  readonly from: number
  readonly to: number
}

/** Kinds of problems told apart. */
const mostKinds = 100
/** So many rows are read before their share of bad ones is believed. */
const leastRows = 1_000
const usualMaxRejects = 0.01

/** Adds a stretch to what the import came to. */
export function addStretch(record: ImportRecord, stretch: Stretch): void {
  record.offset = stretch.end
  record.line = stretch.nextLine
  record.rows += stretch.rows
  record.readings += stretch.readings
  record.rejected += stretch.rejectedCount
  record.passedOver += stretch.passedOver
  record.problems = withProblems(record.problems, stretch.rejected)
  if (Number.isNaN(stretch.from)) return
  record.from = Math.min(record.from ?? stretch.from, stretch.from)
  record.to = Math.max(record.to ?? stretch.to, stretch.to)
}

function withProblems(before: readonly ProblemCount[], rejected: readonly RejectedRow[]): ProblemCount[] {
  const kinds = new Map(before.map((problem) => [`${problem.reason}\n${problem.column ?? ''}`, problem]))
  countProblems(kinds, rejected)
  return [...kinds.values()].slice(0, mostKinds)
}

/** Why the import had better pause before it takes the stretch; undefined where it may go on. */
export function tooManyRejects(record: ImportRecord, stretch: Stretch): string | undefined {
  const rejected = record.rejected + stretch.rejectedCount
  const seen = record.rows + stretch.rows + rejected
  const share = record.options.maxRejects ?? usualMaxRejects
  if (record.dryRun || stretch.rejectedCount === 0 || seen < leastRows || rejected <= seen * share) return undefined
  const [first] = stretch.rejected
  const example = first ? `, such as line ${first.line}: ${first.message}` : ''
  return `${rejected} of ${seen} rows cannot be taken, more than ${share * 100} %${example}`
}
