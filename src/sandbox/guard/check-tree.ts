import { IwError } from '#kernel'
import { allowedFunctions, allowedTableFunctions } from './functions.ts'

/** A node of the tree that `json_serialize_sql` gives. */
export type Node = { readonly [key: string]: unknown }

const expressions = new Set(
  `BETWEEN CASE CAST COLLATE COLUMN_REF COMPARISON CONJUNCTION CONSTANT FUNCTION LAMBDA OPERATOR POSITIONAL_REFERENCE STAR
  SUBQUERY WINDOW`.split(/\s+/),
)

/** Queries, tables, modifiers and types: whatever has a `type` and is no expression. */
const parts = new Set(
  `SELECT_NODE SET_OPERATION_NODE RECURSIVE_CTE_NODE CTE_NODE
  BASE_TABLE SUBQUERY JOIN TABLE_FUNCTION EXPRESSION_LIST PIVOT EMPTY
  ORDER_MODIFIER LIMIT_MODIFIER LIMIT_PERCENT_MODIFIER DISTINCT_MODIFIER ORDER_DEFAULT ASCENDING DESCENDING
  LIST_TYPE_INFO STRUCT_TYPE_INFO ARRAY_TYPE_INFO DECIMAL_TYPE_INFO UNBOUND_TYPE_INFO STRING_TYPE_INFO`.split(/\s+/),
)

const deepest = 500

/** Lower case as DuckDB compares names: the letters of ASCII only. */
const lowered = (name: string): string => name.replace(/[A-Z]/g, (letter) => letter.toLowerCase())

/**
 * Walks the whole tree of a statement. Throws `IW_SQL_REFUSED` at the first thing that is not known to be harmless: what is
 * not on a list is refused, so that what a later DuckDB adds is refused too.
 */
export function checkTree(statement: Node, tables: ReadonlySet<string>): void {
  visit(statement['node'], { tables, ctes: new Set(), depth: 0 })
}

interface Scope {
  readonly tables: ReadonlySet<string>
  /** Names that WITH has given, where we are. */
  readonly ctes: ReadonlySet<string>
  readonly depth: number
}

function visit(value: unknown, scope: Scope): void {
  if (typeof value !== 'object' || value === null) return
  if (scope.depth > deepest) throw refused('it is nested too deeply')
  const inner = { ...scope, depth: scope.depth + 1 }
  if (Array.isArray(value)) for (const one of value) visit(one, inner)
  else visitNode(value as Node, inner)
}

function visitNode(node: Node, scope: Scope): void {
  if (typeof node['class'] === 'string') checkExpression(node)
  else if (typeof node['type'] === 'string') checkPart(node, node['type'], scope)
  // Its value is what the user wrote, not a part of the query.
  if (node['class'] === 'CONSTANT') return
  const visible = withNames(node, scope)
  for (const [key, child] of Object.entries(node)) {
    if (key === 'cte_map') continue
    if (key === 'function' && node['type'] === 'TABLE_FUNCTION') visitArguments(child as Node, visible)
    else visit(child, visible)
  }
}

/** The names of a WITH, each visible to those after it and to the query; a recursive one to itself. */
function withNames(node: Node, scope: Scope): Scope {
  const { ctes, ...rest } = scope
  const names = new Set(ctes)
  const map = (node['cte_map'] as { map?: readonly { key: string; value: Node }[] } | undefined)?.map ?? []
  for (const { key, value } of map) {
    checkName(key)
    visit(value, { ...rest, ctes: new Set(names) })
    names.add(lowered(key))
  }
  // In a recursive query its own name is that of its rows so far.
  if (node['type'] === 'RECURSIVE_CTE_NODE' || node['type'] === 'CTE_NODE') {
    checkName(String(node['cte_name']))
    names.add(lowered(String(node['cte_name'])))
  }
  return { ...rest, ctes: names }
}

/** A name that, should it ever be looked up outside its WITH, is no file and no table of the system. */
function checkName(name: string): void {
  if (!/^[\p{L}_][\p{L}\p{N}_]{0,62}$/u.test(name) || /^(duckdb_|pragma_|sqlite_|pg_|information_schema)/i.test(name))
    throw refused(`WITH may not give the name "${name.slice(0, 80)}"`)
}

function checkExpression(node: Node): void {
  const kind = node['class'] as string
  if (kind === 'PARAMETER') throw new IwError('IW_SQL_INVALID', 'Parameters ($1, ?) have no values here')
  if (!expressions.has(kind)) throw refused(`an expression of kind ${kind}`)
  if (kind === 'FUNCTION' || kind === 'WINDOW') checkFunction(node, allowedFunctions)
}

/** A function in the place of a table is on another list; what it is called with is as everywhere. */
function visitArguments(call: Node, scope: Scope): void {
  if (call['class'] !== 'FUNCTION') throw refused('this kind of table function')
  checkFunction(call, allowedTableFunctions)
  for (const child of Object.values(call)) visit(child, scope)
}

function checkPart(node: Node, type: string, scope: Scope): void {
  if (!parts.has(type)) throw refused(type === 'SHOW_REF' ? 'SHOW, DESCRIBE and SUMMARIZE' : `a part of kind ${type}`)
  if (type === 'BASE_TABLE') checkTable(node, scope)
  if (type === 'UNBOUND_TYPE_INFO' && !(isAbsent(node['schema']) && isAbsent(node['catalog'])))
    throw refused('types of other schemas')
}

function checkFunction(node: Node, allowed: ReadonlySet<string>): void {
  const name = lowered(String(node['function_name']))
  if (!isMain(node['schema']) || !isAbsent(node['catalog'])) throw refused(`functions of other schemas: ${name}`)
  if (!allowed.has(name)) throw refused(`the function ${name}`)
}

function checkTable(node: Node, { tables, ctes }: Scope): void {
  const name = String(node['table_name'])
  if (!isAbsent(node['schema_name']) || !isAbsent(node['catalog_name']))
    throw refused(`tables of other schemas: ${name}`)
  if (!isAbsent(node['at_clause'])) throw refused('AT')
  if (!tables.has(lowered(name)) && !ctes.has(lowered(name)))
    throw refused(`the table "${name.slice(0, 80)}"; there are ${[...tables].join(', ')}`)
}

const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === ''
const isMain = (value: unknown): boolean => isAbsent(value) || value === 'main'

export const refused = (what: string): IwError => new IwError('IW_SQL_REFUSED', `Not allowed in SQL: ${what}`)
