import { plant } from '../../lib/instance.ts'

/** Rows in parts, and those that are in memory and journal only. */
export function keptRows(): number {
  const { storage, headRows } = plant.system.value!.historian
  return storage.level0.rows + storage.days.rows + headRows
}
