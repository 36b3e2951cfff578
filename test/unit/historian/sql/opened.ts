import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHistorian, type HistorianOptions } from '#historian'
import { silentLogger, systemClock } from '#kernel'
import type { Historian, SqlEngine, SqlRequest } from '#ports'

/** A historian on files of this machine, which its SQL process can read. */
export interface OpenedHistorian {
  readonly historian: Historian
  readonly sql: SqlEngine
  readonly folder: string
  stop(): Promise<void>
  /** Stops it and starts another on the same folder. */
  again(): Promise<OpenedHistorian>
}

export async function openedHistorian(
  options: Partial<HistorianOptions> = {},
  folder = mkdtempSync(join(tmpdir(), 'iw-sql-')),
): Promise<OpenedHistorian> {
  const historian = createHistorian({
    folder: join(folder, 'readings'),
    clock: systemClock,
    log: silentLogger,
    reserveBytes: 0,
    ...options,
  })
  await historian.start()
  return {
    historian,
    sql: historian.sql!,
    folder,
    async stop() {
      await historian.stop()
      rmSync(folder, { recursive: true, force: true })
    },
    async again() {
      await historian.stop()
      return openedHistorian(options, folder)
    },
  }
}

/** All rows of an answer, each as a list of cells. */
export async function rowsOf(sql: SqlEngine, text: string, more: Partial<SqlRequest> = {}): Promise<unknown[][]> {
  const { batches } = await sql.query({ sql: text, maxRows: 100_000, timeoutMs: 60_000, ...more })
  const rows: unknown[][] = []
  for await (const { count, columns } of batches)
    for (let i = 0; i < count; i++) rows.push(columns.map((column) => column[i]))
  return rows
}
