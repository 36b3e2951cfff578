import type { Clock, Logger } from '#kernel'
import { type AskOptions, Child } from '#sandbox'
import type { HeadSegment } from '../head/head-segment.ts'
import type { TagTable } from '../tags.ts'
import { endOfPage, headRows, tagsOfRows } from './head-rows.ts'
import type { HeadExtent, Held, SqlAsk, SqlReply } from './messages.ts'

export interface SqlProcessOptions {
  /** The folders whose files it may open. */
  readonly folders: readonly string[]
  /** Where it writes level-0 parts over as Parquet; among the folders. */
  readonly level0: string
  /** Where it spills what does not fit into memory. */
  readonly temporary: string
  readonly memoryMegabytes: number
  readonly threads: number
  readonly clock: Clock
  readonly log: Logger
}

/** Beside DuckDB's own buffers: node, the package and answers on their way. */
const besideMegabytes = 256

/** The process that runs SQL, and what it is told of readings that are in no file it can read. */
export class SqlProcess {
  readonly #child: Child<SqlAsk, SqlReply>

  constructor({ folders, level0, temporary, memoryMegabytes, threads, clock, log }: SqlProcessOptions) {
    this.#child = new Child<SqlAsk, SqlReply>({
      name: 'sql',
      importMetaUrl: import.meta.url,
      module: './sql-child',
      heapMegabytes: 192,
      memoryLimitBytes: (memoryMegabytes + besideMegabytes) * 2 ** 20,
      niceness: 5,
      environment: {
        IW_SQL_FOLDERS: JSON.stringify(folders),
        IW_SQL_LEVEL0: level0,
        IW_SQL_TEMP: temporary,
        IW_SQL_MEMORY: String(memoryMegabytes),
        IW_SQL_THREADS: String(threads),
      },
      clock,
      log,
    })
  }

  ask<Reply extends SqlReply>(ask: SqlAsk, options?: AskOptions): Promise<Reply> {
    return this.#child.ask(ask, options) as Promise<Reply>
  }

  /** Sends what is new since the last query: tags, and rows of the pinned segments as far as `extents`. Returns which start it is. */
  async bringUpToDate(
    tags: TagTable,
    segments: readonly HeadSegment[],
    extents: readonly HeadExtent[],
  ): Promise<string> {
    const held = await this.ask<Held>({ do: 'have' })
    const { version } = tags
    if (held.tags !== version) await this.ask({ do: 'tags', version, tags: tags.all() })
    for (const { segment, rows } of extents) {
      const from = held.head.find((one) => one.segment === segment)?.rows ?? 0
      await this.#sendHead(tags, segments.find(({ number }) => number === segment)!, from, rows)
    }
    return held.boot
  }

  /** Keeps the process while an answer is read, however slowly. */
  hold(): () => void {
    return this.#child.hold()
  }

  close(): Promise<void> {
    return this.#child.close()
  }

  async #sendHead(tags: TagTable, segment: HeadSegment, from: number, to: number): Promise<void> {
    if (from >= to) return
    const all = await tagsOfRows(segment, tags.highest, from, to)
    for (let at = from; at < to; ) {
      const end = Math.min(to, endOfPage(at))
      const rows = headRows(segment, all.subarray(at - from, end - from), tags, at)
      await this.ask({ do: 'head', segment: segment.number, rows })
      at = end
    }
  }
}
