import type { Command } from 'commander'
import type { ApiClient, LiveMessage, PropertyView } from '#instance'
import { exitCodes } from '../exit-codes.ts'
import type { Io } from '../io.ts'
import { propertyPath, shownTime, shownUnit, shownValue, splitTarget, thingPath } from '../values.ts'
import { acting, type CommonOptions, type Done, runningInstance, verb } from '../verb.ts'
import { allThings } from './things.ts'

/** `interwork watch`: values and events as they come, until Ctrl-C. */
export function watchCommand(io: Io, done: Done): Command {
  return verb('watch', 'show values and events as they come, a line each, until Ctrl-C')
    .argument('[thing[/property]...]', 'what to watch; without it everything')
    .action(acting(io, done, watch))
}

async function watch(io: Io, options: CommonOptions, names: readonly string[]): Promise<number> {
  const client = await runningInstance(io, options)
  const interrupted = io.interrupted()
  const targets = names.map(splitTarget)
  await refuseUnknown(client, targets)
  const things = [...new Set(targets.map(({ thing }) => thing))]
  const query = things.length > 0 ? `?${new URLSearchParams({ things: things.join(',') })}` : ''
  let tags = await tagNames(client)
  try {
    for await (const message of client.events<LiveMessage>(`/api/v1/live${query}`, interrupted)) {
      if (message.type === 'thing') tags = await tagNames(client)
      const wanted = wantedPart(message, targets, tags)
      if (wanted) io.out(options.json ? `${JSON.stringify(wanted)}\n` : lines(wanted, tags))
    }
  } catch (error) {
    if (!interrupted.aborted) throw error
  }
  return exitCodes.ok.code
}

interface Target {
  readonly thing: string
  readonly property?: string
}

/** A name that does not exist would be waited for without a word. */
async function refuseUnknown(client: ApiClient, targets: readonly Target[]): Promise<void> {
  for (const { thing, property } of targets)
    await client.json(property === undefined ? thingPath(thing) : propertyPath(thing, property))
}

/** What of a message was asked for: of a machine whose properties are named only those, and all that is no value. */
function wantedPart(
  message: LiveMessage,
  targets: readonly Target[],
  tags: ReadonlyMap<number, TagName>,
): LiveMessage | undefined {
  if (targets.length === 0) return message
  const isWanted = (thing: string, name: string) =>
    targets.some((target) => target.thing === thing && (target.property ?? name) === name)
  if (message.type === 'command') return isWanted(message.command.thing, message.command.property) ? message : undefined
  if (message.type !== 'readings') return message
  const readings = message.readings.filter(([tag]) => {
    const known = tags.get(tag)
    return known !== undefined && isWanted(known.thing, known.name)
  })
  return readings.length > 0 ? { ...message, readings } : undefined
}

interface TagName extends Pick<PropertyView, 'name' | 'unit' | 'decimals'> {
  readonly thing: string
}

/** What each tag id of the live stream stands for. */
async function tagNames(client: ApiClient): Promise<ReadonlyMap<number, TagName>> {
  const things = await allThings(client)
  return new Map(
    things.flatMap(({ id, properties }) =>
      properties.map(({ tag, name, unit, decimals }) => [
        tag,
        { thing: id, name, ...(unit !== undefined && { unit }), ...(decimals !== undefined && { decimals }) },
      ]),
    ),
  )
}

function lines(message: LiveMessage, names: ReadonlyMap<number, TagName>): string {
  switch (message.type) {
    case 'readings':
      return message.readings.map((reading) => readingLine(reading, names)).join('')
    case 'connection':
      return `${shownTime(message.status.since)} ${message.status.thing} ${message.status.state}\n`
    case 'thing':
      return `${message.id} ${message.change}\n`
    case 'event':
      return `${shownTime(message.event.at)} ${message.event.kind} ${message.event.thing ?? ''}\n`
    case 'command': {
      const { requestedAt, thing, property, value, outcome } = message.command
      return `${shownTime(requestedAt)} ${thing}/${property} ← ${shownValue(value)}: ${outcome}\n`
    }
  }
}

type Reading = Extract<LiveMessage, { type: 'readings' }>['readings'][number]

function readingLine([tag, time, value, quality]: Reading, names: ReadonlyMap<number, TagName>): string {
  const known = names.get(tag)
  const name = known ? `${known.thing}/${known.name}` : `tag ${tag}`
  const text = `${shownValue(value, known?.decimals)} ${shownUnit(known?.unit)}`.trim()
  return `${shownTime(time)} ${name} ${text}${quality === 'good' ? '' : ` (${quality})`}\n`
}
