import type { TagId } from '#model'
import { isNewer, Quality, type ReadingBatch } from '#model/readings'
import type { LastReading, LastVisitor } from '#ports'

/**
 * Where the numbers of a tag are in its slot: side by side, so that a reading touches one line of the cache. Also the
 * layout of a snapshot: do not renumber. Times are NaN where there is no reading yet.
 */
const Slot = { time: 0, arrivedAt: 1, value: 2, quality: 3, goodTime: 4, goodValue: 5 } as const
/** Numbers in a slot; two are spare, so that none lies across two lines. */
export const slotNumbers = 8

/** A text or large integer beside the columns. */
export type SideValue = string | bigint

/**
 * The newest reading of every tag, and the newest good one, in typed arrays. Newest is by the earlier of device time and
 * arrival: a device whose clock runs ahead does not hold its tag. A row without a device time always counts as newer,
 * even where the clock of this machine was set back.
 */
export class LastValues {
  #slots = new Float64Array(64 * slotNumbers).fill(Number.NaN)
  /** Values that are not numbers, by tag: present where the newest (good) value is one. */
  readonly #side = new Map<TagId, SideValue>()
  readonly #goodSide = new Map<TagId, SideValue>()

  /** The slots by tag id. */
  get slots(): Float64Array {
    return this.#slots
  }
  get side(): Map<TagId, SideValue> {
    return this.#side
  }
  get goodSide(): Map<TagId, SideValue> {
    return this.#goodSide
  }

  /** Makes room for ids up to `highest`. */
  reserve(highest: TagId): void {
    if ((highest + 1) * slotNumbers <= this.#slots.length) return
    const grown = new Float64Array(2 ** Math.ceil(Math.log2(highest + 1)) * slotNumbers * 2).fill(Number.NaN)
    grown.set(this.#slots)
    this.#slots = grown
  }

  add(batch: ReadingBatch, highest: TagId): void {
    this.reserve(highest)
    if (batch.texts || batch.integers) this.#addWithSides(batch)
    else this.#addRows(batch)
  }

  #addRows(batch: ReadingBatch): void {
    const { tag, time, value, quality, arrivedAt, count } = batch
    const slots = this.#slots
    const hasSides = this.#side.size > 0 || this.#goodSide.size > 0
    for (let row = 0; row < count; row++) {
      const slot = tag[row]! * slotNumbers
      const when = time[row]!
      if (!isNewer(when, arrivedAt, slots[slot + Slot.time]!, slots[slot + Slot.arrivedAt]!)) continue
      const what = value[row]!
      const isGood = quality[row] === Quality.good && !Number.isNaN(what)
      slots[slot + Slot.time] = when
      slots[slot + Slot.arrivedAt] = arrivedAt
      slots[slot + Slot.value] = what
      slots[slot + Slot.quality] = quality[row]!
      if (isGood) {
        slots[slot + Slot.goodTime] = when
        slots[slot + Slot.goodValue] = what
      }
      if (hasSides) this.#forgetSides(tag[row]!, isGood)
    }
  }

  #forgetSides(tag: TagId, isGood: boolean): void {
    this.#side.delete(tag)
    if (isGood) this.#goodSide.delete(tag)
  }

  /** One row; `side` is its text or large integer. There is room for the tag. */
  addRow(tag: TagId, time: number, arrivedAt: number, value: number, quality: number, side?: SideValue): void {
    const slots = this.#slots
    const slot = tag * slotNumbers
    if (!isNewer(time, arrivedAt, slots[slot + Slot.time]!, slots[slot + Slot.arrivedAt]!)) return
    const isGood = quality === Quality.good && (side !== undefined || !Number.isNaN(value))
    slots[slot + Slot.time] = time
    slots[slot + Slot.arrivedAt] = arrivedAt
    slots[slot + Slot.value] = value
    slots[slot + Slot.quality] = quality
    if (isGood) {
      slots[slot + Slot.goodTime] = time
      slots[slot + Slot.goodValue] = value
    }
    if (this.#side.size > 0 || this.#goodSide.size > 0) this.#forgetSides(tag, isGood)
    if (side === undefined) return
    this.#side.set(tag, side)
    if (isGood) this.#goodSide.set(tag, side)
  }

  /** Row by row, taking the side value of a row with it. */
  #addWithSides(batch: ReadingBatch): void {
    const sides = new Map<number, SideValue>()
    batch.texts?.row.forEach((row, i) => void sides.set(row, batch.texts!.text[i]!))
    batch.integers?.row.forEach((row, i) => void sides.set(row, batch.integers!.integer[i]!))
    for (let row = 0; row < batch.count; row++) {
      const side = sides.get(row)
      this.addRow(batch.tag[row]!, batch.time[row]!, batch.arrivedAt, batch.value[row]!, batch.quality[row]!, side)
    }
  }

  /** The newest reading; `isBoolean` says how a number of the tag is to be read. */
  get(tag: TagId, isBoolean: boolean): LastReading | undefined {
    const slots = this.#slots
    const slot = tag * slotNumbers
    const time = slots[slot + Slot.time]
    if (time === undefined || Number.isNaN(time)) return undefined
    const goodTime = slots[slot + Slot.goodTime]!
    const last = {
      time,
      arrivedAt: slots[slot + Slot.arrivedAt]!,
      value: this.#side.get(tag) ?? numberOf(slots[slot + Slot.value]!, isBoolean),
      quality: slots[slot + Slot.quality]!,
    }
    if (Number.isNaN(goodTime)) return last
    const value = this.#goodSide.get(tag) ?? numberOf(slots[slot + Slot.goodValue]!, isBoolean)
    return { ...last, lastGood: { time: goodTime, value } }
  }

  /** Calls `visit` with the newest reading, where there is one. */
  visit(tag: TagId, isBoolean: boolean, visit: LastVisitor): void {
    const slots = this.#slots
    const slot = tag * slotNumbers
    const time = slots[slot + Slot.time]
    if (time === undefined || Number.isNaN(time)) return
    const side = this.#side.size === 0 ? undefined : this.#side.get(tag)
    visit(tag, time, side ?? numberOf(slots[slot + Slot.value]!, isBoolean), slots[slot + Slot.quality]!)
  }
}

const numberOf = (value: number, isBoolean: boolean): number | boolean | null =>
  Number.isNaN(value) ? null : isBoolean ? value !== 0 : value
