import type { ReadingBatch, TagId } from '#model'
import { HeadSegment } from './head-segment.ts'
import { PagePool, pageBytes, pageRows } from './pages.ts'

/** What has been acknowledged and is not in a part yet: one head segment for each segment of the journal. */
export class Head {
  readonly #pool = new PagePool()
  #segments: HeadSegment[] = []

  get segments(): readonly HeadSegment[] {
    return this.#segments
  }

  get rows(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.rows, 0)
  }

  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.extraBytes, this.#pool.bytes)
  }

  /** Makes a committed batch visible. */
  add(segment: number, batch: ReadingBatch, highest: TagId): void {
    if (this.#segments.at(-1)?.number !== segment) this.#segments.push(new HeadSegment(segment, this.#pool))
    this.#segments.at(-1)!.add(batch, highest)
  }

  /** Forgets a segment that is in a part now. */
  remove(segment: number): void {
    const found = this.#segments.find(({ number }) => number === segment)
    this.#segments = this.#segments.filter((other) => other !== found)
    found?.leave()
  }
}

/** Bytes of pages that so many rows will take at most. */
export const bytesOfRows = (rows: number): number => Math.ceil(rows / pageRows) * pageBytes
