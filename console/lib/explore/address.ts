import { shiftCalendar } from '../zoned.ts'
import type { Span } from './zoom.ts'

/** How the chosen properties are drawn. */
export type Layout = 'lanes' | 'over' | 'table' | 'wall'
/** What the range is compared with: the same range so much earlier, by the clock on the wall. */
export type Earlier = (typeof earlierKeys)[number]

export const earlierKeys = ['1h', '1d', '1w', '4w', '1y'] as const
/** More would be neither read nor drawn in time. */
export const linesAtMost = 50
/** As many as there are badges and colours; more are drawn small. */
export const lanesAtMost = 6

/** `thing/property`, as the address and the API name a property. Commas in ids stand behind a backslash. */
export const formatNames = (names: readonly string[]): string =>
  names.map((name) => name.replace(/[\\,]/g, '\\$&')).join(',')

/** Names without doubles, at most fifty. */
export function parseNames(text: string | undefined): string[] {
  const parts = (text ?? '').match(/(?:\\.|[^,\\])+/gs) ?? []
  return [...new Set(parts.map((part) => part.replace(/\\(.)/gs, '$1')))].slice(0, linesAtMost)
}

export function parseLayout(text: string | undefined, lines: number): Layout {
  const layout = text === 'over' || text === 'table' || text === 'wall' ? text : 'lanes'
  return lines > lanesAtMost && layout !== 'table' ? 'wall' : layout
}

export const parseEarlier = (text: string | undefined): Earlier | undefined => earlierKeys.find((key) => key === text)

/** What was selected, `from,to` in ISO 8601; nothing that cannot be read. */
export function parseSelection(text: string | undefined): Span | undefined {
  const [from, to] = (text ?? '').split(',').map((part) => Date.parse(part) * 1000)
  return from !== undefined && to !== undefined && from < to ? { from, to } : undefined
}

export const formatSelection = ({ from, to }: Span): string => `${isoTime(from)},${isoTime(to)}`

/** ISO 8601 in whole milliseconds. */
export const isoTime = (timeUs: number): string => new Date(Math.round(timeUs / 1000)).toISOString()

const steps: Readonly<Record<Earlier, { days?: number; years?: number; us?: number }>> = {
  '1h': { us: 3600e6 },
  '1d': { days: 1 },
  '1w': { days: 7 },
  '4w': { days: 28 },
  '1y': { years: 1 },
}

/** How much earlier that is, µs: a day that began before the clocks changed is an hour longer or shorter. */
export function earlierBy(earlier: Earlier, atUs: number, zone: string): number {
  const { us, days, years } = steps[earlier]
  if (us !== undefined) return us
  return atUs - shiftCalendar(atUs, zone, { days: -(days ?? 0), years: -(years ?? 0) })
}
