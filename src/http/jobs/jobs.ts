import { type Clock, IwError, type Logger, uuidV7 } from '#kernel'
import type { JobView } from '../contract.ts'
import { refusalOf } from '../problem.ts'

/** Ended jobs that are remembered. */
const mostEnded = 50
/** Jobs that may run at once; each is a lot of work. */
const mostRunning = 8

/** Why jobs are cancelled when the instance stops: what they do for somebody may be kept for later. */
export const stopping = new IwError('IW_HISTORIAN_STOPPED', 'The instance stops')

/** What a job is, for people. */
export interface JobTitle {
  readonly kind: JobView['kind']
  readonly title: string
  readonly unit: JobView['unit']
  readonly total?: number
}

/** What a job's work tells of itself. */
export interface Working {
  readonly id: string
  /** Aborted when somebody cancels the job or the instance stops. */
  readonly signal: AbortSignal
  progress(done: number, total?: number): void
}

/** What came of a job; shown with it. */
export type JobResult = Readonly<Record<string, unknown>>

interface Job {
  view: JobView
  readonly abort: AbortController
  ended: Promise<void>
}

/**
 * Work that takes longer than a request: those that run and the last 50 that ended, since the start. What a job leaves
 * behind is on disk; that there was a job is not.
 */
export class Jobs {
  readonly #jobs = new Map<string, Job>()
  readonly #clock: Clock
  readonly #log: Logger

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Logger }) {
    this.#clock = clock
    this.#log = log
  }

  /** Starts work and gives its first view. Throws `IW_HTTP_TOO_MANY`. */
  start(what: JobTitle, work: (job: Working) => Promise<JobResult | undefined>): JobView {
    const running = this.list().filter(({ state }) => state === 'running').length
    if (running >= mostRunning) throw new IwError('IW_HTTP_TOO_MANY', `${running} jobs run already`)
    const abort = new AbortController()
    const id = uuidV7()
    const view: JobView = { id, ...what, state: 'running', done: 0, startedAt: this.#clock.now() }
    const job: Job = { view, abort, ended: Promise.resolve() }
    this.#jobs.set(id, job)
    const { kind, title } = what
    this.#log.info({ job: id, kind, title }, 'a job begins')
    job.ended = this.#run(job, work)
    return view
  }

  async #run(job: Job, work: (job: Working) => Promise<JobResult | undefined>): Promise<void> {
    const { id } = job.view
    const working: Working = {
      id,
      signal: job.abort.signal,
      progress(done, total) {
        job.view = { ...job.view, done, ...(total !== undefined && { total }) }
      },
    }
    try {
      const result = await work(working)
      this.#end(job, { state: 'done', ...(result && { result: { ...result } }) })
    } catch (error) {
      if (job.abort.signal.aborted) this.#end(job, { state: 'cancelled' })
      else this.#end(job, { state: 'failed', error: refusalOf(error, id, this.#log).problem })
    }
  }

  #end(job: Job, outcome: Pick<JobView, 'state' | 'error' | 'result'>): void {
    job.view = { ...job.view, ...outcome, finishedAt: this.#clock.now() }
    const { id, kind, state, error } = job.view
    this.#log.info({ job: id, kind, state, ...(error && { code: error.code }) }, 'a job ended')
    const ended = [...this.#jobs.values()].filter(({ view }) => view.state !== 'running')
    for (const { view } of ended.slice(0, -mostEnded)) this.#jobs.delete(view.id)
  }

  /** Newest first. */
  list(): JobView[] {
    return [...this.#jobs.values()].map(({ view }) => view).toReversed()
  }

  /** Throws `IW_HTTP_UNKNOWN_JOB`. */
  get(id: string): JobView {
    return this.#find(id).view
  }

  /** Ends the work; one that has ended already stays as it is. Resolves when nothing of it runs any more. */
  async cancel(id: string): Promise<void> {
    const job = this.#find(id)
    job.abort.abort()
    await job.ended
  }

  /** Cancels everything, for the reason `stopping`, and waits for it. */
  async stop(): Promise<void> {
    for (const { abort } of this.#jobs.values()) abort.abort(stopping)
    await Promise.all([...this.#jobs.values()].map(({ ended }) => ended))
  }

  #find(id: string): Job {
    const job = this.#jobs.get(id)
    if (!job) throw new IwError('IW_HTTP_UNKNOWN_JOB', `There is no job ${id.slice(0, 60)}`)
    return job
  }
}
