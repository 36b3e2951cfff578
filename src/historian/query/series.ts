import type { RangeQuery, Series } from '#ports'
import type { RowPage } from '../parts/chunk.ts'
import { mergeRows } from './merge.ts'
import type { RowSource } from './source.ts'

/** Collects up to `limit` rows, and knows whether there was one more. */
class SeriesBuilder {
  readonly #limit: number
  #count = 0
  #more = false
  #time = new Float64Array(256)
  #value = new Float64Array(256)
  #quality = new Uint8Array(256)
  readonly #text: (string | null)[] | undefined
  #integer: (bigint | null)[] | undefined

  constructor(limit: number, isString: boolean) {
    this.#limit = limit
    this.#text = isString ? [] : undefined
  }

  readonly take = (page: RowPage, row: number): boolean => {
    const at = this.#count
    if (at === this.#limit) {
      this.#more = true
      return false
    }
    if (at === this.#time.length) this.#grow()
    this.#time[at] = page.time[row]!
    this.#value[at] = page.value[row]!
    this.#quality[at] = page.quality[row]!
    this.#text?.push(page.text?.[row] ?? null)
    const integer = page.integer?.[row] ?? null
    if (integer !== null) this.#integer ??= new Array<bigint | null>(at).fill(null)
    this.#integer?.push(integer)
    this.#count = at + 1
    return true
  }

  build(tag: number): Series {
    const count = this.#count
    return {
      tag,
      count,
      time: this.#time.slice(0, count),
      value: this.#value.slice(0, count),
      quality: this.#quality.slice(0, count),
      ...(this.#text && { text: this.#text }),
      ...(this.#integer && { integer: this.#integer }),
      more: this.#more,
    }
  }

  #grow(): void {
    const size = Math.min(this.#limit, this.#time.length * 4)
    const time = new Float64Array(size)
    const value = new Float64Array(size)
    const quality = new Uint8Array(size)
    time.set(this.#time)
    value.set(this.#value)
    quality.set(this.#quality)
    this.#time = time
    this.#value = value
    this.#quality = quality
  }
}

/** The rows of a tag in a range, strictly ordered, at most `limit`. */
export async function readSeries(sources: readonly RowSource[], query: RangeQuery, isString: boolean): Promise<Series> {
  const builder = new SeriesBuilder(query.limit, isString)
  await mergeRows(sources, { ...query, descending: query.descending ?? false }, builder.take)
  return builder.build(query.tag)
}
