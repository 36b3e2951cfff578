import { isTimestamp, isZoned, kindOf, type ParquetPlan } from './plan.ts'

/** What is read of a file: the place of each column, and how DuckDB gives it. */
export interface Selected {
  /** Place in the file, by place in the answer. */
  readonly columns: readonly number[]
  readonly sql: string
}

/** The query that reads a file from a row on, in its order. */
export function selectRows(plan: ParquetPlan, path: string, fromRow: number): Selected {
  const columns = columnsOf(plan)
  const list = columns.map((index) => expression(plan, index)).join(', ')
  const where = fromRow > 0 ? ` WHERE file_row_number >= ${fromRow}` : ''
  return { columns, sql: `SELECT ${list} FROM ${fileOf(path)}${where}` }
}

export const fileOf = (path: string): string => `read_parquet(${textOf(path)}, file_row_number = true)`

/** A text and a name as SQL writes them. */
export const textOf = (text: string): string => `'${text.replaceAll("'", "''")}'`
export const nameOf = (name: string): string => `"${name.replaceAll('"', '""')}"`

function columnsOf({ time, qualityColumn, wide, long, own, header, textColumn, integerColumn }: ParquetPlan): number[] {
  if (own) return header.map((_, index) => index)
  const readings = wide
    ? wide.map(({ index }) => index)
    : [long!.thingColumn, long!.propertyColumn, long!.valueColumn, long!.unitColumn]
  const all = [time.columns[0], qualityColumn, textColumn, integerColumn, ...readings].filter(
    (index) => index !== undefined,
  )
  return [...new Set(all)]
}

function expression(plan: ParquetPlan, index: number): string {
  const column = nameOf(plan.header[index]!)
  if (index === plan.time.columns[0]) return timeExpression(plan, column)
  if (index === plan.qualityColumn) return plan.own ? `CAST(${column} AS DOUBLE)` : `CAST(${column} AS VARCHAR)`
  const type = plan.types[index]!
  if (isTimestamp(type)) return `CAST(epoch_us(CAST(${column} AS TIMESTAMP)) AS DOUBLE)`
  switch (kindOf(type)) {
    case 'number':
      return `CAST(${column} AS DOUBLE)`
    case 'integer':
      return `CAST(${column} AS BIGINT)`
    case 'boolean':
      return `CAST(CAST(${column} AS INTEGER) AS DOUBLE)`
    default:
      return `CAST(${column} AS VARCHAR)`
  }
}

/** µs as a double; texts stay texts. */
function timeExpression({ time: { as, columns }, types }: ParquetPlan, column: string): string {
  if (as.kind === 'text') return column
  if (as.kind === 'epoch') {
    const scale = { s: '* 1000000', ms: '* 1000', us: '* 1', ns: '/ 1000' }[as.unit]
    return `round(CAST(${column} AS DOUBLE) ${scale})`
  }
  const type = types[columns[0]]!
  return `CAST(epoch_us(${isZoned(type) ? column : `CAST(${column} AS TIMESTAMP)`}) AS DOUBLE)`
}
