import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MergeJob } from '../../../src/historian/merge/job.ts'
import { planMerge, type Situation, thresholds } from '../../../src/historian/merge/plan.ts'
import { dayName, dayOf, dayUs, monthOf } from '../../../src/historian/merge/utc-day.ts'
import type { PartEntry } from '../../../src/historian/seal/manifest.ts'
import { changedParts } from '../../../src/historian/seal/parts-change.ts'

const today = 20_000
const now = today * dayUs + 12 * 3600e6

function level0(number: number, rows: number, firstDay: number, days: number, sealedAt = now): PartEntry {
  const minTime = firstDay * dayUs + 1000
  return {
    ...{ number, rank: number, kind: 'level0', rows, bytes: rows * 10, sealedAt, minTag: 1, maxTag: 9 },
    ...{ minTime, maxTime: minTime + days * dayUs - 2000 },
  }
}

/** What the child would make of a job: the same rows, spread over the days touched. */
function done(job: MergeJob, next: () => number): { add: PartEntry[]; remove: number[]; mark: PartEntry[] } {
  const rows = job.inputs.reduce((sum, part) => sum + part.rows, 0)
  const made = (kind: PartEntry['kind'], day: string, share: number, rolled?: boolean): PartEntry => ({
    ...{ number: next(), rank: job.rank, kind, day, rows: share, bytes: share * 3, minTag: 1, maxTag: 9 },
    ...{ minTime: Date.parse(`${day.padEnd(10, '-01')}T00:00:00Z`) * 1000, ...(rolled && { rolled }) },
    maxTime: Date.parse(`${day.padEnd(10, '-01')}T00:00:00Z`) * 1000 + dayUs - 1,
  })
  const remove = job.inputs.map(({ number }) => number)
  if (job.kind === 'month') return { add: [made(job.level, job.month, rows)], remove, mark: [] }
  if (job.kind === 'day') {
    const rollups = job.rollups ? [made('minute', job.day, 1440), made('hour', job.day, 24)] : []
    const own = (job.rollups ?? []).filter(({ day }) => day === job.day).map(({ number }) => number)
    if (!job.rewrite) return { add: rollups, remove: own, mark: job.inputs.map((part) => ({ ...part, rolled: true })) }
    return {
      add: [made('raw', job.day, rows, job.rollups !== undefined), ...rollups],
      remove: [...remove, ...own],
      mark: [],
    }
  }
  const days = new Set<number>()
  for (const { minTime, maxTime } of job.inputs)
    for (let day = dayOf(minTime); day <= dayOf(maxTime); day++) days.add(day)
  const add = [...days].flatMap((day) => {
    const name = dayName(day)
    const [from, to] = [day * dayUs, (day + 1) * dayUs]
    const { before, busy, later } = job.final
    const final = to <= before && !busy.includes(name) && !later.some(([least, most]) => least < to && most >= from)
    const share = Math.ceil(rows / days.size)
    return final ? [made('raw', name, share, true), made('minute', name, 1440)] : [made('raw', name, share)]
  })
  return { add, remove, mark: [] }
}

/** What must hold of a job, whatever the situation. */
function check(job: MergeJob, { parts }: Situation): void {
  expect(new Set(job.inputs).size).toBe(job.inputs.length)
  for (const part of job.inputs) expect(parts).toContain(part)
  expect(job.rank).toBe(Math.max(...job.inputs.map(({ rank }) => rank)))
  if (job.kind === 'runs') {
    // Nothing older stays behind: greater ranks would then be older.
    const left = parts.filter((part) => part.kind === 'level0' && !job.inputs.includes(part))
    for (const { number } of left) expect(number).toBeGreaterThan(job.rank)
  } else if (job.kind === 'day') {
    const others = parts.filter((part) => part.kind === 'raw' && part.day === job.day && !job.inputs.includes(part))
    const least = Math.min(...job.inputs.map(({ rank }) => rank))
    // Runs that are left out are older than all, or newer than all.
    for (const { rank } of others) expect(rank < least || rank > job.rank).toBe(true)
    if (job.rollups) expect(others).toEqual([])
  } else {
    const open = parts.filter((part) => part.kind === 'raw' && !part.rolled && monthOf(part.day!) === job.month)
    expect(open).toEqual([])
  }
}

