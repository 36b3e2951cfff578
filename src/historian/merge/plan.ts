import type { Microseconds } from '#kernel'
import type { PartEntry } from '../seal/manifest.ts'
import type { DayJob, MergeJob, MonthJob, RunsJob } from './job.ts'
import type { RollupLevel } from './rollup.ts'
import { monthOf, spanOfName } from './utc-day.ts'

/** When what is merged. Times in µs, sizes in bytes. */
export interface Thresholds {
  /** Level-0 parts are merged when there are so many, or so large together, or the oldest is so old. */
  readonly parts: number
  readonly bytes: number
  readonly ageUs: number
  /** Rows of one job, about: a back-fill of years goes on in steps. */
  readonly jobRows: number
  /** A day is ripe so long after it is over. */
  readonly ripeUs: number
  /** Runs of a day become one when there are so many, or when the newer ones have this share of the rows of the first. */
  readonly runs: number
  readonly newerShare: number
  /** Rollups of a month become one file so long after it is over. */
  readonly monthUs: number
  /** Unless it has more buckets than these: then its days stay as they are. */
  readonly monthRows: number
}

export const thresholds: Thresholds = {
  parts: 64,
  bytes: 128 * 2 ** 20,
  ageUs: 3600e6,
  jobRows: 16_000_000,
  ripeUs: 3600e6,
  runs: 8,
  newerShare: 0.1,
  monthUs: 2 * 86_400e6,
  monthRows: 32_000_000,
}

export interface Situation {
  readonly parts: readonly PartEntry[]
  readonly now: Microseconds
  /** Everything that can be merged is, however small. */
  readonly settle: boolean
  /** The nightly pass: days with more than one run become one, months are put together. */
  readonly nightly: boolean
}

/** The next job, or undefined where there is none. Pure; done again and again it comes to an end. */
export function planMerge(situation: Situation, limits: Thresholds = thresholds): MergeJob | undefined {
  return planRuns(situation, limits) ?? planDay(situation, limits) ?? planMonth(situation, limits)
}

/** The oldest level-0 parts, when it is time. */
function planRuns({ parts, now, settle }: Situation, limits: Thresholds): RunsJob | undefined {
  const waiting = parts.filter(({ kind }) => kind === 'level0').toSorted((a, b) => a.number - b.number)
  const [oldest] = waiting
  if (!oldest) return undefined
  const bytes = waiting.reduce((sum, part) => sum + part.bytes, 0)
  const age = now - (oldest.sealedAt ?? 0)
  if (!settle && waiting.length < limits.parts && bytes < limits.bytes && age < limits.ageUs) return undefined
  const inputs = upTo(waiting, limits.jobRows)
  const later = waiting.slice(inputs.length).map(({ minTime, maxTime }) => [minTime, maxTime] as const)
  const busy = [...new Set(parts.flatMap(({ kind, day }) => (kind === 'level0' ? [] : [day ?? ''])))]
  const rank = inputs.at(-1)!.number
  return {
    kind: 'runs',
    rank,
    inputs,
    final: { before: settle ? Number.POSITIVE_INFINITY : now - limits.ripeUs, busy, later },
  }
}

/** The first of them that have so many rows together, one at least. */
function upTo(parts: readonly PartEntry[], rows: number): readonly PartEntry[] {
  let sum = 0
  let end = 0
  while (end < parts.length && (end === 0 || sum + parts[end]!.rows <= rows)) sum += parts[end++]!.rows
  return parts.slice(0, end)
}

interface Run {
  readonly rank: number
  readonly rows: number
  readonly files: readonly PartEntry[]
}

/** The runs of a day, oldest first: raw parts of one rank are one run. */
function runsOf(files: readonly PartEntry[]): readonly Run[] {
  const byRank = Map.groupBy(files, ({ rank }) => rank)
  return [...byRank]
    .map(([rank, own]) => ({ rank, files: own, rows: own.reduce((sum, { rows }) => sum + rows, 0) }))
    .toSorted((a, b) => a.rank - b.rank)
}

