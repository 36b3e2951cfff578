import { cellCounts, type Dialect, findDialect, usualCount } from './dialect.ts'
import { decodeText, type Encoding, findEncoding } from './encoding.ts'
import { Rows } from './rows.ts'

/** The first rows of a file, as texts. */
export interface Sample {
  readonly encoding: Encoding
  readonly dialect: Dialect
  /** Lines before `rows`. */
  readonly linesBefore: number
  /** From the first row that has the usual number of cells on; all as long as the first. */
  readonly rows: readonly (readonly string[])[]
}

const mostRows = 5_000

/** Reads the first rows of a file; `told` wins over what is found. */
export function takeSample(
  head: Uint8Array,
  isWhole: boolean,
  told: {
    encoding?: string | undefined
    delimiter?: string | undefined
    quote?: string | undefined
    skipLines?: number | undefined
  },
): Sample {
  const encoding = findEncoding(head.subarray(0, 64 * 1024), told.encoding)
  const raw = head.subarray(encoding.mark)
  // A character cut in two at the end spoils the last row, which is not read unless it is whole.
  const { bytes } = decodeText(raw, encoding.name, 'lf', true)
  const dialect = findDialect(bytes, { quote: told.quote, delimiter: told.delimiter ?? saidDelimiter(bytes) })
  const usual = usualCount(cellCounts(bytes, dialect))
  const reader = new Rows(bytes, dialect, { position: 0, line: 1, isEnd: isWhole })
  const rows: string[][] = []
  let linesBefore = told.skipLines ?? 0
  while (rows.length < mostRows && reader.next()) {
    if (reader.line <= (told.skipLines ?? 0) || reader.problem || reader.isBlank) continue
    if (rows.length === 0 && told.skipLines === undefined && isPreamble(reader, usual)) continue
    if (rows.length === 0) linesBefore = reader.line - 1
    if (rows.length === 0 || reader.count >= rows[0]!.length) rows.push(reader.texts())
  }
  return { encoding, dialect, linesBefore, rows: rows.map((row) => row.slice(0, rows[0]!.length)) }
}

/** Excel takes and writes a first line `sep=;`. */
const saidDelimiter = (bytes: Buffer): string | undefined => /^sep=(.)\r?\n/i.exec(bytes.toString('latin1', 0, 7))?.[1]

/** What instruments write above the table: comments, and rows of fewer cells. */
const isPreamble = (rows: Rows, usual: number): boolean =>
  rows.count < usual ||
  (rows.line === 1 && /^sep=/i.test(rows.text(0))) ||
  (rows.text(0).startsWith('#') && rows.text(0).length > 1 && rows.count <= 2)
