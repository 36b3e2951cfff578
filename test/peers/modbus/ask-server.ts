import { deepEqual, equal, ok } from 'node:assert/strict'
import {
  type CallOutcome,
  call,
  ModbusClient,
  type ModbusClientOptions,
  type ModbusRequest,
  readBits,
  readRegisters,
} from '#modbus'
import type { Cases } from '../peer.ts'
import { reference, span } from './reference.ts'

const { unit, writable } = reference

/** A connected client of ours; closed when `work` has ended. */
export async function withClient<T>(
  transport: ModbusClientOptions['transport'],
  work: (client: ModbusClient) => Promise<T>,
): Promise<T> {
  const client = new ModbusClient({ transport, inFlight: 8 })
  client.limitUnit(unit, transport.kind === 'tcp' ? 8 : 1)
  const open = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no connection: ${JSON.stringify(client.state)}`)), 10_000)
    client.watch((state) => {
      if (state.kind !== 'open') return
      clearTimeout(timer)
      resolve()
    })
  })
  client.start()
  try {
    await open
    return await work(client)
  } finally {
    client.close()
  }
}

async function write(client: ModbusClient, request: ModbusRequest): Promise<void> {
  const outcome = await call(client, unit, request)
  ok('pdu' in outcome, `refused: ${JSON.stringify(outcome)}`)
}

const exceptionOf = (outcome: CallOutcome): number | undefined =>
  'failure' in outcome && outcome.failure.kind === 'exception' ? outcome.failure.code : undefined

/** Puts functions 1 to 6, 15, 16, 22 and 23 to a server that holds the reference contents. */
export async function askServer(cases: Cases, client: ModbusClient, prefix = ''): Promise<void> {
  const check = (name: string, work: () => unknown) => cases.check(`${prefix}${name}`, work)
  for (const [name, table, of] of [
    ['function 1, coils', 'coil', reference.coil],
    ['function 2, discrete inputs', 'discrete', reference.discrete],
  ] as const)
    await check(name, async () => {
      for (const [from, count] of [
        [0, 1],
        [5, 19],
        [100, 2000],
      ] as const)
        deepEqual(await readBits(client, unit, table, from, count), span(from, count, of))
      return '2,020 bits'
    })
  for (const [name, table, of] of [
    ['function 3, holding registers', 'holding', reference.holding],
    ['function 4, input registers', 'input', reference.input],
  ] as const)
    await check(name, async () => {
      for (const [from, count] of [
        [0, 1],
        [17, 10],
        [75, 125],
      ] as const)
        deepEqual([...(await readRegisters(client, unit, table, from, count))], span(from, count, of))
      return '136 registers'
    })
  await check('function 5, write one coil, read back', async () => {
    for (const value of [true, false, true]) {
      await write(client, { function: 5, address: writable, value })
      deepEqual(await readBits(client, unit, 'coil', writable, 1), [value])
    }
  })
  await check('function 6, write one register, read back', async () => {
    for (const value of [0, 0xffff, 0x1234]) {
      await write(client, { function: 6, address: writable, value })
      deepEqual([...(await readRegisters(client, unit, 'holding', writable, 1))], [value])
    }
  })
  await check('function 15, write 19 and 1,000 coils, read back', async () => {
    for (const count of [19, 1000]) {
      const values = span(0, count, (i) => i % 7 < 3)
      await write(client, { function: 15, address: writable + 20, values })
      deepEqual(await readBits(client, unit, 'coil', writable + 20, count), values)
    }
  })
  await check('function 16, write 1 and 100 registers, read back', async () => {
    for (const count of [1, 100]) {
      const values = Uint16Array.from(span(0, count, (i) => 0xffff - i * 31))
      await write(client, { function: 16, address: writable, values })
      deepEqual(await readRegisters(client, unit, 'holding', writable, count), values)
    }
  })
  await check('function 22, mask write, read back', async () => {
    await write(client, { function: 6, address: writable + 3, value: 0x0012 })
    // The example of §6.16: 0x12 with 0xF2 and 0x25 becomes 0x17.
    await write(client, { function: 22, address: writable + 3, andMask: 0x00f2, orMask: 0x0025 })
    deepEqual([...(await readRegisters(client, unit, 'holding', writable + 3, 1))], [0x0017])
  })
  await check('function 23, write 5 and read 10 in one', async () => {
    const values = Uint16Array.of(1, 2, 3, 0xfffe, 5)
    const request = { function: 23, readAddress: 10, readCount: 10, writeAddress: writable + 40, values } as const
    const outcome = await call(client, unit, request)
    ok('pdu' in outcome, `refused: ${JSON.stringify(outcome)}`)
    const words = span(0, 10, (i) => Buffer.from(outcome.pdu).readUInt16BE(2 + i * 2))
    deepEqual(words, span(10, 10, reference.holding))
    deepEqual(await readRegisters(client, unit, 'holding', writable + 40, 5), values)
  })
  await check('an address beyond the table is exception 2', async () => {
    const outcome = await call(client, unit, { function: 3, address: reference.registers - 1, count: 5 })
    equal(exceptionOf(outcome), 2)
  })
}

/** Many reads of different spans, some on the wire at once: every answer must be its own. */
export async function askAtOnce(
  cases: Cases,
  client: ModbusClient,
  { reads, inFlight }: { readonly reads: number; readonly inFlight: number },
): Promise<void> {
  client.limitUnit(unit, inFlight)
  await cases.check(`${reads.toLocaleString('en')} reads, ${inFlight} in flight, each answer its own`, async () => {
    const wrong = await Promise.all(
      readsAtOnce(reads).map(async ({ code, from, count }) => {
        const words = await readRegisters(client, unit, code === 3 ? 'holding' : 'input', from, count)
        const expected = span(from, count, code === 3 ? reference.holding : reference.input)
        return words.length === count && expected.every((word, index) => word === words[index]) ? 0 : 1
      }),
    )
    equal(
      wrong.reduce<number>((sum, one) => sum + one, 0),
      0,
    )
    return `0 of ${reads.toLocaleString('en')} wrong`
  })
}

/** What `askAtOnce` asks: functions 3 and 4 in turn, of many addresses and counts. */
export const readsAtOnce = (reads: number) =>
  span(0, reads, (i) => ({ code: i % 2 === 0 ? 3 : 4, from: (i * 13) % 180, count: 1 + (i % 20) }) as const)
