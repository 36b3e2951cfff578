/** Rows of one page; a power of two. */
export const pageRows = 16_384
export const pageBits = 14
const rowBytes = 21
export const pageBytes = pageRows * rowBytes

/** Columns of up to `pageRows` rows, in the order they were committed. */
export interface Page {
  readonly time: Float64Array
  /** Numbers; for string tags the code in the dictionary of the segment, from 0. */
  readonly value: Float64Array
  /** The row before of the same tag in the segment, plus one; 0 where there is none. */
  readonly previous: Int32Array
  readonly quality: Uint8Array
}

const keptPages = 32

/** Pages are used again: the head makes no garbage while it turns over. */
export class PagePool {
  readonly #spare: Page[] = []
  #inUse = 0

  /** Bytes of the pages in use. */
  get bytes(): number {
    return this.#inUse * pageBytes
  }

  take(): Page {
    this.#inUse++
    return this.#spare.pop() ?? newPage()
  }

  give(pages: readonly Page[]): void {
    this.#inUse -= pages.length
    for (const page of pages) if (this.#spare.length < keptPages) this.#spare.push(page)
  }
}

function newPage(): Page {
  const buffer = new ArrayBuffer(pageBytes)
  return {
    time: new Float64Array(buffer, 0, pageRows),
    value: new Float64Array(buffer, pageRows * 8, pageRows),
    previous: new Int32Array(buffer, pageRows * 16, pageRows),
    quality: new Uint8Array(buffer, pageRows * 20, pageRows),
  }
}
