import type { RangeQuery, Series } from '#ports'
import type { RowPage } from '../parts/chunk.ts'
import { mergeRuns } from './merge.ts'
import type { RowSource } from './source.ts'

/** Collects up to `limit` rows, and knows whether there was one more. */
export class SeriesBuilder {
  readonly #limit: number
  readonly #descending: boolean
  #count = 0
  #more = false
  #time = new Float64Array(256)
  #value = new Float64Array(256)
  #quality = new Uint8Array(256)
  readonly #text: (string | null)[] | undefined
  #integer: (bigint | null)[] | undefined

  constructor(limit: number, isString: boolean, descending: boolean) {
    this.#limit = limit
    this.#descending = descending
    this.#text = isString ? [] : undefined
  }

  get count(): number {
    return this.#count
  }

  /** Takes rows [begin, end) of a page, as many as there is room for; false once there was one too many. */
  readonly take = (page: RowPage, begin: number, end: number): boolean => {
    const room = this.#limit - this.#count
    if (end - begin > room) this.#more = true
    if (this.#descending) this.#takeDescending(page, Math.max(begin, end - room), end)
    else this.#takeAscending(page, begin, Math.min(end, begin + room))
    return !this.#more
  }

  build(tag: number, more = this.#more): Series {
    const count = this.#count
    return {
      tag,
      count,
      time: this.#time.slice(0, count),
      value: this.#value.slice(0, count),
      quality: this.#quality.slice(0, count),
      ...(this.#text && { text: this.#text }),
      ...(this.#integer && { integer: this.#integer }),
      more,
    }
  }

  #takeAscending(page: RowPage, begin: number, end: number): void {
    const at = this.#reserve(end - begin)
    this.#time.set(page.time.subarray(begin, end), at)
    this.#value.set(page.value.subarray(begin, end), at)
    this.#quality.set(page.quality.subarray(begin, end), at)
    if (this.#text || page.integer || this.#integer)
      for (let row = begin; row < end; row++) this.#takeSides(page, row, at + row - begin)
  }

  #takeDescending(page: RowPage, begin: number, end: number): void {
    let at = this.#reserve(end - begin)
    for (let row = end - 1; row >= begin; row--, at++) {
      this.#time[at] = page.time[row]!
      this.#value[at] = page.value[row]!
      this.#quality[at] = page.quality[row]!
      this.#takeSides(page, row, at)
    }
  }

  #takeSides(page: RowPage, row: number, at: number): void {
    this.#text?.push(page.text?.[row] ?? null)
    const integer = page.integer?.[row] ?? null
    if (integer !== null) this.#integer ??= new Array<bigint | null>(at).fill(null)
    this.#integer?.push(integer)
  }

  /** Makes room for so many rows and returns where they go. */
  #reserve(rows: number): number {
    const at = this.#count
    this.#count = at + rows
    if (this.#count <= this.#time.length) return at
    const size = Math.min(this.#limit, Math.max(this.#count, this.#time.length * 4))
    const time = new Float64Array(size)
    const value = new Float64Array(size)
    const quality = new Uint8Array(size)
    time.set(this.#time)
    value.set(this.#value)
    quality.set(this.#quality)
    this.#time = time
    this.#value = value
    this.#quality = quality
    return at
  }
}

/** The rows of a tag in a range, strictly ordered, at most `limit`. */
export async function readSeries(sources: readonly RowSource[], query: RangeQuery, isString: boolean): Promise<Series> {
  const descending = query.descending ?? false
  const builder = new SeriesBuilder(query.limit, isString, descending)
  await mergeRuns(sources, { ...query, descending }, builder.take)
  return builder.build(query.tag)
}
