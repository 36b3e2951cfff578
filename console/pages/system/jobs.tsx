import { api } from '../../lib/api.ts'
import { tick } from '../../lib/clock.ts'
import type { JobView } from '../../lib/contract.ts'
import { formatBytes, formatMoment, formatNumber } from '../../lib/format.ts'
import { plant } from '../../lib/instance.ts'
import { shownLanguage, words } from '../../lib/words.ts'
import { Card } from '../../parts/card.tsx'
import { ErrorNote } from '../../parts/error.tsx'
import { Bar } from '../../parts/progress.tsx'
import { jobs, lookNow } from './work.ts'

const shown = 10

/** Imports, exports, backups and merges since the start: those that go on with a bar, the others with what came of them. */
export function Jobs() {
  const t = words('system')
  const all = jobs.value ?? []
  return (
    <Card id="jobs" title={t.jobs} count={all.length || undefined}>
      {all.length === 0 && <p class="body s soft">{t.noJobs}</p>}
      <ul class="jobs">
        {all.slice(0, shown).map((job) => (
          <li key={job.id} class="body">
            <Job job={job} />
          </li>
        ))}
      </ul>
    </Card>
  )
}

function Job({ job }: { job: JobView }) {
  const t = words('system')
  const name = `${t.jobKinds[job.kind]} ${job.title}`
  if (job.state === 'failed' && job.error)
    return <ErrorNote title={`${name}: ${t.jobStates.failed}`} problem={job.error} />
  if (job.state !== 'running')
    return (
      <div class="row s">
        <span class="clip">{name}</span>
        <span class="end quiet num">
          {t.jobStates[job.state]} · {amount(job, job.done)} · {moment(job.finishedAt ?? job.startedAt)}
        </span>
      </div>
    )
  const text =
    job.total === undefined ? amount(job, job.done) : t.ofTotal(amount(job, job.done), amount(job, job.total))
  return (
    <>
      <Bar label={name} done={job.done} total={job.total} text={text} />
      <button
        type="button"
        class="btn small"
        aria-label={t.cancelNamed(name)}
        onClick={() => void api.cancelJob(job.id).then(lookNow, lookNow)}
      >
        {t.cancel}
      </button>
    </>
  )
}

const amount = ({ unit }: JobView, value: number): string =>
  unit === 'bytes' ? formatBytes(value).join(' ') : formatNumber(value, 0)

const moment = (at: number): string => formatMoment(at, tick.value, plant.system.value?.zone ?? 'UTC', shownLanguage())
