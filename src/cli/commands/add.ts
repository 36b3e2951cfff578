import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { ProfileList, ThingView } from '#instance'
import { IwError } from '#kernel'
import { exitCodes, UsageError } from '../exit-codes.ts'
import type { Io } from '../io.ts'
import { withProgress } from '../progress.ts'
import { table } from '../table.ts'
import { type Connection, parseAddress, parseProperty, suggestedId } from '../thing-input.ts'
import { acting, type CommonOptions, type Done, runningInstance, verb } from '../verb.ts'

interface AddOptions {
  readonly profile?: string
  readonly profiles?: boolean
  readonly id?: string
  readonly title?: string
  readonly titleZh?: string
  readonly area?: string
  readonly areaZh?: string
  readonly property?: readonly string[]
  readonly file?: string
}

/** `interwork add`: a machine by address and profile, by single properties, or from a file. */
export function addCommand(io: Io, done: Done): Command {
  return verb('add', 'add a machine')
    .argument(
      '[address]',
      'modbus-tcp://host:502?unit=1, modbus-rtu-tcp://host:port or modbus-rtu:/dev/ttyUSB0?baudRate=9600',
    )
    .option('--profile <maker/name>', 'the profile its properties come from')
    .option('--profiles', 'list the profiles there are')
    .option('--property <name=address>', 'a property, such as temperature=hr100:float32,unit=Cel; repeatable', gather)
    .option('--file <file>', 'take the whole definition from a YAML or JSON file')
    .option('--id <id>', 'its id; default: made of its address')
    .option('--title <text>', 'its name for people')
    .option('--title-zh <text>', 'its name in Chinese')
    .option('--area <text>', 'where it stands')
    .option('--area-zh <text>', 'where it stands, in Chinese')
    .action(acting(io, done, add))
}

const gather = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

async function add(io: Io, options: AddOptions & CommonOptions, address?: string): Promise<number> {
  if (options.profiles) return await listProfiles(io, options)
  const body = options.file === undefined ? fromOptions(address, options) : await fromFile(io.folder, options.file)
  const client = await runningInstance(io, options)
  const adding = client.json<ThingView>('/api/v1/things', { method: 'POST', body })
  const thing = await withProgress(io, 'adding', adding)
  if (options.json) io.out(`${JSON.stringify(thing)}\n`)
  else io.out(`Added ${thing.id} with ${thing.properties.length} values. See them: interwork read ${thing.id}\n`)
  return exitCodes.ok.code
}

async function listProfiles(io: Io, options: CommonOptions): Promise<number> {
  const client = await runningInstance(io, options)
  const { profiles } = await client.json<ProfileList>('/api/v1/profiles')
  const rows = profiles.map((profile) => [
    profile.id,
    profile.title.en,
    profile.maker,
    profile.protocol,
    String(profile.properties),
  ])
  const head = ['profile', 'title', 'maker', 'protocol', 'values']
  io.out(options.json ? `${JSON.stringify({ profiles })}\n` : table(head, rows, [4]))
  return exitCodes.ok.code
}

async function fromFile(folder: string, file: string): Promise<unknown> {
  const { parse } = await import('yaml')
  try {
    return parse(readFileSync(resolve(folder, file), 'utf8'))
  } catch (cause) {
    throw new IwError('IW_CONNECT_INVALID_THING', `${file}: ${(cause as Error).message}`, { cause })
  }
}

function fromOptions(address: string | undefined, options: AddOptions): object {
  if (address === undefined) throw new UsageError('Give the address of the machine, or --file.')
  const { profile, property } = options
  if (profile === undefined && property === undefined)
    throw new UsageError('Say what the machine has: --profile maker/name, or --property name=hr100:float32.')
  const connection: Connection = parseAddress(address)
  return {
    id: options.id ?? suggestedId(connection, profile),
    ...(profile !== undefined && { profile }),
    ...text('title', options.title, options.titleZh),
    ...text('area', options.area, options.areaZh),
    connection,
    ...(property !== undefined && { properties: property.map(parseProperty) }),
  }
}

function text(name: 'title' | 'area', en: string | undefined, zh: string | undefined): object {
  if (en === undefined && zh === undefined) return {}
  return { [name]: { en: en ?? zh, ...(zh !== undefined && { zh }) } }
}
