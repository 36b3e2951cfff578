import type { Restored, RestoreOptions } from './backup/restore.ts'
import type { DoctorReport } from './doctor/doctor.ts'
import type { RunOptions } from './run.ts'
import type { LoadedSettings, SettingsOverrides } from './settings/load.ts'

export type {
  BackupList,
  CommandList,
  CommandView,
  ExportView,
  ImportPage,
  ImportRequestBody,
  JobList,
  JobView,
  LastReadingView,
  LiveMessage,
  ProfileList,
  PropertyView,
  ReadingPage,
  SqlAnswerView,
  SystemView,
  ThingList,
  ThingView,
} from '#http'
export type { Restored } from './backup/restore.ts'
export { type ApiClient, type ApiRequest, clientFor } from './client/client.ts'
export type { DoctorReport, Finding } from './doctor/doctor.ts'
export { dataFolders } from './find-folder.ts'
export { type InstanceFile, readInstanceFile } from './instance-file.ts'
export { demoFolder } from './names.ts'
export { programVersion } from './places.ts'
export type { DemoOptions, RunOptions } from './run.ts'
export type { LoadedSettings, SettingsOverrides } from './settings/load.ts'
export type { Settings } from './settings/schema.ts'

// What needs the other rooms is loaded when it is called: most commands only talk to a running instance.

/** Reads and checks the settings; see settings/load.ts. */
export async function loadSettings(
  folder: string,
  file?: string | false,
  overrides?: SettingsOverrides,
): Promise<LoadedSettings> {
  const { loadSettings: load } = await import('./settings/load.ts')
  return load(folder, file, overrides)
}

/**
 * Reads and checks the settings as `loadSettings` does, and whether every machine in them could be connected to: that
 * loads the drivers and profiles. A start leaves such a machine aside, with its reason, and runs the others.
 */
export async function checkSettings(
  folder: string,
  file?: string,
  overrides?: SettingsOverrides,
): Promise<LoadedSettings> {
  const { checkSettings: check } = await import('./settings/check.ts')
  return check(folder, file, overrides)
}

/** Runs an instance as this process until it is told to stop; see run.ts. */
export async function runInstance(options: RunOptions): Promise<number> {
  const { runInstance: run } = await import('./run.ts')
  return await run(options)
}

/** Checks an installation; see doctor/doctor.ts. */
export async function examine(loaded: LoadedSettings): Promise<DoctorReport> {
  const { examine: run } = await import('./doctor/doctor.ts')
  return await run(loaded)
}

/** Makes a data folder of a backup and proves it; see backup/restore.ts. */
export async function restore(options: Pick<RestoreOptions, 'from' | 'to' | 'onProgress'>): Promise<Restored> {
  const [{ restore: run }, { silentLogger, systemClock }] = await Promise.all([
    import('./backup/restore.ts'),
    import('#kernel'),
  ])
  return await run({ ...options, clock: systemClock, log: silentLogger })
}

/** The JSON Schema of `interwork.yaml`. */
export async function settingsJsonSchema(): Promise<Record<string, unknown>> {
  const { settingsJsonSchema: make } = await import('./settings/schema.ts')
  return make()
}