function checkParts(parts: readonly PartEntry[]): void {
  expect(new Set(parts.map(({ number }) => number)).size).toBe(parts.length)
  const raw = parts.filter(({ kind }) => kind === 'raw')
  // In the oracle above a run is one file: no two of a day have one rank.
  expect(new Set(raw.map(({ day, rank }) => `${day} ${rank}`)).size).toBe(raw.length)
}

const arrivals = fc.array(
  fc.record({
    rows: fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1e5, max: 6e6 })),
    day: fc.integer({ min: today - 70, max: today }),
    days: fc.constantFrom(0.01, 0.5, 1, 3),
    ageUs: fc.integer({ min: 0, max: 4 * 3600e6 }),
  }),
  { maxLength: 90 },
)
const moments = fc.array(fc.record({ parts: arrivals, settle: fc.boolean(), nightly: fc.boolean() }), { maxLength: 6 })

describe('the plan of merges', () => {
  it('comes to an end, takes the oldest first and leaves nothing between, whatever has come', () => {
    fc.assert(
      fc.property(moments, (story) => {
        let parts: readonly PartEntry[] = []
        let number = 1
        for (const moment of story) {
          for (const { rows, day, days, ageUs } of moment.parts)
            parts = [...parts, level0(number++, rows, day, days, now - ageUs)]
          for (let steps = 0; ; steps++) {
            const situation = { parts, now, settle: moment.settle, nightly: moment.nightly }
            const job = planMerge(situation)
            if (!job) break
            check(job, situation)
            parts = changedParts(
              parts,
              done(job, () => number++),
            )
            checkParts(parts)
            expect(steps).toBeLessThan(2000)
          }
          if (moment.settle) checkSettled(parts)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('leaves few and small parts alone until they are old', () => {
    const parts = [level0(1, 1000, today, 0.1), level0(2, 1000, today, 0.1)]
    const at = (time: number) => planMerge({ parts, now: time, settle: false, nightly: false })
    expect(at(now)).toBeUndefined()
    expect(at(now + thresholds.ageUs - 1)).toBeUndefined()
    expect(at(now + thresholds.ageUs)).toMatchObject({ kind: 'runs', rank: 2 })
  })

  it('does not take more rows at once than a job may have, unless one part has', () => {
    const parts = Array.from({ length: 5 }, (_, i) => level0(i + 1, 6e6, today - 3, 1))
    const inputs = (all: readonly PartEntry[]) => planMerge({ parts: all, now, settle: true, nightly: false })?.inputs
    expect(inputs(parts)).toHaveLength(2)
    expect(inputs([level0(1, 40e6, today, 1), ...parts])).toHaveLength(1)
  })

  it('leaves the day that goes on as runs, and makes one of it when it is over', () => {
    const raw = (number: number, rows: number): PartEntry => ({
      ...level0(number, rows, today, 0.1),
      ...{ kind: 'raw' as const, day: dayName(today) },
    })
    const parts = [raw(1, 1000), raw(2, 500)]
    const at = (time: number) => planMerge({ parts, now: time, settle: false, nightly: false })
    expect(at(now)).toBeUndefined()
    expect(at((today + 1) * dayUs + thresholds.ripeUs)).toMatchObject({ kind: 'day', rewrite: true, rollups: [] })
  })

  it('waits with a few late rows of a day that is done, until night', () => {
    const done1: PartEntry = { ...level0(1, 100_000, today - 5, 1), kind: 'raw', day: dayName(today - 5), rolled: true }
    const late: PartEntry = { ...level0(2, 100, today - 5, 1), kind: 'raw', day: dayName(today - 5) }
    const at = (nightly: boolean) => planMerge({ parts: [done1, late], now, settle: false, nightly })
    expect(at(false)).toBeUndefined()
    expect(at(true)).toMatchObject({ kind: 'day', rewrite: true })
  })
})

function checkSettled(parts: readonly PartEntry[]): void {
  expect(parts.filter(({ kind }) => kind === 'level0')).toEqual([])
  const raw = parts.filter(({ kind }) => kind === 'raw')
  expect(raw.filter(({ rolled }) => !rolled)).toEqual([])
  expect(new Set(raw.map(({ day }) => day)).size).toBe(raw.length)
}
