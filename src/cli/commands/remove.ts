import type { Command } from 'commander'
import type { ThingView } from '#instance'
import { exitCodes, UsageError } from '../exit-codes.ts'
import type { Io } from '../io.ts'
import { thingPath } from '../values.ts'
import { acting, type CommonOptions, type Done, runningInstance, verb } from '../verb.ts'

/** `interwork remove`: forgets a machine; its readings stay. */
export function removeCommand(io: Io, done: Done): Command {
  return verb('remove', 'remove a machine; its readings are kept')
    .argument('<thing>', 'id of the machine')
    .option('--yes', 'do not ask')
    .action(acting(io, done, remove))
}

async function remove(io: Io, options: { yes?: boolean } & CommonOptions, id: string): Promise<number> {
  const client = await runningInstance(io, options)
  const thing = await client.json<ThingView>(thingPath(id))
  if (!(await agreed(io, options, `Remove ${thing.title.en} (${id})? Its readings are kept. [y/N] `)))
    return exitCodes.refused.code
  await client.json(thingPath(id), { method: 'DELETE' })
  io.out(options.json ? `${JSON.stringify({ removed: id })}\n` : `Removed ${id}\n`)
  return exitCodes.ok.code
}

/** Whether to go on: with --yes, or after a yes at the terminal. Throws `UsageError` where nobody can answer. */
export async function agreed(
  io: Io,
  { yes, json }: { yes?: boolean } & CommonOptions,
  question: string,
): Promise<boolean> {
  if (yes) return true
  if (!io.terminal || json) throw new UsageError('Nobody can be asked here: add --yes')
  return /^y(es)?$/i.test((await io.ask(question)).trim())
}
