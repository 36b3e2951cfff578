import type { Stretch } from './tally.ts'

/** What was read of a file and is not stored yet. */
export interface ReadStretch extends Stretch {
  readonly inDoubt: [key: string, time: number][]
  /** Why nothing after it can be read. */
  readonly stop?: string
  /** Resolves once its readings are on disk. */
  store(): Promise<void>
}
