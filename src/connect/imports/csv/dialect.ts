import { Rows } from './rows.ts'

/** What stands between cells, around them and behind a row. */
export interface Dialect {
  readonly delimiter: string
  /** Empty where quotes mean nothing. */
  readonly quote: string
  readonly rowEnd: 'lf' | 'cr'
}

/** In the order of preference where several fit: a comma is often a decimal one. */
const delimiters = ['\t', ';', '|', ','] as const
const rowsLookedAt = 200
const rowEndBytes = 64 * 1024

/** Finds the dialect of a table by its first bytes (UTF-8); what is told wins. */
export function findDialect(
  sample: Buffer,
  told: { delimiter?: string | undefined; quote?: string | undefined },
): Dialect {
  const quote = told.quote ?? '"'
  const rowEnd = rowEndOf(sample, quote)
  if (told.delimiter !== undefined) return { delimiter: told.delimiter, quote, rowEnd }
  let best: { delimiter: string; score: number } = { delimiter: ',', score: 0 }
  for (const delimiter of delimiters) {
    const score = consistency(sample, { delimiter, quote, rowEnd })
    if (score > best.score + 0.001) best = { delimiter, score }
  }
  return { delimiter: best.delimiter, quote, rowEnd }
}

/** A CR that no LF follows ends rows where there are more of them outside quotes than LFs. */
function rowEndOf(sample: Buffer, quote: string): Dialect['rowEnd'] {
  const quoteByte = quote === '' ? -1 : quote.charCodeAt(0)
  let inQuotes = false
  let balance = 0
  for (let at = 0; at < Math.min(sample.length, rowEndBytes); at++) {
    const byte = sample[at]
    if (byte === quoteByte) inQuotes = !inQuotes
    else if (inQuotes) continue
    else if (byte === 0x0a) balance++
    else if (byte === 0x0d && sample[at + 1] !== 0x0a) balance--
  }
  return balance < 0 ? 'cr' : 'lf'
}

/** The share of rows that have the usual number of cells, the header among them; 0 where that is one. */
function consistency(sample: Buffer, dialect: Dialect): number {
  const counts = cellCounts(sample, dialect)
  const usual = usualCount(counts)
  if (usual < 2) return 0
  return counts.filter((count) => count === usual).length / counts.length
}

/** Cells of each of the first rows that are not blank. */
export function cellCounts(sample: Buffer, dialect: Dialect): number[] {
  const counts: number[] = []
  const rows = new Rows(sample, dialect, { position: 0, line: 1, isEnd: true })
  while (counts.length < rowsLookedAt && rows.next()) if (!rows.problem && !rows.isBlank) counts.push(rows.count)
  return counts
}

/** The number of cells most rows have; of several the greatest. */
export function usualCount(counts: readonly number[]): number {
  const times = new Map<number, number>()
  for (const count of counts) times.set(count, (times.get(count) ?? 0) + 1)
  let usual = 0
  for (const [count, seen] of times) {
    const most = times.get(usual) ?? 0
    if (seen > most || (seen === most && count > usual)) usual = count
  }
  return usual
}
