import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { demoFolder, settingsFileName, usualFolder } from './names.ts'

/**
 * The data folders in which a running instance is looked for, best first: the one named, else that of the settings, else
 * the usual one and the demo's. Settings are read only where there is a file, because most folders have none.
 */
export async function dataFolders(folder: string, named: { data?: string; config?: string }): Promise<string[]> {
  if (named.data !== undefined) return [resolve(folder, named.data)]
  const demo = resolve(folder, demoFolder)
  if (named.config === undefined && !existsSync(join(folder, settingsFileName)))
    return [resolve(folder, usualFolder), demo]
  const { loadSettings } = await import('./settings/load.ts')
  const { settings } = loadSettings(folder, named.config)
  return named.config === undefined ? [settings.data, demo] : [settings.data]
}
