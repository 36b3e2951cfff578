import type { Microseconds } from '#kernel'
import type { PropertyDefinition, Thing } from '#model'
import type { PropertyView, ThingView } from '../contract.ts'
import type { House } from '../house.ts'
import { lastView } from './reading.ts'

type Rooms = Pick<House, 'connect' | 'historian'>

/** A thing with the last reading of each of its properties. */
export function thingView(thing: Thing, { connect, historian }: Rooms, now: Microseconds): ThingView {
  const { id, title, description, area, profile, origin, version, createdAt, connection, properties } = thing
  const status = connect.things.status(id)
  return {
    id,
    title: title ?? { en: id },
    ...(description && { description }),
    ...(area && { area }),
    ...(profile !== undefined && { profile }),
    origin,
    version,
    createdAt,
    ...(connection && { protocol: connection.protocol, connection: withoutSecrets(connection) }),
    ...(status && { status }),
    machine: { ...connect.things.machine(id) },
    properties: properties.flatMap((property) => propertyView(thing, property, { connect, historian }, now) ?? []),
  }
}

/** A property with its last reading; undefined while its tag is not made yet. */
export function propertyView(
  thing: Thing,
  property: PropertyDefinition,
  { connect, historian }: Rooms,
  now: Microseconds,
): PropertyView | undefined {
  const tag = connect.things.tag(thing.id, property.name)
  if (!tag) return undefined
  const everyMs = expectedEveryMs(thing, property)
  const last = historian.last(tag.id)
  return {
    ...property,
    tag: tag.id,
    ...(everyMs !== undefined && { everyMs }),
    ...(last && { last: lastView(last, everyMs, now) }),
  }
}

/** The interval in which a polled property should have a new reading; things that send by themselves promise none. */
export function expectedEveryMs(thing: Thing, property: PropertyDefinition): number | undefined {
  if (property.everyMs !== undefined) return property.everyMs
  const every = thing.connection?.['everyMs']
  return typeof every === 'number' ? every : undefined
}

const secretName = /pass(word|phrase)?$|secret|token|credential|key$/i

/** The connection as defined, but for what is nobody's business. */
export function withoutSecrets(connection: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(connection).filter(([name]) => !secretName.test(name)))
}
