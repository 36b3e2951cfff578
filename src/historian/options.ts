import type { Clock, Logger } from '#kernel'
import type { FileLayer } from './files/file-layer.ts'
import type { Thresholds } from './merge/plan.ts'
import { type FileBounds, rawGroupRows } from './merge/raw-run.ts'
import { keepForEver, type RetentionPolicy } from './merge/retention.ts'

/** What a historian is made of. Sizes and times have defaults that suit an instance of any size. */
export interface HistorianOptions {
  /** The folder of the readings; it is made where it is missing. */
  readonly folder: string
  readonly clock: Clock
  readonly log: Logger
  /** Memory for readings that are not in a part yet. */
  readonly headBytes?: number
  /** A segment of the journal ends before it would be longer. */
  readonly segmentBytes?: number
  /** A segment with readings in it is sealed at this age, full or not. */
  readonly segmentMs?: number
  /** Bytes of blocks that may wait to be acknowledged; more is refused as busy. */
  readonly inFlightBytes?: number
  /** Nothing is acknowledged where less is free. Default: 1 GiB or 2 % of the disk, whichever is more. */
  readonly reserveBytes?: number
  /** After a refusal: how often the disk is looked at again. */
  readonly probeEveryMs?: number
  /** How long readings are kept. Default: for ever. */
  readonly retention?: RetentionPolicy
  /** When parts are merged, where it is not as usual. */
  readonly mergeThresholds?: Partial<Thresholds>
  /** What one merged file holds at most. */
  readonly mergeFile?: FileBounds
  /** Other files than the machine's: everything then runs in this thread. For tests. */
  readonly files?: FileLayer
}

export interface Defaults {
  readonly headBytes: number
  readonly segmentBytes: number
  readonly segmentMs: number
  readonly inFlightBytes: number
  readonly probeEveryMs: number
  readonly retention: RetentionPolicy
  readonly mergeFile: FileBounds
}

export const defaults: Defaults = {
  headBytes: 48 * 2 ** 20,
  segmentBytes: 8 * 2 ** 20,
  segmentMs: 5 * 60_000,
  inFlightBytes: 64 * 2 ** 20,
  probeEveryMs: 1000,
  retention: keepForEver,
  // Seven full row groups.
  mergeFile: { rows: 7 * rawGroupRows, bytes: 32 * 2 ** 20 },
}
