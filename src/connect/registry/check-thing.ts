import { silentLogger } from '#kernel'
import type { ThingDefinition } from '#model'
import type { Driver } from '#ports'
import { createProfileLibrary } from '../profiles/library.ts'
import { checkWithDriver, parseThing } from './definition.ts'

/**
 * A check of definitions as `ThingRegistry.add` makes it, without keeping or connecting anything: for checking settings
 * before a start. The function throws `IW_CONNECT_INVALID_THING`, `_UNKNOWN_PROFILE` or `_UNKNOWN_PROTOCOL`.
 */
export function thingChecker(options: {
  profilesFolder: string
  drivers: readonly Driver[]
}): (input: unknown) => ThingDefinition {
  const profiles = createProfileLibrary(options.profilesFolder, silentLogger)
  const drivers = new Map(options.drivers.map((driver) => [driver.protocol, driver]))
  return (input) => checkWithDriver(parseThing(input, profiles), drivers)
}
