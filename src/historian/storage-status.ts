import type { StorageStatus, Stored } from '#ports'
import type { PartEntry } from './seal/manifest.ts'

/** What the live parts add up to. */
export function storageOf(parts: readonly PartEntry[], quarantine: readonly string[]): StorageStatus {
  return {
    level0: sumOf(parts),
    days: { ...sumOf([]), days: 0 },
    minutes: sumOf([]),
    hours: sumOf([]),
    ...(parts.length > 0 && {
      oldest: parts.reduce((least, { minTime }) => Math.min(least, minTime), Number.POSITIVE_INFINITY),
      newest: parts.reduce((most, { maxTime }) => Math.max(most, maxTime), Number.NEGATIVE_INFINITY),
    }),
    quarantine: [...quarantine],
    retention: { rawDays: undefined, minuteDays: undefined, hourDays: undefined },
    expiredRows: 0,
  }
}

const sumOf = (parts: readonly PartEntry[]): Stored => ({
  files: parts.length,
  bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
  rows: parts.reduce((sum, { rows }) => sum + rows, 0),
})
