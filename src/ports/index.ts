export type { Authenticator, Authorizer, Credentials } from './authorizer.ts'
export type { Database, Migration } from './database.ts'
export type { DeviceSession, Driver, DriverReadings, DriverSink, SessionContext, WriteResult } from './driver.ts'
export type {
  AggregateQuery,
  Aggregates,
  BackupOptions,
  Historian,
  HistorianStatus,
  Interpolation,
  LastReading,
  LastVisitor,
  RangeQuery,
  ReadingRow,
  ReadingsBackup,
  Receipt,
  Retention,
  ScanQuery,
  Series,
  StorageStatus,
  Stored,
  Trend,
  TrendQuery,
} from './historian.ts'
export type { SqlAnswer, SqlBatch, SqlColumn, SqlCopy, SqlEnd, SqlEngine, SqlRequest, SqlTable } from './sql.ts'
