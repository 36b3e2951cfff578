import type { Command } from 'commander'
import type { ApiClient, LiveMessage, PropertyView } from '#instance'
import { exitCodes } from '../exit-codes.ts'
import type { Io } from '../io.ts'
import { shownTime, shownUnit, shownValue } from '../values.ts'
import { acting, type CommonOptions, type Done, runningInstance, verb } from '../verb.ts'
import { allThings } from './things.ts'

/** `interwork watch`: values and events as they come, until Ctrl-C. */
export function watchCommand(io: Io, done: Done): Command {
  return verb('watch', 'show values and events as they come, a line each, until Ctrl-C')
    .argument('[things...]', 'ids of machines; without them all')
    .action(acting(io, done, watch))
}

async function watch(io: Io, options: CommonOptions, things: readonly string[]): Promise<number> {
  const client = await runningInstance(io, options)
  const interrupted = io.interrupted()
  const query = things.length > 0 ? `?${new URLSearchParams({ things: things.join(',') })}` : ''
  let names = await tagNames(client)
  try {
    for await (const message of client.events<LiveMessage>(`/api/v1/live${query}`, interrupted)) {
      if (message.type === 'thing') names = await tagNames(client)
      io.out(options.json ? `${JSON.stringify(message)}\n` : lines(message, names))
    }
  } catch (error) {
    if (!interrupted.aborted) throw error
  }
  return exitCodes.ok.code
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
