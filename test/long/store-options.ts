import type { HistorianOptions } from '#historian'

/** Small segments, early merges, small files: everything that can happen happens in a second. */
export const storeOptions: Partial<HistorianOptions> = {
  segmentBytes: 48 * 1024,
  reserveBytes: 0,
  mergeThresholds: { parts: 3, runs: 3, jobRows: 60_000 },
  mergeFile: { rows: 15_000, bytes: 8 << 20 },
  retention: {
    ...{ rawDays: undefined, minuteDays: undefined, hourDays: undefined },
    classes: [{ match: '*/expiring', rawDays: 7, minuteDays: 14, hourDays: undefined }],
  },
}
