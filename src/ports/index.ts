export type { Authenticator, Authorizer, Credentials } from './authorizer.ts'
export type { Database, Migration } from './database.ts'
export type { DeviceSession, Driver, DriverReadings, DriverSink, SessionContext, WriteResult } from './driver.ts'
export type {
  Historian,
  HistorianStatus,
  LastReading,
  LastVisitor,
  RangeQuery,
  Receipt,
  Series,
  Trend,
  TrendQuery,
} from './historian.ts'
