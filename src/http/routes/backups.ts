import { z } from 'zod'
import { IwError } from '#kernel'
import { apiPrefix, backupList, jobView } from '../contract.ts'
import type { BackupKeeper, House } from '../house.ts'
import { route } from '../route.ts'

const path = `${apiPrefix}/backups`

export const createBackup = route({
  method: 'POST',
  path,
  summary: 'Copy everything into a folder of its own',
  description:
    'Readings, machines, events and commands, while everything goes on. The job tells how far it is; its result is the ' +
    'folder. `interwork restore` makes a data folder of it.',
  right: 'thing.manage',
  reply: jobView,
  status: 202,
  handle(_, house) {
    const backups = keeperOf(house)
    return house.jobs.start({ kind: 'backup', title: backups.folder, unit: 'bytes' }, async ({ signal, progress }) => ({
      ...(await backups.create({ signal, onProgress: progress })),
    }))
  },
})

export const listBackups = route({
  method: 'GET',
  path,
  summary: 'List backups',
  description: 'Newest first, with the counts that a restore proves.',
  right: 'system.read',
  reply: backupList,
  handle(_, { backups }) {
    return { folder: backups?.folder ?? '', backups: backups ? [...backups.list()] : [] }
  },
})

export const removeBackup = route({
  method: 'DELETE',
  path: `${path}/{backup}`,
  summary: 'Remove a backup',
  right: 'thing.manage',
  params: z.object({ backup: z.string().max(200).describe('name of its folder') }),
  reply: null,
  handle({ params }, house) {
    keeperOf(house).remove(params.backup)
    return undefined
  },
})

function keeperOf({ backups }: House): BackupKeeper {
  if (!backups) throw new IwError('IW_HISTORIAN_UNSUPPORTED', 'This instance keeps no backups')
  return backups
}
