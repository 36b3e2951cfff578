export { type ClickHouseOptions, createClickHouseHistorian } from './clickhouse/historian.ts'
export { type FolderLock, lockFolder } from './folder-lock.ts'
export { type DatabaseOptions, openDatabase } from './open-database.ts'
