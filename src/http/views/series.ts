import { qualityName, type Tag } from '#model'
import type { Series, Trend } from '#ports'
import type { TrendPage } from '../contract.ts'
import { jsonNumber, numberOrNull } from './value.ts'

/** The value of one row of a series as JSON text, as its tag's type means it; the sign of a zero is kept. */
export function jsonValue(series: Series, type: Tag['type'], row: number): string {
  if (type === 'string') return JSON.stringify(series.text?.[row] ?? null)
  const large = series.integer?.[row]
  if (large !== undefined && large !== null) return `"${large}"`
  const number = series.value[row]!
  if (type === 'boolean' && Number.isFinite(number)) return number === 0 ? 'false' : 'true'
  return jsonNumber(number)
}

export const rowQuality = ({ quality }: Series, row: number) => qualityName(quality[row]!)

export function trendView(tag: Tag, trend: Trend): TrendPage['trends'][number] {
  const { id, thing, property, unit } = tag
  return {
    tag: id,
    thing,
    property,
    ...(unit !== undefined && { unit }),
    bucketUs: trend.bucketUs,
    time: Array.from(trend.time),
    min: Array.from(trend.min, numberOrNull),
    max: Array.from(trend.max, numberOrNull),
    mean: Array.from(trend.mean, numberOrNull),
    last: Array.from(trend.last, numberOrNull),
    count: Array.from(trend.count),
    quality: Array.from(trend.worst, qualityName),
  }
}
