import type { ImportView } from '#connect'
import { delay, IwError } from '#kernel'
import type { House } from '../house.ts'
import { type JobResult, stopping, type Working } from './jobs.ts'

const lookEveryMs = 500
/** Who sends nothing for so long has gone: the import stays where it is, but it is no work under way. */
const patienceMs = 120_000

/** Shows an import among the jobs while it is under way. Cancelling the job cancels the import; stopping the instance does not. */
export function followImport(house: House, view: ImportView): void {
  if (view.dryRun || view.state !== 'running' || followed.get(house)?.has(view.id)) return
  const ids = followed.get(house) ?? new Set()
  followed.set(house, ids.add(view.id))
  const { name, bytes, id } = view
  try {
    house.jobs.start({ kind: 'import', title: name, unit: 'bytes', total: bytes }, async (job) => {
      try {
        return await follow(house, id, job)
      } finally {
        ids.delete(id)
      }
    })
  } catch {
    // More jobs than are shown at once: the import goes on without being one.
    ids.delete(id)
  }
}

/** Imports that are jobs now. */
const followed = new WeakMap<House, Set<string>>()

async function follow({ connect, clock }: House, id: string, job: Working): Promise<JobResult> {
  let last = { at: clock.monotonicMs(), offset: -1, rows: -1 }
  for (;;) {
    if (job.signal.aborted && job.signal.reason !== stopping) await connect.imports.cancel(id)
    job.signal.throwIfAborted()
    const view = await connect.imports.get(id)
    job.progress(view.offset, view.bytes)
    if (view.state !== 'running') return ended(view)
    if (view.offset !== last.offset || view.rows !== last.rows)
      last = { at: clock.monotonicMs(), offset: view.offset, rows: view.rows }
    if (clock.monotonicMs() - last.at > patienceMs)
      throw new IwError('IW_CONNECT_IMPORT_STATE', `${view.name}: nobody sends the rest; it goes on at ${view.offset}`)
    await delay(clock, lookEveryMs)
  }
}

function ended({ state, error, id, rows, readings, rejected }: ImportView): JobResult {
  if (error) throw new IwError(error.code, error.message)
  return { import: id, state, rows, readings, rejected }
}
