import type { ReadingBatch } from '#model'
import type { Historian } from '#ports'

const slowTags = 9_990
const fastTags = 10
const slowPeriodS = 350
export const iotMixTags = slowTags + fastTags

/**
 * The mix of a plant that reports by itself: 9,990 tags every 350 s and ten every second, with a jitter of up to 19 ms,
 * in order of time. Of ten tags one counts, two are binary, the rest walk in steps of 0.01; one reading in a thousand is not good.
 */
export class IotMix {
  readonly #rows: number
  readonly #values = new Float64Array(slowTags + fastTags + 1)
  #random = 42
  #second = 1_767_225_600
  #due: number[] = []
  #sequence = 0

  /** `rows`: how many a batch has. */
  constructor(rows: number) {
    this.#rows = rows
    for (let tag = 1; tag < this.#values.length; tag++) this.#values[tag] = isBinary(tag) ? 0 : 20 + (tag % 100)
  }

  batch(): ReadingBatch {
    const rows = this.#rows
    const tag = new Int32Array(rows)
    const time = new Float64Array(rows)
    const value = new Float64Array(rows)
    const quality = new Uint8Array(rows)
    for (let row = 0; row < rows; row++) {
      if (this.#due.length === 0) this.#nextSecond()
      const id = this.#due.pop()!
      tag[row] = id
      time[row] = this.#second * 1e6 + (this.#next() % 20) * 1000
      value[row] = this.#step(id)
      quality[row] = this.#next() % 1000 === 0 ? 1 : 0
    }
    return {
      source: 'iot-mix',
      sequence: ++this.#sequence,
      arrivedAt: this.#second * 1e6 + 50_000,
      count: rows,
      tag,
      time,
      value,
      quality,
    }
  }

  #nextSecond(): void {
    this.#second++
    for (let tag = fastTags + 1 + (this.#second % slowPeriodS); tag <= slowTags + fastTags; tag += slowPeriodS)
      this.#due.push(tag)
    for (let tag = fastTags; tag > 0; tag--) this.#due.push(tag)
  }

  #step(tag: number): number {
    const before = this.#values[tag]!
    const random = this.#next()
    let after = Math.round((before + ((random % 21) - 10) / 100) * 100) / 100
    if (isBinary(tag)) after = random % 200 === 0 ? 1 - before : before
    else if (tag % 10 === 3) after = before + (random % 8)
    this.#values[tag] = after
    return after
  }

  /** xorshift32 (13, 17, 5). */
  #next(): number {
    let x = this.#random
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#random = x >>> 0
    return this.#random
  }
}

const isBinary = (tag: number): boolean => tag % 10 === 1 || tag % 10 === 2

/** Tags 1 to 10,000, in the order of their ids. */
export async function defineIotMix(historian: Historian): Promise<void> {
  const definitions = Array.from({ length: slowTags + fastTags }, (_, index) => ({
    thing: `plant/line${index % 40}`,
    property: `p${index + 1}`,
    type: 'number' as const,
  }))
  await historian.defineTags(definitions)
}
