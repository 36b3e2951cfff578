/** A column of an answer. `type` is the engine's word for it: DOUBLE, VARCHAR, TIMESTAMP WITH TIME ZONE… */
export interface SqlColumn {
  readonly name: string
  readonly type: string
}

/**
 * Rows in columns. Numbers in typed arrays where no row is null; times in µs since the epoch as numbers; integers beyond
 * 2^53 as bigint; everything else as JSON would have it.
 */
export interface SqlBatch {
  readonly count: number
  readonly columns: readonly (ArrayLike<unknown> & Iterable<unknown>)[]
}

/** A table that a query may use beside those of the historian: its columns, and rows in columns. */
export interface SqlTable {
  readonly name: string
  readonly columns: readonly { readonly name: string; readonly type: 'VARCHAR' | 'DOUBLE' | 'BIGINT' | 'TIMESTAMPTZ' }[]
  readonly rows: readonly (readonly (string | number | null)[])[]
}

export interface SqlRequest {
  /** Exactly one SELECT over `readings`, `rollups`, `tags` and the tables handed in. */
  readonly sql: string
  /** Beside the historian's own: `things`. */
  readonly tables?: readonly SqlTable[]
  /** Most rows of the answer; more are cut off and told. */
  readonly maxRows: number
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

export interface SqlAnswer {
  readonly columns: readonly SqlColumn[]
  /** Batches as they come; ending it early cancels the query. Throws `IW_SQL_…`. */
  readonly batches: AsyncGenerator<SqlBatch, SqlEnd, undefined>
}

export interface SqlEnd {
  readonly rows: number
  /** True where `maxRows` cut the answer off. */
  readonly truncated: boolean
  readonly ms: number
}

/** What a copy into a file came to. */
export interface SqlCopy {
  readonly rows: number
  readonly bytes: number
}

/**
 * Read-only SQL over everything that was acknowledged before the query: head, sorted and merged parts, each (tag, time)
 * once. Tables: `readings` (thing, property, tag, time, value, quality, text, integer, arrived, unit), `rollups` (thing,
 * property, tag, level, time, min, max, mean, sum, count, first, last, worst), `tags` (tag, thing, property, type, unit).
 */
export interface SqlEngine {
  /** Throws `IW_SQL_REFUSED` (not one SELECT, or over something else), `IW_SQL_INVALID`, `_TIMEOUT`, `_MEMORY`, `_BUSY`. */
  query(request: SqlRequest): Promise<SqlAnswer>
  /** The answer as a file of its own, written beside and renamed. No limit of rows. `file` must not exist. */
  copy(request: Omit<SqlRequest, 'maxRows'>, file: string, format: 'parquet' | 'csv'): Promise<SqlCopy>
}
