import { Readable } from 'node:stream'
import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client'
import { IwError, type Logger, systemCode } from '#kernel'
import type { Address } from './address.ts'
import { type Block, readBlocks } from './native.ts'

/** What is asked of a ClickHouse server, in its HTTP interface and its `Native` format. */
export interface Link {
  /** A statement without an answer. */
  command(sql: string): Promise<void>
  /** Sends one block. Resolves when the server has it on disk. */
  insert(into: string, block: Buffer): Promise<void>
  /** The whole answer; where the server fails half-way, an error. For answers of bounded size. */
  rows(sql: string): Promise<readonly Block[]>
  /** An answer of any size, block by block, with back-pressure; ending it early ends the query. */
  stream(sql: string): AsyncGenerator<Block, void, undefined>
  close(): Promise<void>
}

/**
 * Acknowledged means on disk: never into the server's buffer of asynchronous inserts, whatever its profile says.
 * One insert may hold readings of many months: a device with a wrong clock must not make it fail.
 */
const insertSettings: ClickHouseSettings = { async_insert: 0, max_partitions_per_insert_block: '0' }
const readSettings: ClickHouseSettings = {
  max_block_size: '16384',
  // Rows of one (tag, time) are of one month, so that partitions need not be merged with each other.
  do_not_merge_across_partitions_select_final: 1,
  max_query_size: String(16 * 2 ** 20),
  cancel_http_readonly_queries_on_client_close: 1,
}
const requestTimeoutMs = 300_000

/** Loads the client and makes a link; nothing is sent yet. Throws `IW_STORAGE_OPEN` where the package is missing. */
export async function openLink(address: Address, log: Logger): Promise<Link> {
  const { createClient, ClickHouseLogLevel } = await loadClient()
  const { url, username, password } = address
  const client = createClient({
    url,
    username,
    password,
    application: 'interwork',
    request_timeout: requestTimeoutMs,
    max_open_connections: 8,
    log: { level: ClickHouseLogLevel.OFF },
  })
  return linkOver(client, address, log)
}

function linkOver(client: ClickHouseClient, { shown }: Address, log: Logger): Link {
  const exec = async (query: string, settings: ClickHouseSettings, values?: Readable): Promise<Readable> => {
    try {
      const asked = { query, clickhouse_settings: settings }
      return (await client.exec(values ? { ...asked, values } : asked)).stream
    } catch (error) {
      log.debug({ query: query.slice(0, 500) }, 'ClickHouse refused a statement')
      throw failureOf(error, shown)
    }
  }
  const blocks = async function* (sql: string, settings: ClickHouseSettings): AsyncGenerator<Block, void, undefined> {
    const answer = await exec(`${sql} FORMAT Native`, { ...readSettings, ...settings })
    try {
      yield* readBlocks(answer)
    } catch (error) {
      throw failureOf(error, shown)
    } finally {
      answer.destroy()
    }
  }
  return {
    async command(sql) {
      await ended(await exec(sql, { wait_end_of_query: 1 }), shown)
    },
    async insert(into, block) {
      const settings = { ...insertSettings, wait_end_of_query: 1 } as const
      await ended(await exec(`INSERT INTO ${into} FORMAT Native`, settings, Readable.from([block])), shown)
    },
    async rows(sql) {
      const all: Block[] = []
      for await (const block of blocks(sql, { wait_end_of_query: 1 })) all.push(block)
      return all
    },
    stream: (sql) => blocks(sql, {}),
    close: () => client.close(),
  }
}

async function ended(answer: Readable, shown: string): Promise<void> {
  try {
    for await (const _ of answer);
  } catch (error) {
    throw failureOf(error, shown)
  }
}

async function loadClient(): Promise<typeof import('@clickhouse/client')> {
  try {
    return await import('@clickhouse/client')
  } catch (cause) {
    throw new IwError(
      'IW_STORAGE_OPEN',
      'A clickhouse:// historian needs the package @clickhouse/client: run `npm install @clickhouse/client`',
      { cause },
    )
  }
}

/** Codes of ClickHouse that mean: later, or less at once. TOO_MANY_PARTS, MEMORY_LIMIT_EXCEEDED, TOO_MANY_SIMULTANEOUS_QUERIES. */
const busyCodes = new Set(['252', '241', '202'])
/** NOT_ENOUGH_SPACE; and CANNOT_WRITE_TO_FILE_DESCRIPTOR, which is what a full disk gives most often. */
const fullCodes = new Set(['243', '75'])

/** Any failure of client or server, as an `IwError` with the place and without a secret. */
function failureOf(error: unknown, shown: string): IwError {
  if (error instanceof IwError) return error
  const code = systemCode(error) ?? ''
  const text = (error instanceof Error ? error.message : String(error)).slice(0, 1000)
  if (busyCodes.has(code)) return new IwError('IW_HISTORIAN_BUSY', `${shown} is busy: ${text}`)
  if (fullCodes.has(code)) return new IwError('IW_HISTORIAN_DISK_FULL', `The disk of ${shown} is full: ${text}`)
  const what = /^\d+$/.test(code) ? `refuses (code ${code})` : 'does not answer'
  return new IwError('IW_HISTORIAN_DISK_ERROR', `${shown} ${what}: ${text || code}`)
}
