import { setTimeout as delay } from 'node:timers/promises'
import type { ApiClient, JobView } from '#instance'
import { type ErrorCode, errorCatalogue, IwError } from '#kernel'
import type { Io } from './io.ts'
import { ProgressBar } from './progress-bar.ts'

const lookEveryMs = 200

/**
 * Waits for a job and shows how far it is. A `signal` that fires cancels it, and then this throws as where it was cancelled
 * elsewhere: with `otherwise`. Throws what the job failed with.
 */
export async function followJob(
  io: Io,
  client: ApiClient,
  started: JobView,
  what: { readonly doing: string; readonly otherwise: ErrorCode; readonly signal?: AbortSignal },
): Promise<JobView> {
  const path = `/api/v1/jobs/${started.id}`
  const counted = started.unit === 'rows' ? 'readings' : started.unit
  const bar = new ProgressBar(io, what.doing, counted)
  let job = started
  try {
    while (job.state === 'running') {
      await delay(lookEveryMs)
      if (what.signal?.aborted) await client.text(path, { method: 'DELETE' })
      job = await client.json<JobView>(path)
      bar.show(job.done, job.total)
    }
  } finally {
    bar.end()
  }
  if (job.state === 'done') return job
  const code = job.error && job.error.code in errorCatalogue ? (job.error.code as ErrorCode) : what.otherwise
  throw new IwError(code, job.error?.message ?? 'It was cancelled')
}
