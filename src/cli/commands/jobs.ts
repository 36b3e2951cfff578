import type { Command } from 'commander'
import type { JobList, JobView } from '#instance'
import { exitCodes } from '../exit-codes.ts'
import type { Io } from '../io.ts'
import { amount } from '../progress-bar.ts'
import { table } from '../table.ts'
import { shownTime } from '../values.ts'
import { acting, type CommonOptions, type Done, runningInstance, verb } from '../verb.ts'

interface JobsOptions {
  readonly cancel?: string
}

/** `interwork jobs`: imports, exports, backups and merges that run, and the last that ended. */
export function jobsCommand(io: Io, done: Done): Command {
  return verb('jobs', 'list long work: imports, exports, backups, merges')
    .option('--cancel <id>', 'end one of them')
    .action(acting(io, done, jobs))
}

async function jobs(io: Io, options: JobsOptions & CommonOptions): Promise<number> {
  const client = await runningInstance(io, options)
  if (options.cancel !== undefined) {
    await client.text(`/api/v1/jobs/${encodeURIComponent(options.cancel)}`, { method: 'DELETE' })
    return exitCodes.ok.code
  }
  const list = await client.json<JobList>('/api/v1/jobs')
  if (options.json) io.out(`${JSON.stringify(list)}\n`)
  else if (list.jobs.length === 0) io.out('No job since the start.\n')
  else io.out(table(['id', 'kind', 'what', 'state', 'done', 'began'], list.jobs.map(row), [4]))
  return exitCodes.ok.code
}

function row({ id, kind, title, state, done, total, unit, startedAt, error }: JobView): string[] {
  const share = state === 'running' && total ? `${Math.floor((100 * done) / total)} %` : amount(done, unit)
  return [id, kind, title, error ? `${state}: ${error.code}` : state, share, shownTime(startedAt)]
}
