import { isNewer, Quality, type ReadingBatch, type Tag, type TagId } from '#model'
import type { LastReading } from '#ports'
import {
  type Block,
  bytesOf,
  type EncodedColumn,
  encodeBlock,
  nullableFloat64s,
  nullableInt64s,
  nullableStrings,
} from './native.ts'
import { valueFrom } from './series.ts'

type Side = string | bigint | undefined

interface Newest {
  time: number
  arrivedAt: number
  value: number
  side: Side
  quality: number
  /** Of the newest of good quality; NaN where there is none. */
  goodTime: number
  goodValue: number
  goodSide: Side
}

/** The newest reading of every tag and the newest good one, in memory: asked for far more often than anything else. */
export class NewestReadings {
  readonly #byTag = new Map<TagId, Newest>()
  /** Tags that changed since they were last written. */
  readonly #changed = new Set<TagId>()

  addBatch({ count, tag, time, value, quality, arrivedAt, texts, integers }: ReadingBatch): void {
    const sides = new Map<number, string | bigint>()
    texts?.row.forEach((row, i) => void sides.set(row, texts.text[i]!))
    integers?.row.forEach((row, i) => void sides.set(row, integers.integer[i]!))
    for (let row = 0; row < count; row++)
      this.#add(tag[row]!, time[row]!, arrivedAt, value[row]!, quality[row]!, sides.get(row))
  }

  /** Rows of `selectSince`: what came after the snapshot, in the order in which it came. */
  addRows({ rows, columns }: Block): void {
    const [tag, time, value, quality, text, integer, arrived] = columns as never as [
      Int32Array,
      Float64Array,
      Float64Array,
      Uint8Array,
      readonly (string | null)[],
      readonly (bigint | null)[],
      Float64Array,
    ]
    for (let row = 0; row < rows; row++)
      this.#add(
        tag[row]!,
        time[row]!,
        arrived[row]!,
        value[row]!,
        quality[row]!,
        text[row] ?? integer[row] ?? undefined,
      )
  }

  get(tag: Tag): LastReading | undefined {
    const newest = this.#byTag.get(tag.id)
    if (!newest) return undefined
    const { time, arrivedAt, value, side, quality, goodTime, goodValue, goodSide } = newest
    const last = { time, arrivedAt, value: valueFrom(tag, value, side), quality }
    if (Number.isNaN(goodTime)) return last
    return { ...last, lastGood: { time: goodTime, value: valueFrom(tag, goodValue, goodSide) } }
  }

  /** The snapshot of what changed since the last one; undefined where nothing did. It counts as written. */
  takeChanged(seq: bigint): Buffer | undefined {
    if (this.#changed.size === 0) return undefined
    const block = encodeNewest([...this.#changed], (tag) => this.#byTag.get(tag)!, seq)
    this.#changed.clear()
    return block
  }

  /** All count as changed again: the snapshot could not be written. */
  forgetWritten(): void {
    for (const tag of this.#byTag.keys()) this.#changed.add(tag)
  }

  /** Rows of `selectNewest`. */
  load({ rows, columns }: Block): void {
    const at = (column: number, row: number) => columns[column]![row] as never
    for (let row = 0; row < rows; row++)
      this.#byTag.set(at(0, row), {
        time: at(1, row),
        arrivedAt: at(2, row),
        value: at(3, row),
        quality: at(4, row),
        side: at(5, row) ?? at(6, row) ?? undefined,
        goodTime: at(7, row) ?? Number.NaN,
        goodValue: at(8, row),
        goodSide: at(9, row) ?? at(10, row) ?? undefined,
      })
  }

  #add(tag: TagId, time: number, arrivedAt: number, value: number, quality: number, side: Side): void {
    const last = this.#byTag.get(tag)
    if (last && !isNewer(time, arrivedAt, last.time, last.arrivedAt)) return
    const newest = last ?? emptyNewest()
    if (!last) this.#byTag.set(tag, newest)
    newest.time = time
    newest.arrivedAt = arrivedAt
    newest.value = value
    newest.side = side
    newest.quality = quality
    if (quality === Quality.good && (side !== undefined || !Number.isNaN(value))) {
      newest.goodTime = time
      newest.goodValue = value
      newest.goodSide = side
    }
    this.#changed.add(tag)
  }
}

const emptyNewest = (): Newest => ({
  time: Number.NaN,
  arrivedAt: Number.NaN,
  value: Number.NaN,
  side: undefined,
  quality: 0,
  goodTime: Number.NaN,
  goodValue: Number.NaN,
  goodSide: undefined,
})

/** In the order that `load` reads. */
export const selectNewest = (database: string): string =>
  'SELECT tag, time, arrived, value, quality, text, integer, good_time, good_value, good_text, good_integer ' +
  `FROM \`${database}\`.last_readings FINAL`

function encodeNewest(tags: readonly TagId[], of: (tag: TagId) => Newest, seq: bigint): Buffer {
  const all = tags.map(of)
  const number = (name: string, pick: (newest: Newest) => number): EncodedColumn => ({
    name,
    type: 'Float64',
    parts: [bytesOf(Float64Array.from(all, pick))],
  })
  const text = (name: string, pick: (newest: Newest) => Side): EncodedColumn => ({
    name,
    type: 'Nullable(String)',
    parts: nullableStrings(all.map((newest) => onlyText(pick(newest)))),
  })
  const integer = (name: string, pick: (newest: Newest) => Side): EncodedColumn => ({
    name,
    type: 'Nullable(Int64)',
    parts: nullableInt64s(all.map((newest) => onlyInteger(pick(newest)))),
  })
  const goodTimes = all.map(({ goodTime }) => (Number.isNaN(goodTime) ? null : goodTime))
  return encodeBlock(all.length, [
    { name: 'tag', type: 'Int32', parts: [bytesOf(Int32Array.from(tags))] },
    number('time', ({ time }) => time),
    number('arrived', ({ arrivedAt }) => arrivedAt),
    number('value', ({ value }) => value),
    { name: 'quality', type: 'UInt8', parts: [Uint8Array.from(all, ({ quality }) => quality)] },
    text('text', ({ side }) => side),
    integer('integer', ({ side }) => side),
    { name: 'good_time', type: 'Nullable(Float64)', parts: nullableFloat64s(goodTimes) },
    number('good_value', ({ goodValue }) => goodValue),
    text('good_text', ({ goodSide }) => goodSide),
    integer('good_integer', ({ goodSide }) => goodSide),
    { name: 'seq', type: 'UInt64', parts: [bytesOf(new BigUint64Array(all.length).fill(seq))] },
  ])
}

const onlyText = (side: Side): string | null => (typeof side === 'string' ? side : null)
const onlyInteger = (side: Side): bigint | null => (typeof side === 'bigint' ? side : null)
