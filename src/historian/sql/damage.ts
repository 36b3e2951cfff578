import type { DuckDBConnection } from '@duckdb/node-api'
import { IwError, isIwError } from '#kernel'
import { literal, type StoredPart } from './views.ts'

/** What DuckDB says of a file that is not what it was written as, or not there. */
const suspicious =
  /magic bytes|No files found|file_size|thrift|TProtocol|zstd|snappy|decompress|corrupt|Could not read|Cannot open|Parquet|too small/i

/**
 * The part that a failure comes from, as an `IW_HISTORIAN_CORRUPT` with its number in `detail.part`; undefined where it comes
 * from none. A message is no proof, as a question can put words into it: every part is read to its end before it is blamed.
 */
export async function damagedPart(
  connection: DuckDBConnection,
  error: unknown,
  parts: readonly StoredPart[],
): Promise<IwError | undefined> {
  const message = error instanceof Error ? error.message : String(error)
  if (isIwError(error) || !suspicious.test(message)) return undefined
  const named = parts.filter(({ path }) => message.includes(path))
  for (const part of named.length > 0 ? named : parts) {
    const failure = await readingFails(connection, part)
    if (failure === undefined) continue
    return new IwError('IW_HISTORIAN_CORRUPT', `${part.path}: ${failure}`, {
      cause: error,
      detail: { part: part.number },
    })
  }
  return undefined
}

async function readingFails(connection: DuckDBConnection, { path }: StoredPart): Promise<string | undefined> {
  try {
    await connection.run(`SELECT count(COLUMNS(*)) FROM read_parquet(${literal(path)})`)
    return undefined
  } catch (error) {
    const message = (error as Error).message.split('\n')[0]!
    // Interrupted or out of memory says nothing of the file.
    return /^(INTERRUPT|Out of Memory)/i.test(message) ? undefined : message
  }
}
