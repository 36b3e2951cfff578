import { Command, CommanderError } from 'commander'
import { programVersion } from '#instance'
import { addCommand } from './commands/add.ts'
import { backupCommand } from './commands/backup.ts'
import { configCommand } from './commands/config.ts'
import { demoCommand } from './commands/demo.ts'
import { doctorCommand } from './commands/doctor.ts'
import { exportCommand } from './commands/export.ts'
import { importCommand } from './commands/import.ts'
import { jobsCommand } from './commands/jobs.ts'
import { readCommand } from './commands/read.ts'
import { removeCommand } from './commands/remove.ts'
import { restoreCommand } from './commands/restore.ts'
import { sqlCommand } from './commands/sql.ts'
import { startCommand } from './commands/start.ts'
import { thingsCommand } from './commands/things.ts'
import { watchCommand } from './commands/watch.ts'
import { writeCommand } from './commands/write.ts'
import { exitCodes } from './exit-codes.ts'
import type { Io } from './io.ts'
import type { Done } from './verb.ts'

/** All verbs, in the order of the help. */
const commands = [
  startCommand,
  demoCommand,
  thingsCommand,
  addCommand,
  removeCommand,
  readCommand,
  writeCommand,
  watchCommand,
  sqlCommand,
  exportCommand,
  importCommand,
  backupCommand,
  restoreCommand,
  jobsCommand,
  configCommand,
  doctorCommand,
]

/** The program with all its verbs. `done` is told the exit code of the one that ran. */
export function buildProgram(io: Io, done: Done): Command {
  const program = new Command('interwork')
    .description('A place on the industrial internet for any factory, without choosing a side.')
    .version(programVersion, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'this help')
    .helpCommand('help [verb]', 'help on a verb')
    .showSuggestionAfterError()
  for (const make of commands) program.addCommand(make(io, done))
  for (const command of [program, ...everyCommand(program)])
    command.exitOverride().configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) })
  return program
}

/** All commands below one, at any depth. */
export function everyCommand(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...everyCommand(child)])
}

/** Runs a command line (without `node` and the program's name) and gives the exit code. */
export async function runCli(args: readonly string[], io: Io): Promise<number> {
  let exitCode: number = exitCodes.ok.code
  const program = buildProgram(io, (code) => {
    exitCode = code
  })
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? exitCodes.ok.code : exitCodes.usage.code
  }
}
