export type { Commands, Wish } from './commands/commands.ts'
export { type Connect, type ConnectOptions, createConnect, type ThingRegistry } from './connect.ts'
export { createModbusDriver } from './drivers/modbus/index.ts'
export type { EventLog } from './events/event-log.ts'
export {
  type ImportRequest,
  type Imports,
  leastChunkBytes,
  mostChunkBytes,
  mostFileBytes,
} from './imports/imports.ts'
export { type ImportOptions, importOptions } from './imports/options.ts'
export type { RejectedRow } from './imports/rejected.ts'
export type { ImportView } from './imports/view.ts'
export type { Ingest, LineProtocolOptions, LineProtocolOutcome } from './ingest/ingest.ts'
export type { Precision } from './ingest/number.ts'
export type { RejectedLine } from './ingest/slice.ts'
export { type ConnectLimits, connectLimits } from './limits.ts'
export type { MachineView } from './machine-states.ts'
export type { Profile, ProfileLibrary } from './profiles/library.ts'
export type { Quarantine, Quarantined } from './quarantine.ts'
export { thingChecker } from './registry/check-thing.ts'
