/**
 * What a column holds, and in what:
 *
 * | kind      | values                                                              |
 * | --------- | ------------------------------------------------------------------- |
 * | `time`    | µs since the epoch, NaN where there is none                          |
 * | `number`  | doubles, NaN where there is none                                    |
 * | `integer` | doubles, NaN where there is none, and beyond 2^53 `large` beside it |
 * | `boolean` | 0 and 1, NaN where there is none                                    |
 * | `text`    | texts, null where there is none                                     |
 * | `word`    | indexes into `words`, −1 where there is none                        |
 */
export type ColumnKind = 'time' | 'number' | 'integer' | 'boolean' | 'text' | 'word'

/** A column of an answer that is a table. */
export interface Column {
  readonly name: string
  readonly kind: ColumnKind
  /** The few texts that a column of kind `word` holds. They do not change within an answer. */
  readonly words?: readonly string[]
}

/** The values of a column in one batch, as its kind says; `large` takes the place of the number of its row. */
export interface Values {
  readonly numbers?: ArrayLike<number>
  readonly texts?: readonly (string | null)[]
  readonly large?: readonly (bigint | null)[]
}

/** Some rows of a table, in its columns' order. */
export interface ColumnBatch {
  readonly count: number
  readonly columns: readonly Values[]
}

/** A table on its way: columns first, then rows as they are read. Ending it early ends what it reads from. */
export interface Table {
  readonly columns: readonly Column[]
  readonly batches: AsyncIterable<ColumnBatch>
}

/** Rows in a batch of text: about two milliseconds of work between two turns of the event loop. */
export const textSliceRows = 4_096
