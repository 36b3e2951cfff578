import type { Tag, Value } from '#model'
import type { ReadingRow, Series } from '#ports'
import type { Block } from './native.ts'

/** Rows out of blocks of `selectRows`. */
export class Rows {
  readonly #tag: Tag
  #blocks: { readonly block: Block; readonly begin: number; readonly end: number }[] = []
  count = 0

  constructor(tag: Tag, blocks: readonly Block[] = []) {
    this.#tag = tag
    for (const block of blocks) this.add(block)
  }

  add(block: Block): void {
    this.#blocks.push({ block, begin: 0, end: block.rows })
    this.count += block.rows
  }

  /** Takes the first `most` rows out. */
  take(most: number, more: boolean): Series {
    const count = Math.min(most, this.count)
    const time = new Float64Array(count)
    const value = new Float64Array(count)
    const quality = new Uint8Array(count)
    const text: (string | null)[] = []
    const integer: (bigint | null)[] = []
    for (let at = 0; at < count; ) {
      const { block, begin, end } = this.#blocks.shift()!
      const until = Math.min(end, begin + count - at)
      const [times, values, qualities, texts, integers] = block.columns as Columns
      time.set(times.subarray(begin, until), at)
      value.set(values.subarray(begin, until), at)
      quality.set(qualities.subarray(begin, until), at)
      for (let row = begin; row < until; row++) {
        text.push(texts[row]!)
        integer.push(integers[row]!)
      }
      if (until < end) this.#blocks.unshift({ block, begin: until, end })
      at += until - begin
    }
    this.count -= count
    return {
      tag: this.#tag.id,
      count,
      time,
      value,
      quality,
      ...(this.#tag.type === 'string' && { text }),
      ...(this.#tag.type === 'integer' && integer.some((large) => large !== null) && { integer }),
      more,
    }
  }

  /** The first row, as rooms and surfaces speak of it. */
  first(): ReadingRow | undefined {
    const block = this.#blocks[0]?.block
    if (!block) return undefined
    const [time, value, quality, text, integer] = block.columns as Columns
    return {
      time: time[0]!,
      value: valueFrom(this.#tag, value[0]!, text[0] ?? integer[0] ?? undefined),
      quality: quality[0]!,
    }
  }
}

type Columns = readonly [Float64Array, Float64Array, Uint8Array, readonly (string | null)[], readonly (bigint | null)[]]

/** A value out of its number and what stands beside it where it is none. */
export function valueFrom({ type }: Pick<Tag, 'type'>, number: number, side: string | bigint | undefined): Value {
  if (side !== undefined) return side
  if (Number.isNaN(number)) return null
  return type === 'boolean' ? number !== 0 : number
}
