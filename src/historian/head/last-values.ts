import { Quality, type ReadingBatch, type TagId } from '#model'
import type { LastReading } from '#ports'

/** A device time further ahead of its arrival than this counts as the time of arrival. */
const aheadUs = 10 * 60 * 1e6

/** The columns of the table, by tag id; also what a snapshot of it holds. */
export interface LastColumns {
  time: Float64Array
  arrivedAt: Float64Array
  value: Float64Array
  quality: Uint8Array
  goodTime: Float64Array
  goodValue: Float64Array
}

/** A text or large integer beside the columns. */
export type SideValue = string | bigint

const emptyColumns = (size: number): LastColumns => ({
  time: new Float64Array(size).fill(Number.NaN),
  arrivedAt: new Float64Array(size),
  value: new Float64Array(size),
  quality: new Uint8Array(size),
  goodTime: new Float64Array(size).fill(Number.NaN),
  goodValue: new Float64Array(size),
})

/**
 * The newest reading of every tag, and the newest good one, in typed arrays. Newest is by the earlier of device time and
 * arrival: a device whose clock runs ahead does not hold its tag. A row without a device time always counts as newer,
 * even where the clock of this machine was set back.
 */
export class LastValues {
  #columns = emptyColumns(64)
  /** Values that are not numbers, by tag: present where the newest (good) value is one. */
  readonly #side = new Map<TagId, SideValue>()
  readonly #goodSide = new Map<TagId, SideValue>()

  get columns(): LastColumns {
    return this.#columns
  }
  get side(): Map<TagId, SideValue> {
    return this.#side
  }
  get goodSide(): Map<TagId, SideValue> {
    return this.#goodSide
  }

  /** Makes room for ids up to `highest`. */
  reserve(highest: TagId): void {
    const size = this.#columns.time.length
    if (highest < size) return
    const grown = emptyColumns(2 ** Math.ceil(Math.log2(highest + 1)))
    for (const name of Object.keys(grown) as (keyof LastColumns)[]) grown[name].set(this.#columns[name])
    this.#columns = grown
  }

  add(batch: ReadingBatch, highest: TagId): void {
    this.reserve(highest)
    if (batch.texts || batch.integers) this.#addWithSides(batch)
    else this.#addRows(batch, 0, batch.count)
  }

  #addRows(batch: ReadingBatch, from: number, to: number): void {
    const { tag, time, value, quality, arrivedAt } = batch
    const last = this.#columns
    for (let row = from; row < to; row++) {
      const id = tag[row]!
      const when = time[row]!
      if (!isNewer(when, arrivedAt, last.time[id]!, last.arrivedAt[id]!)) continue
      const what = value[row]!
      last.time[id] = when
      last.arrivedAt[id] = arrivedAt
      last.value[id] = what
      last.quality[id] = quality[row]!
      if (quality[row] === Quality.good && !Number.isNaN(what)) {
        last.goodTime[id] = when
        last.goodValue[id] = what
        if (this.#goodSide.size > 0) this.#goodSide.delete(id)
      }
      if (this.#side.size > 0) this.#side.delete(id)
    }
  }

  /** Row by row, taking the side value of a row with it. */
  #addWithSides(batch: ReadingBatch): void {
    const sides = new Map<number, SideValue>()
    batch.texts?.row.forEach((row, i) => void sides.set(row, batch.texts!.text[i]!))
    batch.integers?.row.forEach((row, i) => void sides.set(row, batch.integers!.integer[i]!))
    const last = this.#columns
    for (let row = 0; row < batch.count; row++) {
      const id = batch.tag[row]!
      const side = sides.get(row)
      const newer = isNewer(batch.time[row]!, batch.arrivedAt, last.time[id]!, last.arrivedAt[id]!)
      this.#addRows(batch, row, row + 1)
      if (side === undefined || !newer) continue
      this.#side.set(id, side)
      if (batch.quality[row] !== Quality.good) continue
      last.goodTime[id] = batch.time[row]!
      last.goodValue[id] = Number.NaN
      this.#goodSide.set(id, side)
    }
  }

  /** The newest reading; `isBoolean` says how a number of the tag is to be read. */
  get(tag: TagId, isBoolean: boolean): LastReading | undefined {
    const last = this.#columns
    const time = last.time[tag]
    if (time === undefined || Number.isNaN(time)) return undefined
    const goodTime = last.goodTime[tag]!
    const read = (value: number) => (Number.isNaN(value) ? null : isBoolean ? value !== 0 : value)
    return {
      time,
      arrivedAt: last.arrivedAt[tag]!,
      value: this.#side.get(tag) ?? read(last.value[tag]!),
      quality: last.quality[tag]!,
      ...(!Number.isNaN(goodTime) && {
        lastGood: { time: goodTime, value: this.#goodSide.get(tag) ?? read(last.goodValue[tag]!) },
      }),
    }
  }
}

/** Whether a reading takes the place of the last one, whose time is NaN where there is none. */
function isNewer(time: number, arrivedAt: number, lastTime: number, lastArrivedAt: number): boolean {
  if (time === arrivedAt || Number.isNaN(lastTime)) return true
  // The clock of this machine was set back: what came before it is no measure any more.
  if (arrivedAt < lastArrivedAt - aheadUs) return true
  const order = Math.min(time, arrivedAt)
  const lastOrder = Math.min(lastTime, lastArrivedAt)
  if (order !== lastOrder) return order > lastOrder
  return believed(time, arrivedAt) >= believed(lastTime, lastArrivedAt)
}

const believed = (time: number, arrivedAt: number): number => (time > arrivedAt + aheadUs ? arrivedAt : time)
