import type { Microseconds } from '#kernel'
import { Quality, type QualityName, qualityName } from '#model'
import type { LastReading } from '#ports'
import { valueView } from './value.ts'

/** A polled value is stale once this many of its intervals have passed without one. */
const staleAfterIntervals = 3

/** The quality of a last reading as of now: one that was good goes stale when its successors do not come. */
export function presentQuality(last: LastReading, everyMs: number | undefined, now: Microseconds): QualityName {
  const trusted = last.quality === Quality.good || last.quality === Quality.substituted
  const late = everyMs !== undefined && now - last.arrivedAt > staleAfterIntervals * everyMs * 1000
  return trusted && late ? 'stale' : qualityName(last.quality)
}

/** A last reading without saying of what. */
export function lastView(last: LastReading, everyMs: number | undefined, now: Microseconds) {
  const { value, time, arrivedAt, lastGood } = last
  const good = lastGood && last.quality !== Quality.good
  return {
    value: valueView(value),
    quality: presentQuality(last, everyMs, now),
    time,
    arrivedAt,
    ...(good && { lastGood: { value: valueView(lastGood.value), time: lastGood.time } }),
  }
}
