import type { Tag } from '#model'
import type { SqlBatch, SqlColumn, SqlEnd, SqlTable } from '#ports'

/** A live part, as the SQL process needs it. Times in µs, both ends included. */
export interface SqlPart {
  readonly number: number
  readonly kind: 'level0' | 'raw' | 'minute' | 'hour'
  readonly rank: number
  readonly path: string
  readonly minTime: number
  readonly maxTime: number
  readonly minTag: number
  readonly maxTag: number
  readonly day?: string
}

/** Rows of a head segment, in the order they came. */
export interface HeadRows {
  readonly count: number
  readonly tag: Int32Array
  /** µs. */
  readonly time: Float64Array
  readonly value: Float64Array
  readonly quality: Uint8Array
  readonly text?: readonly (string | null)[]
  readonly integer?: readonly (bigint | null)[]
}

/** Of a head segment, so many rows. */
export interface HeadExtent {
  readonly segment: number
  readonly rows: number
}

/** What the SQL process holds already. It is a new one after every start. */
export interface Held {
  /** Of which start. */
  readonly boot: string
  readonly tags: number
  readonly head: readonly HeadExtent[]
}

export interface OpenAsk {
  readonly do: 'open'
  /** What the asker believes the process to hold; where it was started anew meanwhile, it says so. */
  readonly boot: string
  readonly sql: string
  readonly tables: readonly SqlTable[]
  readonly parts: readonly SqlPart[]
  readonly head: readonly HeadExtent[]
  readonly timeoutMs: number
  /** Absent for a copy. */
  readonly maxRows?: number
  readonly copy?: { readonly path: string; readonly format: 'parquet' | 'csv' }
}

export type SqlAsk =
  | { readonly do: 'have' }
  /** All tags from here on, as a new version. */
  | { readonly do: 'tags'; readonly version: number; readonly tags: readonly Tag[] }
  | { readonly do: 'head'; readonly segment: number; readonly rows: HeadRows }
  | OpenAsk
  | { readonly do: 'next'; readonly query: number }
  | { readonly do: 'close'; readonly query: number }

export interface Opened {
  readonly query: number
  readonly columns: readonly SqlColumn[]
}

export interface Copied {
  readonly rows: number
}

/** A batch, and with the last one the end. */
export interface Next {
  readonly batch?: SqlBatch
  readonly end?: SqlEnd
}

export type SqlReply = Held | Opened | Copied | Next | undefined
