import type { SqlAnswerView } from '../contract.ts'
import type { Series } from '../series.ts'

/** A line of an answer: of one numeric column, and of one group where texts tell groups apart. */
interface SqlLine {
  readonly name: string
  readonly series: Series
}

export interface SqlChart {
  readonly from: number
  readonly to: number
  readonly lines: readonly SqlLine[]
  /** There were more groups than are drawn. */
  readonly more: number
}

const linesAtMost = 6

const isTime = (type: string): boolean => /^(TIMESTAMP|DATE)/.test(type)
const isNumber = (type: string): boolean => /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|REAL|DECIMAL)/.test(type)
const isText = (type: string): boolean => type === 'VARCHAR'

/** Times of an answer: µs, or what the language of the web calls a date. */
export function timeOf(cell: unknown): number | undefined {
  if (typeof cell === 'number') return cell
  if (typeof cell !== 'string') return undefined
  const parsed = Date.parse(/\d$/.test(cell) && cell.includes(' ') ? `${cell.replace(' ', 'T')}Z` : cell)
  return Number.isFinite(parsed) ? parsed * 1000 : undefined
}

const numberOf = (cell: unknown): number | null => {
  const number = typeof cell === 'number' ? cell : typeof cell === 'string' ? Number(cell) : Number.NaN
  return Number.isFinite(number) ? number : null
}

/**
 * An answer as lines over time: a column of times, and each column of numbers; where columns of text stand beside them, a line
 * a group. Undefined where there is nothing to draw.
 */
export function chartOf({ columns, rows }: SqlAnswerView): SqlChart | undefined {
  const at = columns.findIndex(({ type }) => isTime(type))
  const numbers = columns.flatMap(({ type, name }, index) => (isNumber(type) && name !== 'tag' ? [index] : []))
  if (at < 0 || numbers.length === 0 || rows.length < 2) return undefined
  const texts = columns.flatMap(({ type }, index) => (isText(type) ? [index] : []))
  const groups = new Map<string, { time: number; row: readonly unknown[] }[]>()
  for (const row of rows) {
    const time = timeOf(row[at])
    if (time === undefined) continue
    const key = texts.map((index) => String(row[index] ?? '')).join(' · ')
    const group = groups.get(key)
    if (group) group.push({ time, row })
    else groups.set(key, [{ time, row }])
  }
  const lines: SqlLine[] = []
  for (const [key, group] of groups) {
    group.sort((a, b) => a.time - b.time)
    for (const column of numbers)
      lines.push({
        name: [key, numbers.length > 1 || key === '' ? columns[column]!.name : ''].filter(Boolean).join(' · '),
        series: lineOf(group, column),
      })
  }
  const times = lines.flatMap(({ series }) => [series.time[0]!, series.time.at(-1)!])
  const [from, to] = [Math.min(...times), Math.max(...times)]
  if (!(from < to)) return undefined
  return { from, to, lines: lines.slice(0, linesAtMost), more: Math.max(0, lines.length - linesAtMost) }
}

function lineOf(group: readonly { time: number; row: readonly unknown[] }[], column: number): Series {
  const value = group.map(({ row }) => numberOf(row[column]))
  return {
    anchor: group[0]!.time,
    bucketUs: 0,
    time: group.map(({ time }) => time),
    min: value,
    max: value,
    mean: value,
    last: value,
    count: group.map(() => 1),
    worst: group.map(() => 'good'),
  }
}
