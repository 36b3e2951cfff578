import { z } from 'zod'
import { IwError, type Result, unwrap } from '#kernel'
import { localText, type ThingDefinition, thingDefinition, thingId } from '#model'
import type { Driver } from '#ports'
import type { Profile, ProfileLibrary } from '../profiles/library.ts'

/**
 * A thing made from a profile: what the profile says, with its own place and address. `properties` change single fields of
 * the profile's properties by name, or add more.
 */
const fromProfile = z.strictObject({
  profile: z.string(),
  id: thingId,
  title: localText.optional(),
  description: localText.optional(),
  area: localText.optional(),
  connection: z.looseObject({}).optional(),
  properties: z.array(z.looseObject({ name: z.string() })).optional(),
})

/**
 * Makes a definition of what a person sent, a settings file said or the database kept. Throws `IW_CONNECT_INVALID_THING`
 * naming path and value, or `IW_CONNECT_UNKNOWN_PROFILE`.
 */
export function parseThing(input: unknown, profiles: ProfileLibrary): ThingDefinition {
  return valid(thingDefinition, needsProfile(input) ? expand(input, profiles) : input)
}

/** A complete definition names its protocol (or has no connection) and types all its properties. */
function needsProfile(input: unknown): boolean {
  if (typeof input !== 'object' || input === null || !('profile' in input)) return false
  const { connection, properties } = input as { connection?: { protocol?: unknown }; properties?: unknown }
  if (!Array.isArray(properties) || properties.some((property) => property?.type === undefined)) return true
  return connection !== undefined && connection?.protocol === undefined
}

function expand(input: unknown, profiles: ProfileLibrary): unknown {
  const own = valid(fromProfile, input)
  const profile = profiles.get(own.profile)
  if (!profile)
    throw new IwError('IW_CONNECT_UNKNOWN_PROFILE', `There is no profile "${own.profile}"`, {
      detail: { profile: own.profile },
    })
  return {
    ...own,
    title: own.title ?? profile.title,
    ...((own.description ?? profile.description) && { description: own.description ?? profile.description }),
    connection: { ...profile.connection, ...own.connection },
    properties: merge(profile.properties, own.properties ?? []),
  }
}

function merge(base: Profile['properties'], own: readonly { name: string }[]): unknown[] {
  const changes = new Map(own.map((property) => [property.name, property]))
  const merged = base.map((property) => {
    const change = changes.get(property.name)
    changes.delete(property.name)
    return change ? { ...property, ...change } : property
  })
  return [...merged, ...changes.values()]
}

/**
 * Lets the driver check connection and addresses and fill in its defaults. A thing without a connection is good as it is.
 * Fails with `IW_CONNECT_UNKNOWN_PROTOCOL` or what the driver says.
 */
export function checkWithDriver(definition: ThingDefinition, drivers: ReadonlyMap<string, Driver>): ThingDefinition {
  const protocol = definition.connection?.protocol
  if (protocol === undefined) return definition
  const driver = drivers.get(protocol)
  if (!driver)
    throw new IwError(
      'IW_CONNECT_UNKNOWN_PROTOCOL',
      `connection.protocol: "${protocol}" is not one of ${[...drivers.keys()].join(', ')}`,
      { detail: { path: 'connection.protocol', value: protocol } },
    )
  const checked: Result<ThingDefinition> = driver.check(definition)
  return unwrap(checked)
}

const issuesShown = 3

function valid<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.slice(0, issuesShown).map(({ path, message }) => {
    const name = path.map(String).join('.')
    return { path: name, message: `${name || 'the definition'}: ${message}${shown(input, path)}` }
  })
  throw new IwError('IW_CONNECT_INVALID_THING', issues.map(({ message }) => message).join('; '), {
    detail: { paths: issues.map(({ path }) => path) },
  })
}

/** The value that was wrong, where it is short; nothing from a connection, which may hold a secret. */
function shown(input: unknown, path: readonly PropertyKey[]): string {
  if (path.length === 0 || path[0] === 'connection') return ''
  let value: unknown = input
  for (const step of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[step]
  if (value === undefined || (typeof value === 'object' && value !== null)) return ''
  return ` (it is ${JSON.stringify(value).slice(0, 60)})`
}
