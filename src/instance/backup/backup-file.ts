import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { IwError } from '#kernel'

const file = z.strictObject({ name: z.string(), bytes: z.number(), sha256: z.string() })

/** `BACKUP.json`: what a backup holds. It is written last, so a folder without it is not a backup. */
const backupFile = z.strictObject({
  format: z.literal(1),
  /** Of the program that made it. */
  version: z.string(),
  /** Of the data folder. */
  dataFormat: z.number().int(),
  instance: z.string(),
  name: z.string(),
  /** µs since 1970-01-01 UTC. */
  createdAt: z.number(),
  /** Those of the schedule go again after a while; a person's stay. */
  by: z.enum(['person', 'schedule']),
  readings: z.strictObject({ rows: z.number(), tags: z.number() }),
  /** Whether state.db is in it; with PostgreSQL it is not: its own backup is. */
  database: z.enum(['sqlite', 'postgres']),
  /** All other files, with paths below the folder. */
  files: z.array(file),
})
export type BackupContent = z.output<typeof backupFile>

export const backupFileName = 'BACKUP.json'

/** Throws `IW_INSTANCE_BACKUP` where the folder holds no backup, or one that cannot be read. */
export function readBackupFile(folder: string): BackupContent {
  const path = join(folder, backupFileName)
  let content: unknown
  try {
    content = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new IwError('IW_INSTANCE_BACKUP', `${path} cannot be read: ${(cause as Error).message}`, { cause })
  }
  const result = backupFile.safeParse(content)
  if (!result.success) throw new IwError('IW_INSTANCE_BACKUP', `${path}: ${z.prettifyError(result.error)}`)
  return result.data
}
