import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { copyFile, createHistorian } from '#historian'
import { type Clock, IwError, type Logger } from '#kernel'
import { dataFormat } from '../data-folder.ts'
import { replaceFile } from '../durable-file.ts'
import { writeInstanceFile } from '../instance-file.ts'
import { type BackupContent, readBackupFile } from './backup-file.ts'

/** What a restore came to, with the counts that prove it. */
export interface Restored {
  readonly folder: string
  readonly files: number
  readonly bytes: number
  readonly tags: number
  readonly rows: number
  readonly createdAt: number
  /** The state database is in it; with PostgreSQL it has to be restored by PostgreSQL's own means. */
  readonly state: boolean
}

export interface RestoreOptions {
  /** Folder of the backup, with BACKUP.json in it. */
  readonly from: string
  /** The data folder to make: it must not exist, or be empty. */
  readonly to: string
  readonly clock: Clock
  readonly log: Logger
  readonly onProgress?: (done: number, total: number) => void
}

/**
 * Makes a data folder of a backup and proves it: every file by its SHA-256 while it is copied, then by opening the readings
 * and counting tags and rows. The folder gets its name only when all of that is right. Throws `IW_INSTANCE_BACKUP`,
 * `IW_INSTANCE_FOLDER_UNUSABLE`, `IW_INSTANCE_FOLDER_NEWER`.
 */
export async function restore(options: RestoreOptions): Promise<Restored> {
  const { from, clock, log } = options
  const to = resolve(options.to)
  const content = readBackupFile(from)
  refuseUnsuitable(content, to)
  const temporary = `${to}.restoring`
  rmSync(temporary, { recursive: true, force: true })
  mkdirSync(dirname(to), { recursive: true })
  try {
    await copyAll(content, from, temporary, options.onProgress)
    replaceFile(join(temporary, 'FORMAT'), `${content.dataFormat}\n`)
    writeInstanceFile(temporary, { id: content.instance })
    await prove(content, temporary, clock, log)
    if (existsSync(to)) rmSync(to, { recursive: true })
    renameSync(temporary, to)
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true })
    throw error
  }
  const { files, readings, createdAt, database } = content
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  return { folder: to, files: files.length, bytes, ...readings, createdAt, state: database === 'sqlite' }
}

function refuseUnsuitable(content: BackupContent, to: string): void {
  if (content.dataFormat > dataFormat)
    throw new IwError(
      'IW_INSTANCE_FOLDER_NEWER',
      `The backup was made by Interwork ${content.version} (format ${content.dataFormat}; this program knows ${dataFormat})`,
    )
  if (existsSync(to) && readdirSync(to).length > 0)
    throw new IwError('IW_INSTANCE_FOLDER_UNUSABLE', `${to} is not empty: a restore makes a new folder`)
  const outside = content.files.find(({ name }) => name.startsWith('/') || name.split('/').includes('..'))
  if (outside) throw new IwError('IW_INSTANCE_BACKUP', `The backup names a file outside itself: ${outside.name}`)
}

async function copyAll(
  { files }: BackupContent,
  from: string,
  to: string,
  onProgress: RestoreOptions['onProgress'],
): Promise<void> {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0)
  let done = 0
  for (const folder of ['readings/journal', 'readings/parts', 'readings/quarantine'])
    mkdirSync(join(to, folder), { recursive: true, mode: 0o700 })
  for (const { name, bytes, sha256 } of files) {
    if (!existsSync(join(from, name))) throw new IwError('IW_INSTANCE_BACKUP', `The backup lacks its file ${name}`)
    mkdirSync(dirname(join(to, name)), { recursive: true, mode: 0o700 })
    const copied = await copyFile(join(from, name), join(to, name), {
      copied(more) {
        done += more
        onProgress?.(done, total)
      },
    })
    if (copied.bytes !== bytes || copied.sha256 !== sha256)
      throw new IwError('IW_INSTANCE_BACKUP', `${name} is damaged: its SHA-256 is ${copied.sha256}, not ${sha256}`)
  }
}

/** Opens the readings as an instance would, and compares what is there with what was backed up. */
async function prove({ readings }: BackupContent, folder: string, clock: Clock, log: Logger): Promise<void> {
  const historian = createHistorian({ folder: join(folder, 'readings'), clock, log, reserveBytes: 0 })
  await historian.start()
  const { tags, storage, recovery } = historian.status()
  await historian.stop()
  const rows = storage.level0.rows + storage.days.rows + recovery.rows
  if (tags !== readings.tags || rows !== readings.rows || recovery.setAside.length > 0)
    throw new IwError(
      'IW_INSTANCE_BACKUP',
      `The restored readings hold ${rows} rows of ${tags} tags, not ${readings.rows} of ${readings.tags}`,
    )
}
