import { Command } from 'commander'
import { checkSettings, settingsJsonSchema } from '#instance'
import { exitCodes } from '../exit-codes.ts'
import type { Io } from '../io.ts'
import { acting, type CommonOptions, type Done, verb } from '../verb.ts'

/** `interwork config check` and `config schema`. */
export function configCommand(io: Io, done: Done): Command {
  return new Command('config')
    .description('check the settings, or print their JSON Schema')
    .addCommand(
      verb('check', 'check interwork.yaml, its machines included, without starting anything').action(
        acting(io, done, check),
      ),
    )
    .addCommand(verb('schema', 'print the JSON Schema of interwork.yaml, for editors').action(acting(io, done, schema)))
}

async function check(io: Io, { json, data, config }: CommonOptions): Promise<number> {
  const { settings, file } = await checkSettings(io.folder, config, data === undefined ? {} : { data })
  const things = settings.things.length
  if (json) io.out(`${JSON.stringify({ ok: true, file: file ?? null, data: settings.data, things })}\n`)
  else if (file === undefined) io.out('No interwork.yaml here: the defaults apply, and they are good.\n')
  else io.out(`${file} is good: ${things} machine${things === 1 ? '' : 's'}, data in ${settings.data}\n`)
  return exitCodes.ok.code
}

async function schema(io: Io): Promise<number> {
  io.out(`${JSON.stringify(await settingsJsonSchema(), undefined, 2)}\n`)
  return exitCodes.ok.code
}
