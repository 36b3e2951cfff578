import type { ReadingBatch } from '#model'
import { IotMix, iotMixTags } from './iot-mix.ts'

const batchRows = 10_000
const secondUs = 1_000_000
/** 9,990 tags every 350 s and ten every second. */
const mixPerSecond = 9_990 / 350 + 10
export const dayUs = 86_400 * secondUs
/** 1 January 2026 UTC, where the data begins. */
export const beginUs = 1_767_225_600 * secondUs
export const monthDays = 30

/** Names of the series, the same for every program: number of the tag, and whether it is the one of the month. */
export const flowTag = iotMixTags + 1

export interface QueryData {
  /** Readings of the mix of 10,000 tags, and of the one 1 Hz tag that goes on for a month. */
  readonly mix: number
  readonly flow: number
  /** About when the mix ends, µs. */
  readonly mixEnd: number
  batches(): Generator<ReadingBatch>
}

/** The mix of 10,000 tags over its first days, and beside it one tag of 1 Hz over 30 days. Always the same readings. */
export function queryData(scale: number): QueryData {
  const mix = Math.max(batchRows, Math.round((1e7 * scale) / batchRows) * batchRows)
  const days = Math.max(1, Math.round(monthDays * Math.min(1, scale)))
  const flow = days * 86_400
  return {
    mix,
    flow,
    mixEnd: beginUs + (mix / mixPerSecond) * secondUs,
    *batches() {
      const generator = new IotMix(batchRows)
      for (let made = 0; made < mix; made += batchRows) yield generator.batch()
      yield* flowBatches(flow)
    },
  }
}

/** A flow in m³/h with a day's rhythm, noise of 0.01 and a standstill now and then. */
function* flowBatches(count: number): Generator<ReadingBatch> {
  let random = 7
  const next = () => {
    random ^= random << 13
    random ^= random >>> 17
    random ^= random << 5
    random >>>= 0
    return random
  }
  let drift = 0
  for (let made = 0; made < count; made += batchRows) {
    const rows = Math.min(batchRows, count - made)
    const time = new Float64Array(rows)
    const value = new Float64Array(rows)
    for (let row = 0; row < rows; row++) {
      const second = made + row
      drift += ((next() % 21) - 10) / 100
      drift *= 0.9995
      const daily = 3 * Math.sin((second / 86_400) * 2 * Math.PI)
      const stands = second % 40_000 < 900
      time[row] = beginUs + second * secondUs + (next() % 20) * 1000
      value[row] = stands ? 0 : Math.round((12 + daily + drift) * 100) / 100
    }
    yield {
      source: 'flow',
      sequence: made / batchRows + 1,
      arrivedAt: time[rows - 1]! + 50_000,
      count: rows,
      tag: new Int32Array(rows).fill(flowTag),
      time,
      value,
      quality: new Uint8Array(rows),
    }
  }
}
