import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileSha256 } from '#historian'
import { type Clock, IwError, type Logger } from '#kernel'
import type { BackupOptions, Database, Historian } from '#ports'
import { dataFormat } from '../data-folder.ts'
import { replaceFile } from '../durable-file.ts'
import { type BackupContent, backupFileName, readBackupFile } from './backup-file.ts'

/** A backup that is there. */
interface BackupSummary {
  /** Name of its folder. */
  readonly id: string
  readonly folder: string
  readonly createdAt: number
  readonly bytes: number
  readonly files: number
  readonly rows: number
  readonly tags: number
  readonly version: string
  readonly by: BackupContent['by']
}

/** How a backup is made. */
interface CreateOptions extends BackupOptions {
  /** Default: a person. */
  readonly by?: BackupContent['by']
}

/** The backups of an instance. */
export interface Backups {
  /** Where they are. */
  readonly folder: string
  /** Makes one while everything goes on. Throws `IW_INSTANCE_BACKUP` where one is being made already. */
  create(options?: CreateOptions): Promise<BackupSummary>
  /** Newest first. */
  list(): readonly BackupSummary[]
  /** Throws `IW_INSTANCE_BACKUP` where there is none of that name. */
  remove(id: string): void
}

export interface BackupsOptions {
  readonly folder: string
  readonly historian: Historian
  readonly database: Database
  readonly instance: string
  readonly name: string
  readonly version: string
  readonly clock: Clock
  readonly log: Logger
}

const unfinished = '.unfinished'

/** Backups in `folder`; what an interrupted one left there is removed. */
export function openBackups(options: BackupsOptions): Backups {
  const { folder, log } = options
  for (const name of namesIn(folder))
    if (name.endsWith(unfinished)) rmSync(join(folder, name), { recursive: true, force: true })
  let running = false
  return {
    folder,
    async create(given = {}) {
      if (running) throw new IwError('IW_INSTANCE_BACKUP', 'A backup is being made already')
      running = true
      try {
        const summary = await makeBackup(options, given)
        log.info({ folder: summary.folder, bytes: summary.bytes, rows: summary.rows }, 'backed up')
        return summary
      } finally {
        running = false
      }
    },
    list: () =>
      namesIn(folder)
        .flatMap((id) => summaryOf(folder, id) ?? [])
        .toSorted((a, b) => b.createdAt - a.createdAt),
    remove(id) {
      if (!namesIn(folder).includes(id) || !summaryOf(folder, id))
        throw new IwError('IW_INSTANCE_BACKUP', `There is no backup "${id}" in ${folder}`)
      rmSync(join(folder, id), { recursive: true })
    },
  }
}

/** Parts and journal first, the state database last, then what it holds; only then it gets its name. */
async function makeBackup(options: BackupsOptions, given: CreateOptions): Promise<BackupSummary> {
  const { folder, historian, database, instance, name, version, clock } = options
  const createdAt = clock.now()
  const id = freeName(folder, createdAt)
  const temporary = join(folder, id + unfinished)
  mkdirSync(temporary, { recursive: true, mode: 0o700 })
  try {
    const readings = await historian.backup(join(temporary, 'readings'), given)
    const files = readings.files.map((file) => ({ ...file, name: `readings/${file.name}` }))
    given.signal?.throwIfAborted()
    const state = join(temporary, 'state.db')
    const hasState = await database.backup(state)
    if (hasState) files.push({ name: 'state.db', ...(await fileSha256(state)) })
    const content: BackupContent = {
      format: 1,
      version,
      dataFormat,
      instance,
      name,
      createdAt,
      by: given.by ?? 'person',
      readings: { rows: readings.rows, tags: readings.tags },
      database: database.engine,
      files,
    }
    replaceFile(join(temporary, backupFileName), `${JSON.stringify(content, undefined, 1)}\n`)
    renameSync(temporary, join(folder, id))
    return summary(folder, id, content)
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true })
    throw error
  }
}

/** `2026-11-22T17-30-05Z`, with a number behind it where that is taken. */
function freeName(folder: string, at: number): string {
  const name = new Date(at / 1000)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '-')
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name}-${number}`
    if (!existsSync(join(folder, candidate))) return candidate
  }
}

const namesIn = (folder: string): readonly string[] =>
  statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(folder) : []

/** Undefined for a folder that is not a backup, or not a sound one. */
function summaryOf(folder: string, id: string): BackupSummary | undefined {
  if (id.endsWith(unfinished) || !existsSync(join(folder, id, backupFileName))) return undefined
  try {
    return summary(folder, id, readBackupFile(join(folder, id)))
  } catch {
    return undefined
  }
}

const summary = (
  folder: string,
  id: string,
  { createdAt, files, readings, version, by }: BackupContent,
): BackupSummary => ({
  id,
  folder: join(folder, id),
  createdAt,
  bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
  files: files.length,
  rows: readings.rows,
  tags: readings.tags,
  version,
  by,
})
