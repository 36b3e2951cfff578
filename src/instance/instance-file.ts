import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFile } from './durable-file.ts'

/** `instance.json` in the data folder: how programs on this machine find the instance. Holds no secret. */
export interface InstanceFile {
  /** Id of the data folder. */
  readonly id: string
  /** Present while a process runs on the folder, and after one was killed. */
  readonly running?: {
    readonly pid: number
    readonly url: string
    /** µs since the epoch. */
    readonly startedAt: number
    /** The listener's certificate, a PEM file, where it speaks TLS: what to trust. */
    readonly certificate?: string
  }
}

const pathIn = (folder: string): string => join(folder, 'instance.json')

/** What the folder says of its instance; undefined where it says nothing that can be read. */
export function readInstanceFile(folder: string): InstanceFile | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(pathIn(folder), 'utf8'))
    return isInstanceFile(content) ? content : undefined
  } catch {
    return undefined
  }
}

export function writeInstanceFile(folder: string, content: InstanceFile): void {
  replaceFile(pathIn(folder), `${JSON.stringify(content, undefined, 2)}\n`)
}

function isInstanceFile(content: unknown): content is InstanceFile {
  const { id, running } = (content ?? {}) as Partial<InstanceFile>
  const well = running === undefined || (Number.isInteger(running.pid) && typeof running.url === 'string')
  return typeof id === 'string' && id !== '' && well
}
