import type { Microseconds } from '#kernel'
import type { ReadingBatch, Tag, TagDefinition, TagId, Value } from '#model'
import type { SqlEngine } from './sql.ts'

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

/** What fills the time between two readings: the value before it holds, or a straight line. */
export type Interpolation = 'previous' | 'linear'

/** Rows of a range of any length, in slices. */
export interface ScanQuery {
  readonly tag: TagId
  /** µs, inclusive. */
  readonly from: Microseconds
  /** µs, exclusive. */
  readonly to: Microseconds
  readonly descending?: boolean
}

export interface AggregateQuery {
  readonly tag: TagId
  /**
   * Where buckets begin, µs, ascending, and last where the last one ends: n + 1 edges for n buckets (1–100,000). They come
   * from `bucketEdges` of `#kernel`, which knows calendars and time zones.
   */
  readonly edges: Float64Array
  /** Also the mean over time, with this between the readings. */
  readonly timeWeighted?: Interpolation
}

/**
 * A numeric tag by buckets. Only buckets with rows are given, and, where the mean over time is asked for, those in which a
 * value held. Usable values are finite; the others count for `worst` only. NaN where there is no usable value.
 */
export interface Aggregates {
  readonly tag: TagId
  /** Which bucket: edges[bucket[i]] to edges[bucket[i] + 1]. Ascending. */
  readonly bucket: Int32Array
  readonly min: Float64Array
  readonly max: Float64Array
  readonly sum: Float64Array
  /** sum / count. */
  readonly mean: Float64Array
  readonly first: Float64Array
  readonly last: Float64Array
  /** Of the first and last usable value, µs. */
  readonly firstTime: Float64Array
  readonly lastTime: Float64Array
  readonly count: Uint32Array
  readonly worst: Uint8Array
  /**
   * ∫ value dt / time covered, over the part of the bucket in which there is a value: from the reading before it on, not
   * where a row without a value (null, no answer) says that there is none, and not beyond the newest reading of the tag.
   */
  readonly timeWeighted?: Float64Array
  /** Time covered, µs, beside `timeWeighted`. */
  readonly coveredUs?: Float64Array
  /** Rows read: of readings, and of rollups in their place. */
  readonly read: { readonly raw: number; readonly rollup: number }
}

/** One reading. */
export interface ReadingRow {
  readonly time: Microseconds
  readonly value: Value
  readonly quality: number
}

/** How long readings are kept, days; `undefined` is for ever. */
export interface Retention {
  readonly rawDays: number | undefined
  readonly minuteDays: number | undefined
  readonly hourDays: number | undefined
}

/** What a kind of file adds up to. */
export interface Stored {
  readonly files: number
  readonly bytes: number
  readonly rows: number
}

/** What is kept, and what is done to keep it: for people who run an instance. */
export interface StorageStatus {
  /** Sorted, not merged yet. */
  readonly level0: Stored
  /** Merged by UTC day, Parquet. */
  readonly days: Stored & { readonly days: number }
  readonly minutes: Stored
  readonly hours: Stored
  /** Of all parts, µs; absent where there is none. */
  readonly oldest?: Microseconds
  readonly newest?: Microseconds
  /** What is being merged. */
  readonly merging?: {
    readonly since: Microseconds
    readonly what: string
    readonly doneRows: number
    readonly rows: number
  }
  readonly lastMerge?: { readonly at: Microseconds; readonly rows: number; readonly ms: number; readonly cpuMs: number }
  readonly mergeFailure?: { readonly code: string; readonly message: string; readonly at: Microseconds }
  /** Files in quarantine, by name. */
  readonly quarantine: readonly string[]
  readonly retention: Retention
  /** Rows that retention took, since the start. */
  readonly expiredRows: number
}

export interface BackupOptions {
  /** Called now and then with what is done and what there is to do. */
  readonly onProgress?: (doneBytes: number, bytes: number) => void
  readonly signal?: AbortSignal
}

/** What a backup of readings holds: enough to prove a restore. */
export interface ReadingsBackup {
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[]
  readonly tags: number
  /** Rows in parts and journal. A row that came twice is counted twice. */
  readonly rows: number
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
  readonly storage: StorageStatus
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
  /**
   * Equal buckets over the range, at most as many as asked for. Where a bucket is six minutes (hours) or more it is made a
   * whole number of minutes (hours) long and begins at one, so that rollups can serve; the first then begins before `from`.
   * So it is, too, where nothing finer than minutes (hours) is kept of the range any more.
   */
  trend(query: TrendQuery): Promise<Trend>
  /** Rows of a range of any length; a slice is at most 16,384 rows. What it reads stays readable until it is ended. */
  scan(query: ScanQuery): AsyncGenerator<Series, void, undefined>
  /** The newest row before `time`. */
  before(tag: TagId, time: Microseconds): Promise<ReadingRow | undefined>
  /** Throws `IW_HISTORIAN_RANGE`, `_UNKNOWN_TAG`, and `_TYPE` for a string tag. */
  aggregate(query: AggregateQuery): Promise<Aggregates>
  /** All tags there are, by id. */
  tags(): readonly Tag[]
  /** Brings all that was acknowledged into its final form: seals the journal, merges what can be merged, applies retention. */
  settle(): Promise<void>
  /**
   * Copies everything acknowledged before the call into `folder` (which it makes), while everything goes on. Throws
   * `IW_HISTORIAN_UNSUPPORTED` where the engine has its own way.
   */
  backup(folder: string, options?: BackupOptions): Promise<ReadingsBackup>
  /** Read-only SQL over what is kept, where the engine offers it. */
  readonly sql?: SqlEngine
  status(): HistorianStatus
  /** Calls `listener` with each batch once it is on disk, in the order of the journal. Returns how to stop. */
  onCommitted(listener: (batch: ReadingBatch) => void): () => void
}
