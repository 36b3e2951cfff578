import type { HistorianStatus } from '#ports'

const nothing = { files: 0, bytes: 0, rows: 0 }

/** The state of a historian that keeps nothing on a disk. */
export const plainStatus: HistorianStatus = {
  accepting: true,
  tags: 0,
  readings: 0,
  batches: 0,
  duplicates: 0,
  commits: 0,
  acknowledgeMs: { p50: 1, p99: 2 },
  journalBytes: 0,
  headBytes: 0,
  headRows: 0,
  parts: 0,
  partBytes: 0,
  freeBytes: 1e9,
  storage: {
    level0: nothing,
    days: { ...nothing, days: 0 },
    minutes: nothing,
    hours: nothing,
    quarantine: [],
    retention: { rawDays: undefined, minuteDays: undefined, hourDays: undefined },
    expiredRows: 0,
  },
  recovery: { rows: 0, tornBytes: 0, setAside: [] },
}
