import type { Logger } from '#kernel'
import type { FileLayer } from '../files/file-layer.ts'
import type { PartEntry } from '../seal/manifest.ts'
import { changedParts, type PartsChange, withoutPart } from '../seal/parts-change.ts'
import type { Work } from '../seal/work.ts'
import { Catalogue } from './catalogue.ts'
import { fileNameOf } from './part-files.ts'

/** The parts as the main thread knows them: it follows the manifest, change after change, and has deleted what left. */
export class LiveParts {
  readonly catalogue: Catalogue
  readonly #log: Logger
  #work: Work | undefined
  /** Parts that were replaced or dropped: their files go when nobody reads them. */
  readonly #leaving = new Set<number>()
  readonly #aside = new Set<number>()
  readonly #asideNames: string[] = []

  constructor(files: FileLayer, folder: string, log: Logger) {
    const rebuilt = (path: string, why: Error) =>
      log.warn({ file: path, err: why }, 'the index of a part was lost or damaged: it is made again')
    this.catalogue = new Catalogue(files, folder, (part) => this.#gone(part), rebuilt)
    this.#log = log
  }

  /** Names of the parts that were set aside since the start. */
  get setAsideNames(): readonly string[] {
    return this.#asideNames
  }

  open(parts: readonly PartEntry[], work: Work): void {
    this.#work = work
    this.catalogue.replace(parts)
  }

  sealed(part: PartEntry): void {
    this.catalogue.replace([...this.catalogue.parts, part])
  }

  /** The manifest has changed so. */
  changed(change: PartsChange): void {
    for (const number of change.remove) this.#leaving.add(number)
    this.catalogue.replace(changedParts(this.catalogue.parts, change))
  }

  /** Takes a damaged part out of what is served, and moves it into quarantine. */
  async setAside(part: PartEntry, error: Error): Promise<void> {
    if (this.#aside.has(part.number) || this.#leaving.has(part.number)) return
    const name = fileNameOf(part)
    this.#aside.add(part.number)
    this.#asideNames.push(name)
    this.catalogue.replace(withoutPart(this.catalogue.parts, part))
    this.#log.error({ code: 'IW_HISTORIAN_CORRUPT', part: name, err: error }, 'a part is set aside')
    try {
      await this.#work!.setAside(part.number)
    } catch (failure) {
      this.#log.error({ part: name, err: failure }, 'a damaged part could not be moved away')
    }
  }

  close(): void {
    this.#work = undefined
    this.catalogue.close()
  }

  /** Where a file can not be deleted now it is at the next start. */
  #gone(part: PartEntry): void {
    if (!this.#leaving.delete(part.number)) return
    this.#work?.delete([part]).catch((error: unknown) => {
      this.#log.warn({ part: fileNameOf(part), err: error }, 'a file that is not needed any more is not deleted')
    })
  }
}
