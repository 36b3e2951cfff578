import type { Command } from 'commander'
import type { ApiClient, BackupList, JobView } from '#instance'
import { exitCodes } from '../exit-codes.ts'
import { followJob } from '../follow-job.ts'
import type { Io } from '../io.ts'
import { amount } from '../progress-bar.ts'
import { table } from '../table.ts'
import { shownTime } from '../values.ts'
import { acting, type CommonOptions, type Done, runningInstance, verb } from '../verb.ts'

interface BackupOptions {
  readonly list?: boolean
  readonly remove?: string
}

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
  const job = await followJob(io, client, started, { doing: 'backing up', otherwise: 'IW_INSTANCE_BACKUP' })
  if (json) io.out(`${JSON.stringify(job.result)}\n`)
  else {
    const { folder, bytes, rows, files } = job.result as { folder: string; bytes: number; rows: number; files: number }
    io.out(
      `${folder}\n${rows.toLocaleString('en')} readings, ${files} files, ${amount(bytes, 'bytes')}. Copy that folder to another disk; ` +
        `interwork restore ${folder} --data <new folder> makes an instance of it.\n`,
    )
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
