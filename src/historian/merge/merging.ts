import type { Clock, Logger } from '#kernel'
import { IwError, isIwError } from '#kernel'
import type { Tag } from '#model'
import type { StorageStatus } from '#ports'
import type { DiskSpace } from '../files/file-layer.ts'
import type { Catalogue } from '../parts/catalogue.ts'
import type { PartEntry } from '../seal/manifest.ts'
import type { PartsChange } from '../seal/parts-change.ts'
import type { Work } from '../seal/work.ts'
import type { MergeJob } from './job.ts'
import type { Merger } from './merger.ts'
import { planMerge, type Situation, type Thresholds } from './plan.ts'
import type { FileBounds } from './raw-run.ts'
import type { DropJob, RetentionRules } from './retention.ts'
import { dayOf, dayUs } from './utc-day.ts'

export interface MergingOptions {
  readonly root: string
  readonly merger: Merger
  readonly work: Work
  readonly catalogue: Catalogue
  readonly clock: Clock
  readonly log: Logger
  readonly thresholds: Thresholds
  readonly rules: RetentionRules
  readonly bounds: FileBounds
  tags(): readonly Tag[]
  space(): DiskSpace
  /** Left free by a merge. Default: 1 GiB or 2 % of the disk, whichever is more. */
  readonly reserveBytes: number | undefined
  /** The UTC day of the last nightly pass. */
  readonly passedDay: number | undefined
  /** The manifest has changed so. */
  changed(change: PartsChange): void
  setAside(part: PartEntry, error: Error): Promise<void>
}

type Job = MergeJob | DropJob
type Running = NonNullable<StorageStatus['merging']>

const memoryMegabytes = 112
const lookEveryMs = 60_000
const firstLookMs = 5_000
const firstRetryMs = 10_000
const lastRetryMs = 600_000
/** The nightly pass is due from 01:00 UTC on. */
const nightUs = 3600e6

/**
 * Has the parts merged, one job after another, in another process: when parts are sealed, once a minute, and at night. A job
 * that fails costs nothing but time: its inputs are live until the manifest has changed.
 */
export class Merging {
  readonly #options: MergingOptions
  #running: Promise<void> | undefined
  #progress: Running | undefined
  #stopped = false
  readonly #abort = new AbortController()
  #cancelLook: (() => void) | undefined
  #notBefore = 0
  #retryMs = firstRetryMs
  #passedDay: number
  readonly #settling: { resolve(): void; reject(error: unknown): void }[] = []
  #lastMerge: StorageStatus['lastMerge']
  #failure: StorageStatus['mergeFailure']
  #expiredRows = 0

  constructor(options: MergingOptions) {
    this.#options = options
    this.#passedDay = options.passedDay ?? dayOf(options.clock.now() - nightUs)
  }

