import { laneScale } from '../lane.ts'
import type { Series } from '../series.ts'
import type { Span } from './zoom.ts'

/** Index of the first time that is not before `at`. */
export function firstFrom(time: readonly number[], at: number): number {
  let low = 0
  let high = time.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (time[middle]! < at) low = middle + 1
    else high = middle
  }
  return low
}

/** Buckets that are seen in a range, with one on either side: [first, last). */
export function seen(series: Series, { from, to }: Span): [first: number, last: number] {
  const first = firstFrom(series.time, from - series.bucketUs)
  return [Math.max(0, first - 1), Math.min(series.time.length, firstFrom(series.time, to) + 1)]
}

/** Lowest and highest value within a range; undefined where there is none. */
export function extentIn(series: Series, span: Span): { min: number; max: number } | undefined {
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  // A bucket that ends where the range begins is not in it.
  const first = firstFrom(series.time, span.from - series.bucketUs + 1)
  const last = firstFrom(series.time, span.to)
  for (let index = first; index < last; index++) {
    const low = series.min[index]
    if (low === null || low === undefined) continue
    if (low < min) min = low
    const high = series.max[index]!
    if (high > max) max = high
  }
  return min <= max ? { min, max } : undefined
}

/** The value scale of lines that share an axis, with the normal band where it does not flatten them. */
export function scaleOf(
  lines: readonly { readonly series: Series; readonly shiftUs: number }[],
  view: Span,
  band: { readonly min: number; readonly max: number } | undefined,
): [number, number] {
  let min: number | null = null
  let max: number | null = null
  for (const { series, shiftUs } of lines) {
    const extent = extentIn(series, { from: view.from - shiftUs, to: view.to - shiftUs })
    if (!extent) continue
    min = min === null ? extent.min : Math.min(min, extent.min)
    max = max === null ? extent.max : Math.max(max, extent.max)
  }
  return laneScale(min, max, band)
}

/** The usual distance between two buckets that have readings: what a gap is measured by where no interval is known. */
function usualDistance(series: Series): number {
  const { time } = series
  const step = Math.max(1, Math.floor(time.length / 200))
  const distances: number[] = []
  for (let index = 1; index < time.length; index += step) distances.push(time[index]! - time[index - 1]!)
  distances.sort((a, b) => a - b)
  return distances[distances.length >> 1] ?? series.bucketUs
}

/** A hole longer than this is a gap: three intervals, and never less than two buckets. */
export function gapOf(series: Series, everyMs: number | undefined): number {
  const interval = everyMs === undefined ? usualDistance(series) : everyMs * 1000
  return Math.max(series.bucketUs * 2.01, interval * 3)
}

/** The bucket nearest a moment, where one is near enough to be its value. */
export function bucketAt(series: Series, at: number, gapUs: number): number | undefined {
  const next = firstFrom(series.time, at - series.bucketUs / 2)
  let best: number | undefined
  for (const index of [next - 1, next]) {
    const time = series.time[index]
    if (time === undefined || series.mean[index] === null) continue
    if (best === undefined || Math.abs(time - at) < Math.abs(series.time[best]! - at)) best = index
  }
  return best !== undefined && Math.abs(series.time[best]! + series.bucketUs / 2 - at) <= gapUs ? best : undefined
}
