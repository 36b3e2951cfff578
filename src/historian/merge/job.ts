import type { Microseconds } from '#kernel'
import type { Tag } from '#model'
import type { PartEntry } from '../seal/manifest.ts'
import type { FileBounds } from './raw-run.ts'
import type { RollupLevel } from './rollup.ts'

/** Level-0 parts become runs: one for each UTC day they touch. */
export interface RunsJob {
  readonly kind: 'runs'
  readonly rank: number
  readonly inputs: readonly PartEntry[]
  /** A day that has nothing else, and gets nothing else soon, is rolled up at once. */
  readonly final: {
    /** The day is over at this time, µs. */
    readonly before: Microseconds
    /** Days that have parts already, and months that have rollups. */
    readonly busy: readonly string[]
    /** Times of level-0 parts that are merged later. */
    readonly later: readonly (readonly [from: Microseconds, to: Microseconds])[]
  }
}

/** Runs of one day become one. */
export interface DayJob {
  readonly kind: 'day'
  readonly rank: number
  readonly day: string
  /** Raw parts whose ranks follow one another. */
  readonly inputs: readonly PartEntry[]
  /** False where there is one run already, which stays as it is: it is rolled up only. */
  readonly rewrite: boolean
  /** Present where rollups are written too: those there are of the day, of its own files and of its month. */
  readonly rollups?: readonly PartEntry[]
  readonly expired?: Expiry
}

/** Rows that are not kept any more. */
export interface Expiry {
  /** Says which rules this follows: parts that it was applied to carry it. */
  readonly mark: string
  readonly tags: readonly ExpiredTags[]
}

/** Ids of tags, and the levels that are to be there when their rows go, however few rows there are. */
export interface ExpiredTags {
  readonly tags: readonly number[]
  readonly levels: readonly RollupLevel[]
}

/** Rollups of the days of a month become one, or those of a day or month lose what is not kept any more. */
export interface MonthJob {
  readonly kind: 'month'
  readonly rank: number
  readonly level: RollupLevel
  /** `2026-01`; `2026-01-31` where only tags are left out. */
  readonly month: string
  readonly inputs: readonly PartEntry[]
  readonly expired?: Expiry
}

/** What is done in the child process. */
export type MergeJob = RunsJob | DayJob | MonthJob

export interface MergeAsk {
  /** Folder of the readings. */
  readonly root: string
  /** A folder for what DuckDB spills; it is made. */
  readonly temporary: string
  readonly job: MergeJob
  readonly tags: readonly Tag[]
  /** The first of the numbers that new files get. */
  readonly firstNumber: number
  readonly bounds: FileBounds
  readonly memoryMegabytes: number
}

export interface MergeAnswer {
  /** New parts, on disk under their names; none where a part was damaged. */
  readonly add: readonly PartEntry[]
  /** Numbers of the parts that the new ones replace. */
  readonly remove: readonly number[]
  /** Inputs that stay, with what is now known of them. */
  readonly mark: readonly PartEntry[]
  /** A part that cannot be believed: nothing was done. */
  readonly damaged?: { readonly part: number; readonly message: string }
  readonly rows: number
  /** Rows left out because retention is over. */
  readonly expiredRows: number
  readonly cpuMs: number
}

export interface MergeProgress {
  readonly doneRows: number
}
