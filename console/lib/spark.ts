import { extentOf, isGap, type Series } from './series.ts'

export interface Point {
  readonly x: number
  readonly y: number
}
export interface Segment {
  readonly points: readonly Point[]
  /** Last known, not measured. */
  readonly dotted: boolean
}

export interface SparkFrame {
  readonly width: number
  readonly height: number
  readonly from: number
  readonly to: number
  readonly gapUs: number
  readonly band?: { readonly min: number; readonly max: number } | undefined
  readonly doubt: boolean
}

const padding = 3

/**
 * Where the line of a sparkline goes: unbroken stretches, then dotted from the last known value to now where the present
 * one is in doubt. A line that hardly moves is drawn in the middle, not blown up to full height.
 */
export function sparkSegments(
  series: Series,
  frame: SparkFrame,
): { segments: Segment[]; bandBox?: { top: number; bottom: number }; dot?: Point } {
  const extent = extentOf(series)
  if (!extent) return { segments: [] }
  const y = verticalScale(extent, frame)
  const x = (time: number) => ((time - frame.from) / (frame.to - frame.from)) * frame.width
  const stretches = stretchesOf(series, frame.gapUs)
  const segments: Segment[] = stretches.map((indexes) => ({
    points: indexes.map((index) => ({
      x: Math.max(0, Math.min(frame.width, x(series.time[index]! + series.bucketUs / 2))),
      y: y(series.last[index]!),
    })),
    dotted: false,
  }))
  const end = segments.at(-1)?.points.at(-1)
  if (!end) return { segments }
  const bandBox = frame.band && { top: y(frame.band.max), bottom: y(frame.band.min) }
  if (frame.doubt) segments.push({ points: [end, { x: frame.width, y: end.y }], dotted: true })
  return { segments, ...(bandBox && { bandBox }), ...(!frame.doubt && { dot: end }) }
}

/** Indexes of usable buckets, split where a gap lies between them. */
function stretchesOf(series: Series, gapUs: number): number[][] {
  const stretches: number[][] = []
  let broken = true
  for (const index of series.time.keys()) {
    const value = series.last[index]
    if (value === null || value === undefined) {
      broken = true
      continue
    }
    if (broken || isGap(series.time, index, gapUs)) stretches.push([])
    stretches.at(-1)!.push(index)
    broken = false
  }
  return stretches
}

function verticalScale(extent: { min: number; max: number }, { height, band }: SparkFrame): (value: number) => number {
  let { min, max } = extent
  if (band) {
    min = Math.min(min, band.min)
    max = Math.max(max, band.max)
  }
  const least = Math.max(Math.abs(max), Math.abs(min)) * 0.02 || 1
  if (max - min < least) {
    const middle = (max + min) / 2
    min = middle - least / 2
    max = middle + least / 2
  }
  return (value) => padding + (1 - (value - min) / (max - min)) * (height - 2 * padding)
}
