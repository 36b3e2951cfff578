import { type Failure, failure, type Result, success } from '#kernel'
import type { Principal, PropertyDefinition, Thing, Value } from '#model'
import type { Authorizer, DeviceSession } from '#ports'
import type { WriteRates } from './rate.ts'
import { shownValue } from './value.ts'

/** A write on its way to the wire, as the checks see it. `value` is in the type of the property where `typed` succeeded. */
export interface Attempt {
  readonly principal: Principal
  readonly thing: Thing
  readonly property: PropertyDefinition
  readonly typed: Result<Value>
  readonly value: Value
  readonly session: DeviceSession | undefined
  readonly authorizer: Authorizer
  readonly rates: WriteRates
  readonly busy: ReadonlySet<string>
}

type Check = (attempt: Attempt) => Result<unknown>

/** The name under which writes to one property are counted and kept apart. */
export const propertyKey = (thing: string, property: string): string => `${thing}\n${property}`

const mayWrite: Check = ({ authorizer, principal, thing }) =>
  authorizer.authorize(principal, 'property.write', thing.id)

const isOptedIn: Check = ({ thing, property }) =>
  property.write
    ? success(undefined)
    : failure('IW_COMMAND_NOT_WRITABLE', `${thing.id}/${property.name} has no write section: it is read-only`)

const isOfItsType: Check = ({ typed }) => typed

const isConnected: Check = ({ thing, session }) =>
  session ? success(undefined) : failure('IW_COMMAND_NOT_WRITABLE', `${thing.id} has no connection to write through`)

const isWithinRange: Check = ({ property, value }) => {
  if (typeof value !== 'number' && typeof value !== 'bigint') return success(undefined)
  const { write, range, unit } = property
  const lowest = Math.max(write?.min ?? Number.NEGATIVE_INFINITY, range?.min ?? Number.NEGATIVE_INFINITY)
  const highest = Math.min(write?.max ?? Number.POSITIVE_INFINITY, range?.max ?? Number.POSITIVE_INFINITY)
  if (value >= lowest && value <= highest) return success(undefined)
  const limits = { ...(lowest > -Infinity && { min: lowest }), ...(highest < Infinity && { max: highest }) }
  return failure(
    'IW_COMMAND_OUT_OF_RANGE',
    `${value} is outside ${limits.min ?? '…'} to ${limits.max ?? '…'}${unit ? ` ${unit}` : ''} of ${property.name}`,
    limits,
  )
}

const isAnOption: Check = ({ property, value }) => {
  const options = property.write?.options ?? property.enum
  if (typeof value !== 'string' || !options || options.includes(value)) return success(undefined)
  return failure('IW_COMMAND_OUT_OF_RANGE', `${shownValue(value)} is not one of ${options.join(', ')}`, { options })
}

const isAlone: Check = ({ thing, property, busy }) =>
  busy.has(propertyKey(thing.id, property.name))
    ? failure('IW_COMMAND_BUSY', `A write to ${thing.id}/${property.name} is under way`)
    : success(undefined)

const isWithinRate: Check = ({ thing, property, rates }) => {
  const limit = property.write!.maxPerMinute
  const retryAfterSeconds = rates.waitSeconds(propertyKey(thing.id, property.name), limit)
  if (retryAfterSeconds === 0) return success(undefined)
  return failure(
    'IW_COMMAND_RATE',
    `${property.name} may be written ${limit} times a minute: wait ${retryAfterSeconds} s`,
    { retryAfterSeconds },
  )
}

/**
 * What has to be true before anything is sent, in this order; the first that fails is the reason. Rights come first: who
 * may not write learns nothing of the property.
 */
const checksBeforeTheWire: readonly Check[] = [
  mayWrite,
  isOptedIn,
  isOfItsType,
  isConnected,
  isWithinRange,
  isAnOption,
  isAlone,
  isWithinRate,
]

export function firstRefusal(attempt: Attempt): Failure | undefined {
  for (const check of checksBeforeTheWire) {
    const result = check(attempt)
    if (!result.ok) return result
  }
  return undefined
}
