import type { DuckDBConnection } from '@duckdb/node-api'
import { IwError } from '#kernel'
import { checkTree, type Node, refused } from './check-tree.ts'

/** StatementType.SELECT of DuckDB. */
const select = 1
const longestSql = 100_000

/**
 * Lets SQL of a user pass only where DuckDB itself reads it as exactly one SELECT over `tables` and names given by WITH, with
 * functions of the list in `functions.ts`. Returns the tree, as `json_serialize_sql` gives it. Throws `IW_SQL_REFUSED` and,
 * where it cannot be read, `IW_SQL_INVALID`. Nothing of it is run.
 */
export async function guardSql(connection: DuckDBConnection, sql: string, tables: readonly string[]): Promise<Node> {
  if (sql.length > longestSql) throw new IwError('IW_SQL_INVALID', `The SQL is longer than ${longestSql} characters`)
  if (sql.includes('\0')) throw new IwError('IW_SQL_INVALID', 'The SQL has a zero character')
  const statement = await parsed(connection, sql)
  checkTree(statement, new Set(tables))
  await checkKind(connection, sql)
  return statement
}

async function parsed(connection: DuckDBConnection, sql: string): Promise<Node> {
  const reader = await connection.runAndReadAll(
    'SELECT json_serialize_sql($1::VARCHAR, skip_null := true, skip_empty := true, skip_default := true)',
    [sql],
  )
  const answer = JSON.parse(String(reader.getRows()[0]![0])) as Node
  if (answer['error'] === true) throw unreadable(answer)
  const statements = answer['statements'] as readonly Node[]
  if (statements.length !== 1)
    throw refused(statements.length === 0 ? 'an empty query' : 'more than one statement; ask one SELECT')
  return statements[0]!
}

function unreadable(answer: Node): IwError {
  const message = String(answer['error_message'])
  if (answer['error_type'] === 'not implemented') return refused('anything but one SELECT')
  const position = answer['position']
  return new IwError('IW_SQL_INVALID', message, {
    ...(position !== undefined && { detail: { position: Number(position) } }),
  })
}

/** A second opinion, from another way into DuckDB: what would be run is one statement, and that is a SELECT. */
async function checkKind(connection: DuckDBConnection, sql: string): Promise<void> {
  const statements = await connection.extractStatements(sql)
  if (statements.count !== 1) throw refused('more than one statement; ask one SELECT')
  let kind: number
  try {
    const prepared = await statements.prepare(0)
    kind = prepared.statementType
    prepared.destroySync()
  } catch (error) {
    throw new IwError('IW_SQL_INVALID', firstLines(error), { cause: error })
  }
  if (kind !== select) throw refused('anything but one SELECT')
}

/** What DuckDB says, without its drawing of the place. */
const firstLines = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n\n')[0]!.slice(0, 1000)
