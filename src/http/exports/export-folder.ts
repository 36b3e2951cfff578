import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { mkdir, open, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileSha256 } from '#historian'
import { IwError, type Microseconds } from '#kernel'
import type { ExportView } from '../contract.ts'

/** Where exports are, each in a folder of its own. */
export const exportsFolder = (dataFolder: string): string => join(dataFolder, 'exports')

/** What an export that is being made is called; what is found under this name at a start was never finished. */
const unfinished = '.unfinished'
const index = 'export.json'

/** A folder that is filled file by file, and has its name only once it is complete. */
export class ExportFolder {
  readonly id: string
  readonly path: string
  readonly #final: string
  readonly files: ExportView['files'] = []

  /** Makes the folder. Its name is the time, as `20260131T140509Z`. */
  constructor(dataFolder: string, createdAt: Microseconds) {
    this.id = `${new Date(createdAt / 1000).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
    this.#final = join(exportsFolder(dataFolder), this.id)
    this.path = `${this.#final}${unfinished}`
    mkdirSync(exportsFolder(dataFolder), { recursive: true, mode: 0o700 })
    if (readdirSync(exportsFolder(dataFolder)).some((name) => name.startsWith(this.id)))
      throw new IwError('IW_HTTP_TOO_MANY', `The export ${this.id} is being made or is there already`)
    mkdirSync(this.path, { mode: 0o700 })
  }

  /** The path of a file to be; its folder is made. */
  async place(name: string): Promise<string> {
    const path = join(this.path, name)
    await mkdir(dirname(path), { recursive: true })
    return path
  }

  /** Takes down a file that was written at its place. */
  async add(name: string, signal?: AbortSignal): Promise<void> {
    const { bytes, sha256 } = await fileSha256(join(this.path, name), signal)
    this.files.push({ name, bytes, sha256 })
  }

  /** Writes a file slice by slice. */
  async write(name: string, slices: AsyncIterable<string> | Iterable<string>, signal?: AbortSignal): Promise<void> {
    const hash = createHash('sha256')
    const file = await open(await this.place(name), 'wx', 0o600)
    let bytes = 0
    try {
      for await (const slice of slices) {
        signal?.throwIfAborted()
        const piece = Buffer.from(slice)
        hash.update(piece)
        await file.appendFile(piece)
        bytes += piece.length
      }
      await file.datasync()
    } finally {
      await file.close()
    }
    this.files.push({ name, bytes, sha256: hash.digest('hex') })
  }

  /** Adds `CHECKSUMS`, as `sha256sum -c` takes it, and gives the folder its name. */
  async finish(facts: Pick<ExportView, 'createdAt' | 'rows'>): Promise<ExportView> {
    await this.write('CHECKSUMS', [this.files.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join('')])
    const bytes = this.files.reduce((sum, file) => sum + file.bytes, 0)
    const view: ExportView = { id: this.id, folder: this.#final, ...facts, bytes, files: this.files }
    const { folder: _, ...kept } = view
    await writeFile(join(this.path, index), `${JSON.stringify(kept, undefined, 2)}\n`, { mode: 0o600 })
    renameSync(this.path, this.#final)
    return view
  }

  discard(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

/** Removes what a crash left half made. */
export function discardUnfinished(dataFolder: string): void {
  for (const name of namesIn(dataFolder))
    if (name.endsWith(unfinished)) rmSync(join(exportsFolder(dataFolder), name), { recursive: true, force: true })
}

/** The finished exports, newest first. */
export function listExports(dataFolder: string): ExportView[] {
  return namesIn(dataFolder)
    .filter((name) => /^\d{8}T\d{6}Z$/.test(name))
    .toSorted()
    .toReversed()
    .flatMap((id) => read(join(exportsFolder(dataFolder), id)))
}

/** Throws `IW_HTTP_UNKNOWN_EXPORT`. */
export function findExport(dataFolder: string, id: string): ExportView {
  const found = listExports(dataFolder).find((one) => one.id === id)
  if (!found) throw new IwError('IW_HTTP_UNKNOWN_EXPORT', `There is no export ${id.slice(0, 60)}`)
  return found
}

/** The path of a file of an export; only names that the export lists. Throws `IW_HTTP_UNKNOWN_EXPORT`. */
export function exportedFile(dataFolder: string, id: string, name: string): string {
  const { folder, files } = findExport(dataFolder, id)
  if (!files.some((file) => file.name === name))
    throw new IwError('IW_HTTP_UNKNOWN_EXPORT', `The export ${id} has no file ${name.slice(0, 100)}`)
  return join(folder, name)
}

/** Throws `IW_HTTP_UNKNOWN_EXPORT`. */
export function removeExport(dataFolder: string, id: string): void {
  rmSync(findExport(dataFolder, id).folder, { recursive: true, force: true })
}

function namesIn(dataFolder: string): string[] {
  try {
    return readdirSync(exportsFolder(dataFolder))
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return []
    throw error
  }
}

/** What stands in an export of ours; one that somebody took files from, or damaged, is not offered. */
function read(folder: string): ExportView[] {
  try {
    const view = JSON.parse(readFileSync(join(folder, index), 'utf8')) as Omit<ExportView, 'folder'>
    return [{ ...view, folder }]
  } catch {
    return []
  }
}
