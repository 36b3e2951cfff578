import { crc32 } from 'node:zlib'
import { IwError, isIwError } from '#kernel'
import { realFiles } from '../files/real-files.ts'
import { type ParquetIndex, readIndex } from '../parts/parquet/index.ts'
import type { StoredPart } from './views.ts'

/** Read at once; a chunk of a column is rarely larger. */
const pieceBytes = 1 << 20

/**
 * Compares the bytes of merged parts with the checksums beside them, each once while this process lives: Parquet has none of
 * its own, and DuckDB gives wrong numbers for a flipped bit without a word. Costs far less than decoding the same bytes.
 */
export class SoundFiles {
  readonly #sound = new Set<number>()

  /** Throws `IW_HISTORIAN_CORRUPT` with the number in `detail.part`; anything else where the query is not wanted any more. */
  async check(parts: readonly StoredPart[], isWanted: () => boolean): Promise<void> {
    for (const part of parts) {
      // Level-0 parts were checked while they were written over, and those files have no checksums.
      if (part.days || this.#sound.has(part.number)) continue
      await this.#checkFile(part, isWanted)
      this.#sound.add(part.number)
    }
  }

  async #checkFile({ path, number }: StoredPart, isWanted: () => boolean): Promise<void> {
    const index = await indexOf(path)
    // Whoever reads the part next makes its index again, and says so.
    if (!index) return
    const file = realFiles.open(path, 'read')
    // Not shared: two queries may be checking at once.
    const piece = new Uint8Array(pieceBytes)
    try {
      for (const { chunks } of index.groups)
        for (const { offset, bytes, crc } of chunks) {
          if (!isWanted()) throw new Error('The query ended while its files were checked')
          let found = 0
          for (let done = 0; done < bytes; ) {
            const into = piece.subarray(0, Math.min(pieceBytes, bytes - done))
            const read = await file.readLater(into, offset + done)
            if (read === 0) break
            found = crc32(into.subarray(0, read), found)
            done += read
          }
          if (found !== crc)
            throw new IwError('IW_HISTORIAN_CORRUPT', `${path}: ${bytes} bytes at ${offset} are damaged`, {
              detail: { part: number },
            })
        }
    } finally {
      file.close()
    }
  }
}

async function indexOf(path: string): Promise<ParquetIndex | undefined> {
  try {
    return await readIndex(realFiles, path)
  } catch (error) {
    if (isIwError(error, 'IW_HISTORIAN_CORRUPT')) return undefined
    throw error
  }
}
