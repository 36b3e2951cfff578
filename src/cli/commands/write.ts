import type { Command } from 'commander'
import type { CommandView, PropertyView } from '#instance'
import { IwError, isIwError } from '#kernel'
import { exitCodes, UsageError } from '../exit-codes.ts'
import type { Io } from '../io.ts'
import { withProgress } from '../progress.ts'
import { propertyPath, shownUnit, shownValue, splitTarget, typedValue } from '../values.ts'
import { acting, type CommonOptions, type Done, runningInstance, verb } from '../verb.ts'
import { agreed } from './remove.ts'

interface WriteOptions {
  readonly reason?: string
  readonly yes?: boolean
}

/** `interwork write`: one value to one machine, within the rules of the property. */
export function writeCommand(io: Io, done: Done): Command {
  return verb('write', 'write a value to a machine; only where its definition permits it')
    .argument('<thing/property>', 'what to write')
    .argument('<value>', 'the new value, in the unit of the property')
    .option('--reason <text>', 'why; kept in the record')
    .option('--yes', 'do not ask')
    .action(acting(io, done, write))
}

async function write(io: Io, options: WriteOptions & CommonOptions, target: string, text: string): Promise<number> {
  const { thing, property: name } = splitTarget(target)
  if (name === undefined) throw new UsageError(`"${target}" names no property: ${thing}/property`)
  const client = await runningInstance(io, options)
  const path = propertyPath(thing, name)
  const property = await client.json<PropertyView>(path)
  const value = typedValue(text, property)
  const step = `${target}: ${shown(property, property.last?.value)} → ${shown(property, value)}`
  if (!(await agreed(io, options, `${step}\nWrite it? [y/N] `))) return exitCodes.refused.code

  const body = { value, ...(options.reason !== undefined && { reason: options.reason }) }
  const sent = client.json<CommandView>(`${path}/commands`, { method: 'POST', body })
  const command = await withProgress(io, 'writing', sent).catch((error: unknown) => recordOf(error, options, io))
  if (options.json) io.out(`${JSON.stringify(command)}\n`)
  else io.out(`${step}\n${outcome(command, property)}\n`)
  return exitCodes.ok.code
}

/** A write that was not done is told with its record, then as the failure it is. */
function recordOf(error: unknown, { json }: CommonOptions, io: Io): never {
  if (!isIwError(error)) throw error
  const command = error.detail['command'] as CommandView | undefined
  if (command && json) io.out(`${JSON.stringify(command)}\n`)
  const outcome = command?.outcome
  // A write whose outcome is not known must be told as such whatever its code says.
  if (outcome === 'unknown' && error.code !== 'IW_COMMAND_UNKNOWN_OUTCOME')
    throw new IwError('IW_COMMAND_UNKNOWN_OUTCOME', error.message, { cause: error, detail: { ...error.detail } })
  throw error
}

function outcome({ outcome, readBack, id }: CommandView, property: PropertyView): string {
  const back = readBack === undefined ? '' : `, read back ${shown(property, readBack)}`
  return `${outcome}${back} (record ${id})`
}

const shown = ({ unit, decimals }: PropertyView, value: CommandView['value'] | undefined): string =>
  `${shownValue(value, decimals)} ${shownUnit(unit)}`.trim()
