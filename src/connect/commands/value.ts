import { failure, type Result, success } from '#kernel'
import { maxTextBytes, type PropertyDefinition, type Value } from '#model'

const int64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n }

/**
 * The value in the type of the property. Integers beyond 2^53 may come as decimal text, as JSON needs it; nothing else is
 * converted. Fails with `IW_COMMAND_TYPE`.
 */
export function typedValue(property: PropertyDefinition, value: Value): Result<Value> {
  switch (property.type) {
    case 'number':
      if (typeof value === 'number' && Number.isFinite(value)) return success(value)
      break
    case 'integer': {
      const integer = wholeNumber(value)
      if (integer !== undefined) return success(integer)
      break
    }
    case 'boolean':
      if (typeof value === 'boolean') return success(value)
      break
    case 'string':
      if (typeof value === 'string' && Buffer.byteLength(value) <= maxTextBytes) return success(value)
      break
  }
  return failure('IW_COMMAND_TYPE', `${property.name} takes a ${property.type}, not ${shownValue(value)}`)
}

function wholeNumber(value: Value): number | bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined
  if (typeof value === 'string' && !/^-?\d{1,19}$/.test(value)) return undefined
  if (typeof value !== 'bigint' && typeof value !== 'string') return undefined
  const integer = BigInt(value)
  if (integer < int64.min || integer > int64.max) return undefined
  return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer
}

/** A value in a sentence; long texts are cut. */
export function shownValue(value: Value): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  return String(value)
}

/** As float32 keeps it: the coarsest that numbers lose on the way to a machine and back. */
const singlePrecision = 1e-6

/** Whether the machine kept what was written, within the tolerance of the property (by default half its resolution). */
export function isKept(property: PropertyDefinition, written: Value, readBack: Value): boolean {
  if (!isNumeric(written) || !isNumeric(readBack)) return written === readBack
  if (property.type === 'integer' && property.write?.tolerance === undefined)
    return String(written) === String(readBack)
  return Math.abs(Number(written) - Number(readBack)) <= tolerance(property, Number(written))
}

function tolerance({ write, decimals }: PropertyDefinition, written: number): number {
  const rounding = Math.abs(written) * singlePrecision
  if (write?.tolerance !== undefined) return write.tolerance + rounding
  return decimals === undefined ? rounding : 0.5 * 10 ** -decimals + rounding
}

/** Whether the step from the present value is within the limit, but for the rounding of float32. */
export function isStepPermitted(previous: Value, value: Value, maxStep: number): boolean {
  if (!isNumeric(previous) || !isNumeric(value)) return false
  const rounding = Math.max(Math.abs(Number(previous)) * singlePrecision, Number.EPSILON)
  return Math.abs(Number(value) - Number(previous)) <= maxStep + rounding
}

const isNumeric = (value: Value): value is number | bigint => typeof value === 'number' || typeof value === 'bigint'
