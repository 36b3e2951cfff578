import { type Command, InvalidArgumentError } from 'commander'
import type { Settings, SettingsOverrides } from '#instance'
import type { CommonOptions } from '../verb.ts'

export interface ListenOptions {
  readonly port?: number
  readonly host?: string
  readonly logLevel?: Settings['log']['level']
}

const levels = ['debug', 'info', 'warn', 'error'] as const

/** The options of the verbs that run an instance. */
export function listenOptions(command: Command): Command {
  return command
    .option('--port <number>', 'port of console and API, over http.port', wholeNumber)
    .option('--host <address>', 'address to listen on, over http.host')
    .option('--log-level <level>', `the least that is logged: ${levels.join(', ')}`, logLevel)
}

/** What the command line sets over the settings file. */
export function overridesOf({ data, host, port, logLevel }: ListenOptions & CommonOptions): SettingsOverrides {
  return {
    ...(data !== undefined && { data }),
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    ...(logLevel !== undefined && { logLevel }),
  }
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

export function positiveNumber(text: string): number {
  const value = Number(text)
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('It must be a number above 0.')
  return value
}

function logLevel(text: string): Settings['log']['level'] {
  const level = levels.find((name) => name === text)
  if (!level) throw new InvalidArgumentError(`It must be one of ${levels.join(', ')}.`)
  return level
}
