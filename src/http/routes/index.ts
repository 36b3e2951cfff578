import type { Route } from '../route.ts'
import { addThing } from './add-thing.ts'
import { getAggregate } from './aggregate.ts'
import { getAligned } from './aligned.ts'
import { createBackup, listBackups, removeBackup } from './backups.ts'
import { getDocs, getDocsStyle } from './docs.ts'
import { deleteExport, getExportFile, getExports, startExport } from './exports.ts'
import { getCommand } from './get-command.ts'
import { getProperty } from './get-property.ts'
import { getThing } from './get-thing.ts'
import { listRejectedRows, putImportChunk } from './import-chunks.ts'
import { beginImport, cancelImport, getImport, listImports } from './imports.ts'
import { cancelJob, getJob, listJobs } from './jobs.ts'
import { getLastReadings } from './last-readings.ts'
import { listCommands } from './list-commands.ts'
import { listEvents } from './list-events.ts'
import { listProfiles } from './list-profiles.ts'
import { listQuarantine } from './list-quarantine.ts'
import { listThings } from './list-things.ts'
import { getLive, getLiveWebSocket } from './live.ts'
import { startMerge } from './merges.ts'
import { getMetrics } from './metrics.ts'
import { getOpenApi } from './openapi.ts'
import { ping } from './ping.ts'
import { queryByGet, queryByPost } from './query.ts'
import { readReadings } from './read-readings.ts'
import { getReadings } from './readings.ts'
import { removeThing } from './remove-thing.ts'
import { replaceThing } from './replace-thing.ts'
import { getSimilar } from './similar.ts'
import { postSql } from './sql.ts'
import { getStates } from './states.ts'
import { getSystem } from './system.ts'
import { getTrend } from './trend.ts'
import { writeProperty } from './write-property.ts'
import { writeV1 } from './write-v1.ts'
import { writeV2 } from './write-v2.ts'

/** Every address of the API, in the order of its document. */
export const routes: readonly Route[] = [
  listThings,
  addThing,
  getThing,
  replaceThing,
  removeThing,
  getProperty,
  readReadings,
  writeProperty,
  getReadings,
  getLastReadings,
  getTrend,
  getAggregate,
  getStates,
  getAligned,
  getSimilar,
  postSql,
  getLive,
  getLiveWebSocket,
  listCommands,
  getCommand,
  listEvents,
  listProfiles,
  listQuarantine,
  beginImport,
  listImports,
  getImport,
  cancelImport,
  putImportChunk,
  listRejectedRows,
  listJobs,
  getJob,
  cancelJob,
  startMerge,
  startExport,
  getExports,
  getExportFile,
  deleteExport,
  createBackup,
  listBackups,
  removeBackup,
  getSystem,
  getMetrics,
  getOpenApi,
  getDocs,
  getDocsStyle,
  writeV1,
  writeV2,
  ping,
  queryByGet,
  queryByPost,
]
