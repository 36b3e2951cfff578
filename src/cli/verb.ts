import { Command } from 'commander'
import { type ApiClient, clientFor, dataFolders } from '#instance'
import { tellFailure } from './failure.ts'
import type { Io } from './io.ts'

/** Options that every verb has. */
export interface CommonOptions {
  readonly json?: boolean
  readonly data?: string
  readonly config?: string
}

/** Takes the exit code of a command. */
export type Done = (exitCode: number) => void

/** What a verb does; it gives the exit code. */
export type Action<Options, Arguments extends unknown[]> = (
  io: Io,
  options: Options & CommonOptions,
  ...args: Arguments
) => Promise<number>

/** A verb: its summary and the options that all of them have. */
export function verb(name: string, summary: string): Command {
  return new Command(name)
    .description(summary)
    .option('--json', 'output for programs: JSON')
    .option('--data <folder>', 'data folder (default: that of the settings, else .interwork/data)')
    .option('--config <file>', 'settings file (default: interwork.yaml here, where there is one)')
    .helpOption('-h, --help', 'this help')
}

/** Runs an action with commander's arguments, tells failures and hands the exit code to `done`. */
export function acting<Options, Arguments extends unknown[]>(
  io: Io,
  done: Done,
  action: Action<Options, Arguments>,
): (...received: unknown[]) => Promise<void> {
  return async (...received) => {
    const command = received.at(-1) as Command
    const options = command.opts() as Options & CommonOptions
    const args = received.slice(0, -2) as Arguments
    try {
      done(await action(io, options, ...args))
    } catch (error) {
      done(tellFailure(error, options.json === true, io))
    }
  }
}

/**
 * A client of the running instance: of the folder named, else of the settings' folder, else of the demo's.
 * Throws `IW_INSTANCE_NOT_RUNNING`.
 */
export async function runningInstance(io: Io, { data, config }: CommonOptions): Promise<ApiClient> {
  const named = { ...(data !== undefined && { data }), ...(config !== undefined && { config }) }
  return clientFor(await dataFolders(io.folder, named))
}
