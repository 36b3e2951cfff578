import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { LineCounter, parseDocument } from 'yaml'
import { IwError } from '#kernel'
import { settingsFileName } from '../names.ts'
import { checkListener } from './listener.ts'
import { type SettingsProblem, settingsProblems, thingProblems } from './problems.ts'
import { type Settings, settingsSchema } from './schema.ts'

/** What the command line sets over the file. */
export interface SettingsOverrides {
  readonly data?: string
  readonly host?: string
  readonly port?: number
  readonly logLevel?: Settings['log']['level']
}

export interface LoadedSettings {
  readonly settings: Settings
  /** The file they came from; absent where there is none. */
  readonly file?: string
}

/**
 * Reads and checks the settings: the file named (`false`: none), else `interwork.yaml` in `folder`, else the defaults.
 * Paths in the result are absolute. Throws `IW_SETTINGS_UNREADABLE`, `_UNKNOWN_KEY`, `_INVALID` (all problems in one message, each with its
 * line) and `IW_INSTANCE_UNSAFE_LISTENER`.
 */
export function loadSettings(
  folder: string,
  file?: string | false,
  overrides: SettingsOverrides = {},
  checkThing?: (thing: unknown) => void,
): LoadedSettings {
  const path = findFile(folder, file)
  const text = path === undefined ? '' : read(path)
  const parsed = parseSettings(text, path ?? settingsFileName, checkThing)
  const settings = withOverrides(absolute(parsed, path === undefined ? folder : dirname(path)), folder, overrides)
  checkListener(settings.http)
  return path === undefined ? { settings } : { settings, file: path }
}

/**
 * Checks a text of settings; `name` is how messages call it. `checkThing` throws where a thing is not one that a driver
 * could connect to; without it only their shape is looked at.
 */
export function parseSettings(text: string, name: string, checkThing: (thing: unknown) => void = () => {}): Settings {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [error] = document.errors
  if (error)
    throw new IwError('IW_SETTINGS_UNREADABLE', `${name}:${lines.linePos(error.pos[0]).line}: ${error.message}`)
  const result = settingsSchema.safeParse(toValue(document, name) ?? {})
  const source = { document, lines }
  if (!result.success) throw settingsError(settingsProblems(result.error.issues, source), name)
  const problems = thingProblems(result.data.things, checkThing, source)
  if (problems.length > 0) throw settingsError(problems, name)
  return result.data
}

function toValue(document: ReturnType<typeof parseDocument>, name: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    throw new IwError('IW_SETTINGS_UNREADABLE', `${name}: ${(cause as Error).message}`, { cause })
  }
}

function settingsError(problems: readonly SettingsProblem[], name: string): IwError {
  const lines = problems.map(({ path, line, message }) => {
    const place = line === undefined ? name : `${name}:${line}`
    return path === '' ? `${place}: ${message}` : `${place}: ${path}: ${message}`
  })
  const code = problems.find((problem) => problem.code === 'IW_SETTINGS_UNKNOWN_KEY')?.code ?? 'IW_SETTINGS_INVALID'
  return new IwError(code, lines.join('\n'), { detail: { problems } })
}

function findFile(folder: string, file: string | false | undefined): string | undefined {
  if (file === false) return undefined
  if (file !== undefined) return resolve(folder, file)
  const usual = resolve(folder, settingsFileName)
  return existsSync(usual) ? usual : undefined
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new IwError('IW_SETTINGS_UNREADABLE', `${path}: ${(cause as Error).message}`, { cause })
  }
}

/** Paths in a file are relative to it. */
function absolute(settings: Settings, folder: string): Settings {
  const { tls } = settings.http
  const { profiles } = settings.connect
  return {
    ...settings,
    data: resolve(folder, settings.data),
    http: {
      ...settings.http,
      ...(tls && { tls: { key: resolve(folder, tls.key), certificate: resolve(folder, tls.certificate) } }),
    },
    connect: { ...settings.connect, ...(profiles !== undefined && { profiles: resolve(folder, profiles) }) },
  }
}

function withOverrides(settings: Settings, folder: string, overrides: SettingsOverrides): Settings {
  const { data, host, port, logLevel } = overrides
  return {
    ...settings,
    ...(data !== undefined && { data: resolve(folder, data) }),
    log: { ...settings.log, ...(logLevel !== undefined && { level: logLevel }) },
    http: { ...settings.http, ...(host !== undefined && { host }), ...(port !== undefined && { port }) },
  }
}
