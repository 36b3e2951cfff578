import { constants } from 'node:fs'
import { mkdir, open, readdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { IwError } from '#kernel'

/** So much of the disk stays free, whatever is sent. */
const reserveBytes = 2 ** 30
const reserveShare = 0.02

/** Files that have to be there as a whole before they can be read. */
export class Uploads {
  readonly #folder: string | undefined

  /** Without a folder nothing can be kept. */
  constructor(folder: string | undefined) {
    this.#folder = folder
  }

  pathOf(id: string): string {
    if (this.#folder === undefined)
      throw new IwError('IW_CONNECT_IMPORT_PLAN', 'This instance has no folder for files: send CSV or line protocol')
    return join(this.#folder, `${id}.part`)
  }

  /** Checks that the rest of a file has room. Throws `IW_HISTORIAN_DISK_FULL`. */
  async checkRoom(bytes: number): Promise<void> {
    await mkdir(this.#folder!, { recursive: true, mode: 0o700 })
    const { bavail, blocks, bsize } = await statfs(this.#folder!)
    const free = bavail * bsize
    if (free - bytes < Math.max(reserveBytes, blocks * bsize * reserveShare))
      throw new IwError('IW_HISTORIAN_DISK_FULL', `${bytes} bytes are too many for the disk, which has ${free} left`)
  }

  /** Writes bytes at an offset; they are on disk when it resolves. */
  async write(id: string, offset: number, bytes: Uint8Array): Promise<void> {
    const file = await open(this.pathOf(id), constants.O_CREAT | constants.O_WRONLY, 0o600)
    try {
      let written = 0
      while (written < bytes.length)
        written += (await file.write(bytes, written, bytes.length - written, offset + written)).bytesWritten
      await file.datasync()
    } finally {
      await file.close()
    }
  }

  async remove(id: string): Promise<void> {
    if (this.#folder !== undefined) await rm(this.pathOf(id), { force: true })
  }

  /** Removes what no import waits for. */
  async removeOthers(ids: ReadonlySet<string>): Promise<void> {
    if (this.#folder === undefined) return
    const names = await readdir(this.#folder).catch(() => [])
    for (const name of names)
      if (name.endsWith('.part') && !ids.has(name.slice(0, -'.part'.length)))
        await rm(join(this.#folder, name), { force: true })
  }
}