function planDay(situation: Situation, limits: Thresholds): DayJob | undefined {
  const { parts, now, settle } = situation
  const raw = Map.groupBy(
    parts.filter(({ kind }) => kind === 'raw'),
    ({ day }) => day ?? '',
  )
  const awaited = parts.filter(({ kind }) => kind === 'level0')
  for (const [day, files] of [...raw].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const runs = runsOf(files)
    const [from, to] = spanOfName(day)
    const job =
      !settle && now - to < limits.ripeUs
        ? planTier(day, runs, limits)
        : planRipe(
            situation,
            day,
            runs,
            awaited.some(({ minTime, maxTime }) => minTime < to && maxTime >= from),
            limits,
          )
    if (job) return job
  }
  return undefined
}

/** A day that goes on: where it has many runs, the newest become one that is not much smaller than the one before. */
function planTier(day: string, runs: readonly Run[], limits: Thresholds): DayJob | undefined {
  if (runs.length < limits.runs) return undefined
  let first = runs.length - 1
  let rows = runs[first]!.rows
  while (first > 0 && (runs.length - first < 4 || runs[first - 1]!.rows <= 4 * rows)) rows += runs[--first]!.rows
  const inputs = runs.slice(first).flatMap(({ files }) => files)
  return { kind: 'day', rank: runs.at(-1)!.rank, day, inputs, rewrite: true }
}

/** A day that is over: its runs become one, and then it is rolled up. */
function planRipe(
  { parts, settle, nightly }: Situation,
  day: string,
  runs: readonly Run[],
  moreToCome: boolean,
  limits: Thresholds,
): DayJob | undefined {
  const [first] = runs
  const inputs = runs.flatMap(({ files }) => files)
  const done = runs.length === 1 && inputs.every(({ rolled }) => rolled)
  if (done) return undefined
  const newer = runs.slice(1).reduce((sum, { rows }) => sum + rows, 0)
  const due =
    settle ||
    nightly ||
    runs.length >= limits.runs ||
    newer >= limits.newerShare * first!.rows ||
    // One run, not rolled up yet. Where rows of the day are about to come it is done with them.
    (runs.length === 1 && !moreToCome)
  if (!due) return undefined
  const rollups = rollupsFor(parts, day)
  return { kind: 'day', rank: runs.at(-1)!.rank, day, inputs, rewrite: runs.length > 1, rollups }
}

/** Rollups of a day: its own, and those of its month. */
export const rollupsFor = (parts: readonly PartEntry[], day: string): readonly PartEntry[] =>
  parts.filter((part) => isRollup(part) && (part.day === day || part.day === monthOf(day)))

export const isRollup = ({ kind }: PartEntry): boolean => kind === 'minute' || kind === 'hour'

const levels: readonly RollupLevel[] = ['minute', 'hour']

/**
 * A month that is over, whose days are all rolled up: one file of each level in place of one a day. While a run of the month is
 * not rolled up its rank could come to lie below that of the new file, which would then seem to hold it.
 */
function planMonth({ parts, now, settle, nightly }: Situation, limits: Thresholds): MonthJob | undefined {
  if (!settle && !nightly) return undefined
  const open = new Set(
    parts.filter(({ kind, rolled }) => kind === 'raw' && !rolled).map(({ day }) => monthOf(day ?? '')),
  )
  for (const level of levels) {
    const byMonth = Map.groupBy(
      parts.filter(({ kind }) => kind === level),
      ({ day }) => monthOf(day ?? ''),
    )
    for (const [month, inputs] of byMonth) {
      const [, to] = spanOfName(month)
      // Files of one rank are one merge's already.
      const ranks = new Set(inputs.map(({ rank }) => rank))
      const together = ranks.size === 1 && inputs.every(({ day }) => day === month)
      if (inputs.reduce((sum, { rows }) => sum + rows, 0) > limits.monthRows) continue
      if (together || inputs.length < 2 || open.has(month) || now - to < limits.monthUs) continue
      const rank = Math.max(...ranks)
      return { kind: 'month', rank, level, month, inputs }
    }
  }
  return undefined
}
