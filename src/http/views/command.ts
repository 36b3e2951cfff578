import type { CommandRecord } from '#model'
import type { CommandView } from '../contract.ts'
import { valueView } from './value.ts'

/** The audit record of a command. */
export function commandView({ value, previous, readBack, ...record }: CommandRecord): CommandView {
  return {
    ...record,
    value: valueView(value),
    ...(previous !== undefined && { previous: valueView(previous) }),
    ...(readBack !== undefined && { readBack: valueView(readBack) }),
  }
}
