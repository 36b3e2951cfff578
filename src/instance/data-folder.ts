import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { IwError, isIwError, uuidV7 } from '#kernel'
import { type FolderLock, lockFolder } from '#storage'
import { replaceFile } from './durable-file.ts'
import { type InstanceFile, readInstanceFile, writeInstanceFile } from './instance-file.ts'

/**
 * Version of the layout of the data folder, in its file `FORMAT`. A greater one was written by a newer Interwork. 1: readings
 * in level-0 parts alone; 2: merged by day into Parquet, which programs that know 1 would take for damage.
 */
export const dataFormat = 2

/** The data folder, locked for this process. */
export interface DataFolder {
  readonly path: string
  /** Id of the folder, made once: the instance keeps it wherever the folder moves. */
  readonly id: string
  /** Says in `instance.json` where this process answers. */
  announce(running: NonNullable<InstanceFile['running']>): void
  /** Takes the announcement back and unlocks the folder. */
  release(): void
}

/**
 * Opens the data folder, making it (0700) where there is none. Throws `IW_INSTANCE_FOLDER_LOCKED`, `_NEWER` and
 * `_UNUSABLE`; a folder that holds something else is never touched.
 */
export function openDataFolder(path: string): DataFolder {
  const lock = usable(path, () => {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    refuseForeignFolder(path)
    return lockNamingHolder(path)
  })
  try {
    checkFormat(path)
    const id = readInstanceFile(path)?.id ?? uuidV7()
    usable(path, () => {
      chmodSync(path, 0o700)
      writeInstanceFile(path, { id })
    })
    return {
      path,
      id,
      announce: (running) => writeInstanceFile(path, { id, running }),
      release() {
        writeInstanceFile(path, { id })
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

function lockNamingHolder(path: string): FolderLock {
  try {
    return lockFolder(path)
  } catch (error) {
    if (!isIwError(error, 'IW_INSTANCE_FOLDER_LOCKED')) throw error
    const { pid, url } = readInstanceFile(path)?.running ?? {}
    const holder = pid === undefined ? 'Another process' : `Process ${pid}`
    const where = url === undefined ? '' : `; it answers at ${url}`
    throw new IwError(error.code, `${holder} uses ${path}${where}`, {
      cause: error,
      detail: { ...error.detail, pid, url },
    })
  }
}

/** Only an empty folder or one of ours: making somebody's home directory 0700 and filling it would be rude. */
function refuseForeignFolder(path: string): void {
  const names = readdirSync(path).filter((name) => !name.startsWith('lock.db'))
  if (names.length > 0 && !existsSync(join(path, 'FORMAT')))
    throw new IwError('IW_INSTANCE_FOLDER_UNUSABLE', `${path} holds other things, such as ${names[0]}`)
}

/** What format 1 holds is read as it is: nothing is written over, merges take it in one after another. */
function checkFormat(path: string): void {
  const file = join(path, 'FORMAT')
  if (!existsSync(file)) usable(path, () => replaceFile(file, `${dataFormat}\n`))
  const text = readFileSync(file, 'utf8').trim()
  const format = Number(text)
  if (!Number.isInteger(format) || format < 1)
    throw new IwError('IW_INSTANCE_FOLDER_UNUSABLE', `${file} holds "${text.slice(0, 40)}" instead of a number`)
  if (format > dataFormat)
    throw new IwError(
      'IW_INSTANCE_FOLDER_NEWER',
      `${path} has format ${format}; this version knows formats up to ${dataFormat}`,
    )
  // First of all, so that an older program refuses the folder before there is anything in it that it does not know.
  if (format < dataFormat) usable(path, () => replaceFile(file, `${dataFormat}\n`))
}

/** Names the folder in the system's errors. */
function usable<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (isIwError(cause)) throw cause
    throw new IwError('IW_INSTANCE_FOLDER_UNUSABLE', `${path} cannot be used: ${(cause as Error).message}`, { cause })
  }
}
