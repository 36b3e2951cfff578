import { call, decodeIdentification, decodeServerId, type ExchangeFailure } from '#modbus'
import { BatchBuilder, type PropertyDefinition, Quality, type TagId, type Value } from '#model'
import type { DriverReadings } from '#ports'
import type { Access } from './access.ts'
import type { ModbusAddress } from './address.ts'

/** A property that is no register: what the device says of itself (functions 43/14 and 17). */
export interface NameplateEntry {
  readonly property: PropertyDefinition
  readonly tag: TagId
  readonly address: Extract<ModbusAddress, { table: 'identification' | 'server-id' }>
}

/** What a device is called changes when it is exchanged: asked at each connection, and once an hour. */
export const nameplateEveryMs = 3_600_000

/** Asks one entry now. */
export async function readEntry(
  { client, connection: { unit, timeoutMs } }: Access,
  { property, address }: NameplateEntry,
  urgent: boolean,
): Promise<{ readonly value: Value } | { readonly failure: ExchangeFailure }> {
  const options = { timeoutMs, urgent }
  if (address.table === 'identification') {
    const { object } = address
    const outcome = await call(client, unit, { function: 43, category: 4, object }, options)
    if ('failure' in outcome) return outcome
    return { value: decodeIdentification(outcome.pdu).objects.get(object) ?? null }
  }
  const outcome = await call(client, unit, { function: 17 }, options)
  if ('failure' in outcome) return outcome
  return { value: serverId(decodeServerId(outcome.pdu).bytes, property.type === 'boolean') }
}

/**
 * The id as text where it is one, else in hexadecimal; as a boolean, the run indicator. How long the id is depends on the
 * device (§6.13): the last byte that can be an indicator, 0x00 or 0xFF, is taken for it.
 */
function serverId(bytes: Uint8Array, running: boolean): Value {
  let status = bytes.length - 1
  while (status >= 0 && bytes[status] !== 0 && bytes[status] !== 0xff) status--
  if (running) return status < 0 ? null : bytes[status] === 0xff
  const id = bytes.subarray(0, status < 0 ? bytes.length : status)
  const isText = id.length > 0 && id.every((byte) => byte >= 0x20 && byte < 0x7f)
  return isText ? Buffer.from(id).toString('latin1').trimEnd() : Buffer.from(id).toString('hex')
}

export interface NameplateRound {
  readonly readings?: DriverReadings
  readonly asked: number
  readonly answered: number
  /** Entries the device does not have, or a function it does not have. */
  readonly refused: number
}

/** One round over all entries. Silence ends it. */
export async function readNameplate(
  access: Access,
  entries: readonly NameplateEntry[],
  now: () => number,
): Promise<NameplateRound> {
  const batch = new BatchBuilder()
  let refused = 0
  let asked = 0
  for (const entry of entries) {
    asked++
    const answer = await readEntry(access, entry, false)
    if ('value' in answer)
      batch.add(entry.tag, now(), answer.value, answer.value === null ? Quality.nullValue : Quality.good)
    else if (answer.failure.kind === 'exception') {
      refused++
      batch.add(entry.tag, now(), null, Quality.commError)
    } else break
  }
  const counts = { asked, answered: batch.count, refused }
  if (batch.count === 0) return counts
  const {
    source: _source,
    sequence: _sequence,
    ...readings
  } = batch.build({ source: '-', sequence: 0, arrivedAt: now() })
  return { readings, ...counts }
}
