import { join } from 'node:path'
import type { FileLayer } from '../files/file-layer.ts'
import type { PartEntry } from '../seal/manifest.ts'
import { ColumnCache, ParquetReader } from './parquet/index.ts'
import { fileNameOf } from './part-files.ts'
import { PartReader } from './part-reader.ts'

/** The parts that were live when a reader began; they stay readable until `release`. */
export interface PinnedParts {
  readonly parts: readonly PartEntry[]
  release(): void
}

interface Generation {
  readonly parts: readonly PartEntry[]
  pins: number
}

const openParts = 64
/** Columns of Parquet files that are kept opened. */
const cacheBytes = 16 << 20

/**
 * The live parts, as one generation after another. A reader pins the one it began with; what a later one no longer lists is
 * let go (closed, and given to `gone`) when the last pin that could see it goes.
 */
export class Catalogue {
  readonly #files: FileLayer
  readonly #folder: string
  readonly #gone: (part: PartEntry) => void
  readonly #rebuilt: (path: string, why: Error) => void
  #live: Generation = { parts: [], pins: 0 }
  readonly #older = new Set<Generation>()
  /** Open readers, least recently used first. */
  readonly #readers = new Map<number, Promise<PartReader | ParquetReader>>()
  readonly #cache = new ColumnCache(cacheBytes)

  /** `rebuilt` is told where the index of a Parquet file had to be made again, and why. */
  constructor(
    files: FileLayer,
    folder: string,
    gone: (part: PartEntry) => void = () => {},
    rebuilt: (path: string, why: Error) => void = () => {},
  ) {
    this.#files = files
    this.#folder = folder
    this.#gone = gone
    this.#rebuilt = rebuilt
  }

  get parts(): readonly PartEntry[] {
    return this.#live.parts
  }

  /** Makes `parts` the live generation. */
  replace(parts: readonly PartEntry[]): void {
    const before = this.#live
    this.#live = { parts, pins: 0 }
    if (before.pins > 0) this.#older.add(before)
    else this.#letGo(before)
  }

  pin(): PinnedParts {
    const generation = this.#live
    generation.pins++
    let released = false
    return {
      parts: generation.parts,
      release: () => {
        if (released) return
        released = true
        generation.pins--
        if (generation.pins > 0 || generation === this.#live) return
        this.#older.delete(generation)
        this.#letGo(generation)
      },
    }
  }

  /** The reader of a level-0 part, open and in use: call `release` on it. Throws `IW_HISTORIAN_CORRUPT`. */
  reader(part: PartEntry): Promise<PartReader> {
    return this.#opened(part, (path) => PartReader.open(this.#files, path))
  }

  /** The reader of a part of another kind, likewise. */
  parquet(part: PartEntry): Promise<ParquetReader> {
    const options = { cache: this.#cache, onRebuilt: this.#rebuilt }
    return this.#opened(part, (path) => ParquetReader.open(this.#files, path, options))
  }

  async #opened<R extends PartReader | ParquetReader>(part: PartEntry, open: (path: string) => Promise<R>): Promise<R> {
    const { number } = part
    // A part has one kind, so its reader is always of the same one.
    const opening = (this.#readers.get(number) as Promise<R> | undefined) ?? open(join(this.#folder, fileNameOf(part)))
    this.#readers.delete(number)
    this.#readers.set(number, opening)
    this.#closeOldest()
    try {
      const reader = await opening
      reader.use()
      return reader
    } catch (error) {
      this.#readers.delete(number)
      throw error
    }
  }

  close(): void {
    for (const number of this.#readers.keys()) this.#close(number)
  }

  #closeOldest(): void {
    if (this.#readers.size <= openParts) return
    const [oldest] = this.#readers.keys()
    this.#close(oldest!)
  }

  #close(number: number): void {
    const opening = this.#readers.get(number)
    this.#readers.delete(number)
    opening?.then(
      (reader) => reader.close(),
      () => {},
    )
  }

  #letGo(generation: Generation): void {
    const seen = new Set<number>()
    for (const { parts } of [this.#live, ...this.#older]) for (const { number } of parts) seen.add(number)
    for (const part of generation.parts) {
      if (seen.has(part.number)) continue
      this.#close(part.number)
      this.#gone(part)
    }
  }
}
