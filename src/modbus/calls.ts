import { copyBytes } from './bytes.ts'
import type { ModbusClient } from './client.ts'
import { describeFailure, type ExchangeFailure } from './exchange.ts'
import { decodeIdentification, decodeServerId, expectReply } from './reply.ts'
import { encodeRequest, type ModbusRequest, unpackBits, unpackRegisters } from './request.ts'

export interface CallOptions {
  readonly timeoutMs?: number
  /** Before what else waits for this unit. */
  readonly urgent?: boolean
}

/** The PDU of the answer, or why there is none. */
export type CallOutcome = { readonly pdu: Uint8Array } | { readonly failure: ExchangeFailure }

/** Sends one request and waits for its end. Never rejects; throws `RangeError` for what cannot be asked. */
export function call(
  client: ModbusClient,
  unit: number,
  request: ModbusRequest,
  { timeoutMs = 1000, urgent = false }: CallOptions = {},
): Promise<CallOutcome> {
  const pdu = encodeRequest(request)
  const expected = expectReply(request, pdu)
  return new Promise((resolve) =>
    client.send(
      {
        unit,
        pdu,
        expected,
        timeoutMs,
        answered: (bytes, at, length) => resolve({ pdu: copyBytes(bytes, at, at + length) }),
        failed: (failure) => resolve({ failure }),
      },
      urgent,
    ),
  )
}

/** A request that has no answer: thrown by the calls below. */
export class ModbusCallError extends Error {
  readonly failure: ExchangeFailure

  constructor(failure: ExchangeFailure) {
    super(describeFailure(failure))
    this.name = 'ModbusCallError'
    this.failure = failure
  }
}

async function answer(client: ModbusClient, unit: number, request: ModbusRequest, options?: CallOptions) {
  const outcome = await call(client, unit, request, options)
  if ('failure' in outcome) throw new ModbusCallError(outcome.failure)
  return outcome.pdu
}

/** Functions 3 and 4. Rejects with `ModbusCallError`, as all calls here. */
export async function readRegisters(
  client: ModbusClient,
  unit: number,
  table: 'holding' | 'input',
  address: number,
  count: number,
  options?: CallOptions,
): Promise<Uint16Array> {
  const pdu = await answer(client, unit, { function: table === 'holding' ? 3 : 4, address, count }, options)
  return unpackRegisters(pdu, 2, count)
}

/** Functions 1 and 2. */
export async function readBits(
  client: ModbusClient,
  unit: number,
  table: 'coil' | 'discrete',
  address: number,
  count: number,
  options?: CallOptions,
): Promise<boolean[]> {
  const pdu = await answer(client, unit, { function: table === 'coil' ? 1 : 2, address, count }, options)
  return unpackBits(pdu, 2, count)
}

/** Function 43/14: all objects of a category, as many requests as it takes. */
export async function readIdentification(
  client: ModbusClient,
  unit: number,
  category: 1 | 2 | 3,
  options?: CallOptions,
): Promise<ReadonlyMap<number, string>> {
  const objects = new Map<number, string>()
  let object = 0
  for (;;) {
    const reply = decodeIdentification(await answer(client, unit, { function: 43, category, object }, options))
    for (const [id, text] of reply.objects) objects.set(id, text)
    // A device that does not get ahead would be asked for ever.
    if (reply.next === undefined || reply.next <= object) return objects
    object = reply.next
  }
}

/** Function 17: the bytes the device gives, its status among them. */
export async function readServerId(client: ModbusClient, unit: number, options?: CallOptions): Promise<Uint8Array> {
  return decodeServerId(await answer(client, unit, { function: 17 }, options)).bytes
}