  get status(): Pick<StorageStatus, 'merging' | 'lastMerge' | 'mergeFailure' | 'retention' | 'expiredRows'> {
    const { rawDays, minuteDays, hourDays } = this.#options.rules.policy
    return {
      ...(this.#progress && { merging: this.#progress }),
      ...(this.#lastMerge && { lastMerge: this.#lastMerge }),
      ...(this.#failure && { mergeFailure: this.#failure }),
      retention: { rawDays, minuteDays, hourDays },
      expiredRows: this.#expiredRows,
    }
  }

  start(): void {
    this.#lookLater(firstLookMs)
  }

  /** Parts have come. */
  look(): void {
    if (this.#running || this.#stopped || this.#options.clock.monotonicMs() < this.#notBefore) return
    this.#running = this.#runAll().finally(() => {
      this.#running = undefined
      this.#lookLater(lookEveryMs)
      if (this.#settling.length > 0) this.look()
    })
  }

  /** Merges all there is and applies retention. Rejects where that fails, or where it is stopped. */
  settle(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#stopped) return reject(stopped())
      this.#settling.push({ resolve, reject })
      this.#notBefore = 0
      this.look()
    })
  }

  /** Abandons what is under way. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancelLook?.()
    this.#abort.abort(stopped())
    for (const waiting of this.#settling.splice(0)) waiting.reject(stopped())
    await this.#options.merger.close()
    await this.#running
  }

  #lookLater(inMs: number): void {
    this.#cancelLook?.()
    if (!this.#stopped) this.#cancelLook = this.#options.clock.after(inMs, () => this.look())
  }

  /** Job after job, until there is none or one fails. */
  async #runAll(): Promise<void> {
    const settling = [...this.#settling]
    const { clock, catalogue } = this.#options
    const today = dayOf(clock.now() - nightUs)
    const nightly = today > this.#passedDay
    try {
      // Only what is there now: under load more comes all the time, and this is to come to an end.
      const upTo = catalogue.parts.reduce((most, { rank }) => Math.max(most, rank), 0)
      if (nightly || settling.length > 0) await this.#runPlans({ settle: settling.length > 0, nightly, upTo })
      if (nightly && !this.#stopped) await this.#passed(today)
      if (!this.#stopped) for (const waiting of this.#settling.splice(0, settling.length)) waiting.resolve()
      await this.#runPlans({ settle: false, nightly: false, upTo: Number.POSITIVE_INFINITY })
    } catch (error) {
      if (this.#stopped) return
      this.#failed(error)
      for (const waiting of this.#settling.splice(0)) waiting.reject(error)
    }
  }

  async #runPlans(wish: Pick<Situation, 'settle' | 'nightly'> & { readonly upTo: number }): Promise<void> {
    while (!this.#stopped) {
      const job = this.#next(wish)
      if (!job) return
      await this.#run(job)
      this.#failure = undefined
      this.#retryMs = firstRetryMs
    }
  }

  #next({ settle, nightly, upTo }: Pick<Situation, 'settle' | 'nightly'> & { readonly upTo: number }): Job | undefined {
    const { catalogue, clock, thresholds, rules, tags } = this.#options
    const parts = catalogue.parts.filter(({ rank }) => rank <= upTo)
    const situation: Situation = { parts, now: clock.now(), settle, nightly }
    return planMerge(situation, thresholds) ?? (settle || nightly ? rules.plan(situation, tags()) : undefined)
  }

  async #run(job: Job): Promise<void> {
    if (job.kind === 'drop') return this.#drop(job)
    const { catalogue, clock, merger, work, root, tags, bounds, setAside, log } = this.#options
    const rows = rowsOf(inputsOf(job))
    this.#progress = { since: clock.now(), what: titleOf(job), doneRows: 0, rows }
    const began = clock.monotonicMs()
    const pinned = catalogue.pin()
    try {
      this.#checkSpace(job)
      const firstNumber = await work.reserve(numbersFor(job))
      const ask = { root, job, tags: tags(), firstNumber, bounds, memoryMegabytes }
      const answer = await merger.run(ask, this.#abort.signal, ({ doneRows }) => {
        if (this.#progress) this.#progress = { ...this.#progress, doneRows }
      })
      if (answer.damaged) {
        const { part, message } = answer.damaged
        const found = inputsOf(job).find(({ number }) => number === part)
        if (found) await setAside(found, new IwError('IW_HISTORIAN_CORRUPT', message))
        return
      }
      await this.#change({ add: answer.add, remove: answer.remove, mark: answer.mark })
      this.#expiredRows += answer.expiredRows
      const ms = clock.monotonicMs() - began
      this.#lastMerge = { at: clock.now(), rows: answer.rows, ms, cpuMs: answer.cpuMs }
      log.info(
        { job: titleOf(job), rows: answer.rows, files: answer.add.length, ms: Math.round(ms) },
        'parts are merged',
      )
    } finally {
      this.#progress = undefined
      pinned.release()
    }
  }

  async #drop({ parts }: DropJob): Promise<void> {
    await this.#change({ add: [], remove: parts.map(({ number }) => number), mark: [] })
    this.#expiredRows += rowsOf(parts)
    this.#options.log.info({ files: parts.length, rows: rowsOf(parts) }, 'parts are dropped: their retention is over')
  }

  #passed(today: number): Promise<void> {
    this.#passedDay = today
    return this.#change({ add: [], remove: [], mark: [] })
  }

  async #change(change: PartsChange): Promise<void> {
    const all = { ...change, passedDay: this.#passedDay }
    await this.#options.work.change(all)
    this.#options.changed(all)
  }

  #checkSpace(job: MergeJob): void {
    const { space, reserveBytes } = this.#options
    const { free, total } = space()
    const bytes = inputsOf(job).reduce((sum, part) => sum + part.bytes, 0)
    const needed = 2 * bytes + (reserveBytes ?? Math.max(2 ** 30, total * 0.02))
    if (free < needed)
      throw new IwError(
        'IW_HISTORIAN_DISK_FULL',
        `Merging ${bytes} bytes of parts needs ${Math.ceil(needed)} bytes free, there are ${free}`,
      )
  }

  #failed(error: unknown): void {
    const { clock, log } = this.#options
    const code = isIwError(error) ? error.code : 'IW_HISTORIAN_DISK_ERROR'
    const message = String((error as Error)?.message ?? error)
    this.#failure = { code, message, at: clock.now() }
    this.#notBefore = clock.monotonicMs() + this.#retryMs
    log.error({ code, err: error, retryInMs: this.#retryMs }, 'parts could not be merged')
    this.#retryMs = Math.min(lastRetryMs, this.#retryMs * 2)
  }
}

const stopped = () => new IwError('IW_HISTORIAN_STOPPED', 'The historian stops')

const rowsOf = (parts: readonly PartEntry[]): number => parts.reduce((sum, { rows }) => sum + rows, 0)

const inputsOf = (job: MergeJob): readonly PartEntry[] =>
  job.kind === 'day' ? [...job.inputs, ...(job.rollups ?? [])] : job.inputs

/** For people: what is being merged. */
function titleOf(job: MergeJob): string {
  if (job.kind === 'runs') return `${job.inputs.length} sorted parts`
  return job.kind === 'day' ? `the day ${job.day}` : `${job.level}s of ${job.month}`
}

/** More numbers than the job can have files: of every day it touches three, and one for every thousand rows. */
function numbersFor(job: MergeJob): number {
  const inputs = inputsOf(job)
  const days = inputs.reduce((sum, { minTime, maxTime }) => sum + Math.floor((maxTime - minTime) / dayUs) + 2, 0)
  return 3 * Math.min(days, rowsOf(inputs)) + Math.ceil(rowsOf(inputs) / 1000) + 16
}
