/** The one time range of all pages. Live ranges end now; others stand still. Times in µs. */
export type TimeRange =
  | { readonly live: true; readonly spanUs: number }
  | { readonly live: false; readonly from: number; readonly to: number }

const minuteUs = 60e6
/** What the range list offers: the entry of the address and its length. */
export const rangePresets = [
  { key: '-15m', spanUs: 15 * minuteUs },
  { key: '-1h', spanUs: 60 * minuteUs },
  { key: '-8h', spanUs: 480 * minuteUs },
  { key: '-24h', spanUs: 1440 * minuteUs },
  { key: '-7d', spanUs: 10_080 * minuteUs },
  { key: '-30d', spanUs: 43_200 * minuteUs },
  { key: '-365d', spanUs: 525_600 * minuteUs },
] as const

const defaultSpanUs = 60 * minuteUs
const shortestUs = 1e6

const unitUs: Readonly<Record<string, number>> = { s: 1e6, m: minuteUs, h: 60 * minuteUs, d: 1440 * minuteUs }

/** Reads `from` and `to` of an address: `-1h` alone is live; ISO 8601 times stand still. What cannot be read is live. */
export function parseRange(from: string | null, to: string | null): TimeRange {
  const relative = /^-(\d{1,5})([smhd])$/.exec(from ?? '')
  if (relative && to === null) {
    const spanUs = Number(relative[1]) * unitUs[relative[2]!]!
    return { live: true, spanUs: Math.max(shortestUs, spanUs) }
  }
  const [start, end] = [Date.parse(from ?? '') * 1000, Date.parse(to ?? '') * 1000]
  if (Number.isFinite(start) && Number.isFinite(end) && end - start >= shortestUs)
    return { live: false, from: start, to: end }
  return { live: true, spanUs: defaultSpanUs }
}

export const spanOf = (r: TimeRange): number => (r.live ? r.spanUs : r.to - r.from)

/** Beginning and end of a range at a given now, µs. */
export const boundsAt = (r: TimeRange, nowUs: number): { from: number; to: number } =>
  r.live ? { from: nowUs - r.spanUs, to: nowUs } : { from: r.from, to: r.to }

const iso = (timeUs: number): string => new Date(timeUs / 1000).toISOString()

/** Entries of the address for a range. */
export function rangeQuery(r: TimeRange): { from: string; to: string | undefined } {
  if (!r.live) return { from: iso(r.from), to: iso(r.to) }
  return { from: liveKey(r.spanUs), to: undefined }
}

function liveKey(spanUs: number): string {
  for (const unit of ['d', 'h', 'm'] as const)
    if (spanUs % unitUs[unit]! === 0) return `-${spanUs / unitUs[unit]!}${unit}`
  return `-${Math.round(spanUs / 1e6)}s`
}

/** Moves the range by whole widths; panning back stops Live, panning past now starts it again. */
export function panRange(r: TimeRange, widths: number, nowUs: number): TimeRange {
  const { from, to } = boundsAt(r, nowUs)
  const span = to - from
  if (to + widths * span >= nowUs) return { live: true, spanUs: span }
  return { live: false, from: from + widths * span, to: to + widths * span }
}

/** Going live after a zoom takes the preset nearest above, so that the range has a name again. */
export function nearestPreset(spanUs: number): number {
  return rangePresets.find((preset) => preset.spanUs >= spanUs * 0.999)?.spanUs ?? rangePresets.at(-1)!.spanUs
}
