import { randomUUID } from 'node:crypto'
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyReply } from 'fastify'
import { IwError } from '#kernel'
import type { SqlEngine, SqlRequest } from '#ports'
import type { House } from '../house.ts'
import { attach, fileNameOf, goneSignal, mediaTypes } from './send.ts'

/** A file of any size: what a disk and a patient client allow. */
const copyWithinMs = 30 * 60_000

/** The SQL engine of the historian. Throws `IW_HISTORIAN_UNSUPPORTED` where it has none. */
export function sqlOf({ historian }: Pick<House, 'historian'>): SqlEngine {
  if (historian.sql) return historian.sql
  throw new IwError('IW_HISTORIAN_UNSUPPORTED', 'This historian writes no Parquet: ask for csv or arrow')
}

/**
 * Answers with the rows of a query as a Parquet file, written beside and then sent. It has no name any more once it is
 * being sent, so nothing is left behind, whatever ends.
 */
export async function sendParquet(
  house: House,
  answer: FastifyReply,
  request: Pick<SqlRequest, 'sql' | 'tables'> & { readonly timeoutMs?: number },
  name: string,
): Promise<FastifyReply> {
  const sql = sqlOf(house)
  const file = await scratchFile(house.folder)
  try {
    await sql.copy({ timeoutMs: copyWithinMs, ...request, signal: goneSignal(answer) }, file, 'parquet')
    const handle = await open(file)
    const { size } = await handle.stat()
    attach(answer, fileNameOf(name, 'parquet')).type(mediaTypes.parquet).header('content-length', size)
    return answer.send(handle.createReadStream())
  } finally {
    await rm(file, { force: true })
  }
}

/** The folder for files that live as long as a request; emptied when the server starts. */
export const scratchFolder = (dataFolder: string): string => join(dataFolder, 'tmp', 'answers')

async function scratchFile(dataFolder: string): Promise<string> {
  await mkdir(scratchFolder(dataFolder), { recursive: true })
  return join(scratchFolder(dataFolder), randomUUID())
}
