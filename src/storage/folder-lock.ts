import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { IwError } from '#kernel'

/** The right to be the only process in a data folder. The system takes it back when the process ends, however it ends. */
export interface FolderLock {
  release(): void
}

const sqliteBusy = 5

/** Locks the folder through `lock.db`. Throws `IW_INSTANCE_FOLDER_LOCKED` at once when another process has it. */
export function lockFolder(folder: string): FolderLock {
  const database = new DatabaseSync(join(folder, 'lock.db'))
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (cause) {
    database.close()
    if ((cause as { errcode?: number }).errcode !== sqliteBusy) throw cause
    throw new IwError('IW_INSTANCE_FOLDER_LOCKED', `Another process uses ${folder}`, { cause, detail: { folder } })
  }
  return { release: () => database.close() }
}
