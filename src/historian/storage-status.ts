import type { StorageStatus, Stored } from '#ports'
import type { PartEntry, PartKind } from './seal/manifest.ts'

type Kept = Pick<StorageStatus, 'level0' | 'days' | 'minutes' | 'hours' | 'oldest' | 'newest' | 'quarantine'>

/** What the live parts add up to. */
export function storageOf(parts: readonly PartEntry[], quarantine: readonly string[]): Kept {
  const of = (kind: PartKind) => parts.filter((part) => part.kind === kind)
  const raw = of('raw')
  return {
    level0: sumOf(of('level0')),
    days: { ...sumOf(raw), days: new Set(raw.map(({ day }) => day)).size },
    minutes: sumOf(of('minute')),
    hours: sumOf(of('hour')),
    ...(parts.length > 0 && {
      oldest: parts.reduce((least, { minTime }) => Math.min(least, minTime), Number.POSITIVE_INFINITY),
      newest: parts.reduce((most, { maxTime }) => Math.max(most, maxTime), Number.NEGATIVE_INFINITY),
    }),
    quarantine: [...quarantine],
  }
}

const sumOf = (parts: readonly PartEntry[]): Stored => ({
  files: parts.length,
  bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
  rows: parts.reduce((sum, { rows }) => sum + rows, 0),
})
