import type { DuckDBConnection } from '@duckdb/node-api'
import type duckdb from '@duckdb/node-bindings'
import { type ColumnAppender, type ColumnType, columnAppender } from './column-appender.ts'

/** What a DuckDB may use. */
export interface DuckDbOptions {
  /** What its buffers may take; beyond it, it spills into `tempFolder`. Resident memory is some 60 MB more. */
  readonly memoryMegabytes: number
  readonly threads: number
  readonly tempFolder: string
  /** What it may spill. Default 1,024. */
  readonly tempMegabytes?: number
}

/** A DuckDB in memory. */
export interface DuckDb {
  readonly connection: DuckDBConnection
  /** Another connection to the same tables. */
  connect(): Promise<DuckDBConnection>
  /** Appends to a table that the connection sees; of the first one where none is given. */
  columnAppender(table: string, types: readonly ColumnType[], connection?: DuckDBConnection): ColumnAppender
  /**
   * From now on it opens files below `folders` only, and no setting can be changed. It is no protection against writing to
   * those files: DuckDB lets COPY overwrite them. That is what `guardSql` is for.
   */
  lock(folders: readonly string[]): Promise<void>
  close(): void
}

/**
 * Opens a DuckDB in memory. In a child process only: its package is 70 MB, and a defect in it takes its process along. It
 * loads no extension that is not built in and reaches no network; its zone is UTC.
 */
export async function openDuckDb(options: DuckDbOptions): Promise<DuckDb> {
  const [{ DuckDBInstance }, { default: binding }] = await Promise.all([
    import('@duckdb/node-api'),
    import('@duckdb/node-bindings'),
  ])
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${options.memoryMegabytes}MiB`,
    threads: String(options.threads),
    temp_directory: options.tempFolder,
    max_temp_directory_size: `${options.tempMegabytes ?? 1024}MiB`,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    allow_unsigned_extensions: 'false',
    allow_persistent_secrets: 'false',
  })
  const connection = await instance.connect()
  await connection.run("SET GLOBAL TimeZone = 'UTC'")
  return {
    connection,
    connect: () => instance.connect(),
    columnAppender: (table, types, on = connection) => columnAppender(binding, nativeOf(on), table, types),
    async lock(folders) {
      const list = folders.map((folder) => `'${folder.replaceAll("'", "''")}'`).join(', ')
      await connection.run(`SET allowed_directories = [${list}]`)
      await connection.run('SET enable_external_access = false')
      await connection.run('SET lock_configuration = true')
    },
    close() {
      connection.closeSync()
      instance.closeSync()
    },
  }
}

/** The handle below, for the appender of columns, which only the lower package has. */
const nativeOf = (connection: DuckDBConnection): duckdb.Connection =>
  (connection as unknown as { readonly connection: duckdb.Connection }).connection
