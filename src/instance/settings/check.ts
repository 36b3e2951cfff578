import { thingChecker } from '#connect'
import { createDrivers } from '../drivers.ts'
import { places } from '../places.ts'
import { type LoadedSettings, loadSettings, type SettingsOverrides } from './load.ts'

/** Settings whose machines are checked too. Throws as `loadSettings`, and `IW_SETTINGS_INVALID` for each machine at fault. */
export function checkSettings(folder: string, file?: string, overrides?: SettingsOverrides): LoadedSettings {
  const { settings } = loadSettings(folder, file, overrides)
  const profilesFolder = settings.connect.profiles ?? places.profiles
  return loadSettings(folder, file, overrides, thingChecker({ profilesFolder, drivers: createDrivers() }))
}
