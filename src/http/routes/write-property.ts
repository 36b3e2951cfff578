import { errorCatalogue, IwError } from '#kernel'
import type { CommandRecord, Tag, Value } from '#model'
import { apiPrefix, commandRequest, commandView as commandShape } from '../contract.ts'
import { route } from '../route.ts'
import { commandView } from '../views/command.ts'
import { findProperty, propertyParams } from './fields.ts'

export const writeProperty = route({
  method: 'POST',
  path: `${apiPrefix}/things/{thing}/properties/{property}/commands`,
  summary: 'Write a property of a machine',
  description:
    'Refused unless the property has a `write` section. 200 only when it was written and read back; else a problem whose detail.command is the record. IW_COMMAND_UNKNOWN_OUTCOME: it may or may not have happened; never repeat it blindly.',
  right: 'property.write',
  params: propertyParams,
  body: commandRequest,
  reply: commandShape,
  async handle({ params, body, principal }, house) {
    const { tag } = findProperty(house, params.thing, params.property)
    const record = await house.connect.commands.write(principal, {
      ...params,
      value: wishedValue(body.value, tag.type),
      ...(body.reason !== undefined && { reason: body.reason }),
    })
    if (record.outcome !== 'done') throw refused(record)
    return commandView(record)
  },
})

/** JSON numbers are exact to 2^53; larger integers come as decimal text. Throws `IW_COMMAND_TYPE`. */
function wishedValue(value: number | boolean | string | null, type: Tag['type']): Value {
  if (type !== 'integer') return value
  if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) {
    const integer = BigInt(value)
    return BigInt(Number(integer)) === integer && Number.isSafeInteger(Number(integer)) ? Number(integer) : integer
  }
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
    throw new IwError('IW_COMMAND_TYPE', `${value} is beyond 2^53: send it as decimal text`)
  return value
}

function refused(record: CommandRecord): IwError {
  const code = record.code ?? (record.outcome === 'unknown' ? 'IW_COMMAND_UNKNOWN_OUTCOME' : 'IW_CONNECT_DEVICE_ERROR')
  const message = record.message ?? errorCatalogue[code].title
  return new IwError(code, message, { detail: { command: commandView(record) } })
}
