import type { DuckDBConnection } from '@duckdb/node-api'
import type { SqlNode } from '#sandbox'
import type { Bounds } from './views.ts'

export const unbounded: Bounds = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }

const tables = ['readings', 'rollups']
/** What is folded a moment before the query runs may be a little off (`now()`); files are of whole days. */
const slackUs = 3_600e6

/**
 * The times that a query can be about, read from its WHERE, so that files of other days are not even opened. Only what is
 * sure to leave every answer as it is counts: each SELECT that has `readings` or `rollups` in it must have that table alone
 * (beside tables without readings, in plain joins) and compare `time` with something fixed, at the top of its WHERE. Anything else leaves the query unbounded.
 */
export async function timeBounds(connection: DuckDBConnection, statement: SqlNode): Promise<Bounds> {
  let all: Bounds | undefined
  for (const select of selectsOf(statement)) {
    const alias = soleTable(select['from_table'] as SqlNode)
    if (alias === undefined) continue
    const bounds = alias === null ? unbounded : await boundsOf(connection, select['where_clause'] as SqlNode, alias)
    all = all ? { from: Math.min(all.from, bounds.from), to: Math.max(all.to, bounds.to) } : bounds
  }
  return all ?? unbounded
}

function* selectsOf(value: unknown): Generator<SqlNode> {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value) && (value as SqlNode)['type'] === 'SELECT_NODE') yield value as SqlNode
  for (const one of Object.values(value)) yield* selectsOf(one)
}

/** The alias of the one table of readings in a FROM; undefined where there is none, null where it cannot be told. */
function soleTable(from: SqlNode | undefined): string | null | undefined {
  if (!from) return undefined
  if (from['type'] === 'BASE_TABLE') {
    const name = String(from['table_name']).toLowerCase()
    if (!tables.includes(name)) return undefined
    return from['sample'] ? null : String(from['alias'] ?? name).toLowerCase()
  }
  if (from['type'] === 'PIVOT') return namesReadings(from) ? null : undefined
  if (from['type'] !== 'JOIN') return undefined
  const left = soleTable(from['left'] as SqlNode)
  const right = soleTable(from['right'] as SqlNode)
  if (left === undefined && right === undefined) return undefined
  const plain =
    ['INNER', 'LEFT'].includes(String(from['join_type'])) && ['REGULAR', 'CROSS'].includes(String(from['ref_type']))
  if (!plain || (left !== undefined && right !== undefined)) return null
  return left ?? right
}

const namesReadings = (node: SqlNode): boolean => /"table_name":"(readings|rollups)"/i.test(JSON.stringify(node))

async function boundsOf(connection: DuckDBConnection, where: SqlNode | undefined, alias: string): Promise<Bounds> {
  let { from, to } = unbounded
  for (const one of conjuncts(where)) {
    const { above, below } = comparison(one, alias)
    if (above) from = Math.max(from, (await fold(connection, above)) - slackUs)
    if (below) to = Math.min(to, (await fold(connection, below)) + slackUs)
  }
  return {
    from: Number.isNaN(from) ? Number.NEGATIVE_INFINITY : from,
    to: Number.isNaN(to) ? Number.POSITIVE_INFINITY : to,
  }
}

function* conjuncts(where: SqlNode | undefined): Generator<SqlNode> {
  if (!where) return
  if (where['type'] === 'CONJUNCTION_AND') for (const child of where['children'] as SqlNode[]) yield* conjuncts(child)
  else yield where
}

/** What `time` is compared with: it lies above, below or at it. */
function comparison(node: SqlNode, alias: string): { above?: SqlNode; below?: SqlNode } {
  if (node['class'] === 'BETWEEN' && node['type'] === 'COMPARE_BETWEEN' && isTime(node['input'] as SqlNode, alias))
    return { ...fixed('above', node['lower']), ...fixed('below', node['upper']) }
  if (node['class'] !== 'COMPARISON') return {}
  const [left, right] = [node['left'] as SqlNode, node['right'] as SqlNode]
  if (isTime(left, alias)) return sides(String(node['type']), right)
  if (isTime(right, alias)) return sides(mirrored[String(node['type'])] ?? '', left)
  return {}
}

const mirrored: Readonly<Record<string, string>> = {
  COMPARE_GREATERTHAN: 'COMPARE_LESSTHAN',
  COMPARE_GREATERTHANOREQUALTO: 'COMPARE_LESSTHANOREQUALTO',
  COMPARE_LESSTHAN: 'COMPARE_GREATERTHAN',
  COMPARE_LESSTHANOREQUALTO: 'COMPARE_GREATERTHANOREQUALTO',
  COMPARE_EQUAL: 'COMPARE_EQUAL',
}

function sides(type: string, node: SqlNode): { above?: SqlNode; below?: SqlNode } {
  switch (type) {
    case 'COMPARE_GREATERTHAN':
    case 'COMPARE_GREATERTHANOREQUALTO':
      return fixed('above', node)
    case 'COMPARE_LESSTHAN':
    case 'COMPARE_LESSTHANOREQUALTO':
      return fixed('below', node)
    case 'COMPARE_EQUAL':
      return { ...fixed('above', node), ...fixed('below', node) }
    default:
      return {}
  }
}

const fixed = (side: 'above' | 'below', node: unknown): { above?: SqlNode; below?: SqlNode } =>
  isFixed(node) ? { [side]: node as SqlNode } : {}

function isTime(node: SqlNode | undefined, alias: string): boolean {
  if (node?.['class'] !== 'COLUMN_REF') return false
  const names = (node['column_names'] as string[]).map((name) => name.toLowerCase())
  return names.length === 1 ? names[0] === 'time' : names.length === 2 && names[0] === alias && names[1] === 'time'
}

/** Whether an expression has no column, no query and nothing of chance in it. */
function isFixed(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  const node = value as SqlNode
  const kind = node['class']
  if (kind === 'COLUMN_REF')
    return ['current_timestamp', 'current_date'].includes(String((node['column_names'] as string[])[0]).toLowerCase())
  if (
    kind === 'SUBQUERY' ||
    kind === 'STAR' ||
    kind === 'WINDOW' ||
    kind === 'LAMBDA' ||
    kind === 'POSITIONAL_REFERENCE'
  )
    return false
  if (kind === 'FUNCTION' && node['function_name'] === 'random') return false
  return Object.values(node).every(isFixed)
}

/** The value in µs, NaN where it is none. */
async function fold(connection: DuckDBConnection, node: SqlNode): Promise<number> {
  const select = {
    type: 'SELECT_NODE',
    cte_map: { map: [] },
    select_list: [{ ...node, alias: 'v' }],
    from_table: { type: 'EMPTY' },
  }
  const tree = { error: false, statements: [{ node: { ...select, aggregate_handling: 'STANDARD_HANDLING' } }] }
  try {
    const text = await connection.runAndReadAll('SELECT json_deserialize_sql($1::JSON)', [JSON.stringify(tree)])
    const folded = await connection.runAndReadAll(
      `SELECT epoch_us(TRY_CAST(v AS TIMESTAMPTZ)) FROM (${String(text.getRows()[0]![0])})`,
    )
    const us = folded.getRows()[0]?.[0]
    return us === null || us === undefined ? Number.NaN : Number(us)
  } catch {
    // Whatever is wrong with it, the query itself will say so.
    return Number.NaN
  }
}
