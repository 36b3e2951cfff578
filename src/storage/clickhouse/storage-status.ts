import type { StorageStatus } from '#ports'
import type { Link } from './link.ts'

const nothing = { files: 0, bytes: 0, rows: 0 }
const forEver = { rawDays: undefined, minuteDays: undefined, hourDays: undefined }

/** Of a database nothing is known of yet. Merging, rollups and retention are the server's own business. */
export const unknownStorage: StorageStatus = {
  level0: nothing,
  days: { ...nothing, days: 0 },
  minutes: nothing,
  hours: nothing,
  quarantine: [],
  retention: forEver,
  expiredRows: 0,
}

export interface Kept {
  readonly storage: StorageStatus
  readonly freeBytes: number
}

/** Asks the server's own tables for what it keeps; a user who may not read them sees nothing there. */
export async function askKept(link: Link, database: string): Promise<Kept> {
  const parts = await numbers(
    link,
    'SELECT toFloat64(count()), toFloat64(sum(bytes_on_disk)), toFloat64(sum(rows)), ' +
      'toFloat64(toUnixTimestamp(min(min_time))), toFloat64(toUnixTimestamp(max(max_time))), ' +
      "toFloat64(sum(greatest(1, dateDiff('day', min_time, max_time) + 1))) " +
      `FROM system.parts WHERE database = '${database}' AND table = 'readings' AND active`,
  )
  const [free = 0] = await numbers(link, 'SELECT toFloat64(min(unreserved_space)) FROM system.disks')
  const [files = 0, bytes = 0, rows = 0, oldest = 0, newest = 0, days = 0] = parts
  const span = rows > 0 && { oldest: oldest * 1e6, newest: newest * 1e6 }
  return { freeBytes: free, storage: { ...unknownStorage, days: { files, bytes, rows, days }, ...span } }
}

async function numbers(link: Link, sql: string): Promise<readonly number[]> {
  try {
    return ((await link.rows(sql))[0]?.columns ?? []).map((column) => column[0] as number)
  } catch {
    return []
  }
}
