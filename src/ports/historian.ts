import type { Microseconds } from '#kernel'
import type { ReadingBatch, Tag, TagDefinition, TagId, Value } from '#model'

/** What an acknowledgement says. `duplicate`: the batch was on disk already and was dropped. */
export interface Receipt {
  readonly duplicate: boolean
}

/** The newest reading of a tag, and the newest that had a value of good quality. */
export interface LastReading {
  readonly time: Microseconds
  readonly arrivedAt: Microseconds
  readonly value: Value
  readonly quality: number
  readonly lastGood?: { readonly time: Microseconds; readonly value: Value }
}

export type LastVisitor = (tag: TagId, time: Microseconds, value: Value, quality: number) => void

export interface RangeQuery {
  readonly tag: TagId
  /** µs, inclusive. */
  readonly from: Microseconds
  /** µs, exclusive. */
  readonly to: Microseconds
  /** Newest first when true. */
  readonly descending?: boolean
  /** At most this many rows (1–100,000). */
  readonly limit: number
}

/** Rows of one tag, strictly ordered by time, each time once. */
export interface Series {
  readonly tag: TagId
  readonly count: number
  readonly time: Float64Array
  readonly value: Float64Array
  readonly quality: Uint8Array
  /** By row; present for string tags. */
  readonly text?: readonly (string | null)[]
  /** By row; present for integer tags that carry values beyond 2^53. */
  readonly integer?: readonly (bigint | null)[]
  /** True where more rows follow in the range: go on from the last time. */
  readonly more: boolean
}

export interface TrendQuery {
  readonly tag: TagId
  readonly from: Microseconds
  readonly to: Microseconds
  /** Number of equal buckets (1–4,000), as many as there are pixels. */
  readonly buckets: number
}

/**
 * A numeric tag over a range, reduced to buckets that keep minimum and maximum. Only buckets with rows are given: a gap
 * stays a gap. `count` of usable values, `worst` quality of all rows in the bucket.
 */
export interface Trend {
  readonly tag: TagId
  /** Start of each bucket, µs. */
  readonly time: Float64Array
  readonly min: Float64Array
  readonly max: Float64Array
  readonly mean: Float64Array
  readonly last: Float64Array
  readonly count: Uint32Array
  readonly worst: Uint8Array
  readonly bucketUs: number
}

export interface HistorianStatus {
  readonly accepting: boolean
  /** Why nothing is acknowledged, where that is so. */
  readonly refusal?: {
    readonly code: 'IW_HISTORIAN_DISK_FULL' | 'IW_HISTORIAN_DISK_ERROR'
    readonly message: string
    readonly since: Microseconds
  }
  readonly tags: number
  /** Readings acknowledged since the start. */
  readonly readings: number
  readonly batches: number
  readonly duplicates: number
  readonly commits: number
  /** Time from append to acknowledgement, ms, over the last minute or so. */
  readonly acknowledgeMs: { readonly p50: number; readonly p99: number }
  readonly journalBytes: number
  readonly headBytes: number
  readonly headRows: number
  readonly parts: number
  readonly partBytes: number
  readonly freeBytes: number
  /** What the recovery at start found: rows replayed, bytes of a torn tail cut away, files set aside. */
  readonly recovery: { readonly rows: number; readonly tornBytes: number; readonly setAside: readonly string[] }
}

/**
 * Keeps readings. `append` is the point of acknowledgement: its promise resolves only after the batch is on disk, and
 * from then on every read sees it.
 */
export interface Historian {
  start(): Promise<void>
  /** Refuses new batches, waits for those under way, seals what it has to and closes its files. */
  stop(): Promise<void>
  /** Finds or makes the tags, in the order given; new ones are on disk when it resolves. Throws `IW_HISTORIAN_TYPE`. */
  defineTags(definitions: readonly TagDefinition[]): Promise<readonly Tag[]>
  findTag(thing: string, property: string): Tag | undefined
  tag(id: TagId): Tag | undefined
  /** Throws `IW_HISTORIAN_INVALID_BATCH`, `_TYPE`, `_UNKNOWN_TAG`, `_DISK_FULL`, `_DISK_ERROR`, `_BUSY`, `_STOPPED`. */
  append(batch: ReadingBatch): Promise<Receipt>
  last(tag: TagId): LastReading | undefined
  /** Calls `visit` with the newest reading of each tag that has one, in the order given. No object per reading: for streams. */
  eachLast(tags: ArrayLike<TagId>, visit: LastVisitor): void
  read(query: RangeQuery): Promise<Series>
  trend(query: TrendQuery): Promise<Trend>
  status(): HistorianStatus
  /** Calls `listener` with each batch once it is on disk, in the order of the journal. Returns how to stop. */
  onCommitted(listener: (batch: ReadingBatch) => void): () => void
}
