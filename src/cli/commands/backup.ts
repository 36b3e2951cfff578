import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from 'commander'
import type { ApiClient, BackupList, JobView } from '#instance'
import { type ErrorCode, errorCatalogue, IwError } from '#kernel'
import { exitCodes } from '../exit-codes.ts'
import type { Io } from '../io.ts'
import { amount, ProgressBar } from '../progress-bar.ts'
import { table } from '../table.ts'
import { shownTime } from '../values.ts'
import { acting, type CommonOptions, type Done, runningInstance, verb } from '../verb.ts'

interface BackupOptions {
  readonly list?: boolean
  readonly remove?: string
}

const lookEveryMs = 200

/** `interwork backup`: copies everything while the instance runs. */
export function backupCommand(io: Io, done: Done): Command {
  return verb('backup', 'copy everything into a folder of its own, while the instance runs')
    .option('--list', 'the backups there are')
    .option('--remove <name>', 'remove one of them')
    .action(acting(io, done, backup))
}

async function backup(io: Io, options: BackupOptions & CommonOptions): Promise<number> {
  const client = await runningInstance(io, options)
  if (options.remove !== undefined) {
    await client.text(`/api/v1/backups/${encodeURIComponent(options.remove)}`, { method: 'DELETE' })
    return exitCodes.ok.code
  }
  if (options.list) tellList(io, options, await client.json<BackupList>('/api/v1/backups'))
  else await make(io, options, client)
  return exitCodes.ok.code
}

async function make(io: Io, { json }: CommonOptions, client: ApiClient): Promise<void> {
  const started = await client.json<JobView>('/api/v1/backups', { method: 'POST', body: {} })
  const job = await followed(io, client, started)
  if (json) io.out(`${JSON.stringify(job.result)}\n`)
  else {
    const { folder, bytes, rows, files } = job.result as { folder: string; bytes: number; rows: number; files: number }
    io.out(
      `${folder}\n${rows.toLocaleString('en')} readings, ${files} files, ${amount(bytes, 'bytes')}. Copy that folder to another disk; ` +
        `interwork restore ${folder} --data <new folder> makes an instance of it.\n`,
    )
  }
}

/** Waits for a job and shows how far it is. Throws what it failed with. */
async function followed(io: Io, client: ApiClient, started: JobView): Promise<JobView> {
  const bar = new ProgressBar(io, 'backing up', 'bytes')
  try {
    let job = started
    while (job.state === 'running') {
      await delay(lookEveryMs)
      job = await client.json<JobView>(`/api/v1/jobs/${started.id}`)
      bar.show(job.done, job.total)
    }
    if (job.state === 'done') return job
    const code = job.error && job.error.code in errorCatalogue ? (job.error.code as ErrorCode) : 'IW_INSTANCE_BACKUP'
    throw new IwError(code, job.error?.message ?? 'The backup was cancelled')
  } finally {
    bar.end()
  }
}

function tellList(io: Io, { json }: CommonOptions, list: BackupList): void {
  if (json) io.out(`${JSON.stringify(list)}\n`)
  else if (list.backups.length === 0) io.out(`No backup in ${list.folder} yet.\n`)
  else {
    const rows = list.backups.map(({ id, createdAt, rows: readings, bytes }) => [
      id,
      shownTime(createdAt),
      readings.toLocaleString('en'),
      amount(bytes, 'bytes'),
    ])
    io.out(`${list.folder}\n${table(['backup', 'made', 'readings', 'size'], rows, [2, 3])}`)
  }
}
