import { connect, type Socket } from 'node:net'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  call,
  ModbusClient,
  type ModbusDevice,
  ModbusException,
  type ModbusRequest,
  ModbusServer,
  readBits,
  readIdentification,
  readRegisters,
  readServerId,
} from '#modbus'
import { frameRtu } from '../../../src/modbus/crc16.ts'
import { frameMbap } from '../../../src/modbus/mbap.ts'
import { deframeMbap, deframeRtu } from '../../../src/modbus/server-framing.ts'

function plant() {
  const registers = new Uint16Array(1000).map((_, i) => i)
  const coils = Array.from({ length: 1000 }, (_, i) => i % 3 === 0)
  const device: ModbusDevice = {
    read: (table, at, count) => (table === 'coil' ? coils : coils.map((on) => !on)).slice(at, at + count),
    readRegisters(table, at, count) {
      if (at + count > registers.length) throw new ModbusException(2)
      return table === 'holding'
        ? registers.slice(at, at + count)
        : registers.map((word) => ~word).slice(at, at + count)
    },
    writeCoils: (at, values) => void coils.splice(at, values.length, ...values),
    writeRegisters: (at, values) => registers.set(values, at),
    identification: { 0: 'Interwork', 1: 'OM-1', 2: '1.0', 4: 'Pump 1' },
    serverId: { id: Uint8Array.of(0x49, 0x57), running: true },
  }
  return { registers, coils, device }
}

async function connected(client: ModbusClient): Promise<ModbusClient> {
  await new Promise<void>((resolve) => {
    client.watch(({ kind }) => kind === 'open' && resolve())
    client.start()
  })
  return client
}

describe.each([
  ['tcp', 'tcp'],
  ['rtu', 'rtu-over-tcp'],
] as const)('a server speaking %s', (framing, kind) => {
  const { registers, coils, device } = plant()
  let server: ModbusServer
  let client: ModbusClient
  let port: number
  beforeEach(async () => {
    server = new ModbusServer({ device: (unit) => (unit === 1 ? device : undefined), framing, maxConnections: 3 })
    port = (await server.listen(0)).port
    client = await connected(new ModbusClient({ transport: { kind, host: '127.0.0.1', port } }))
  })
  afterEach(async () => {
    client.close()
    await server.close()
  })

  test('answers every function of the codec', async () => {
    expect(await readBits(client, 1, 'coil', 0, 10)).toEqual(coils.slice(0, 10))
    expect(await readBits(client, 1, 'discrete', 3, 2)).toEqual([false, true])
    expect([...(await readRegisters(client, 1, 'holding', 5, 3))]).toEqual([5, 6, 7])
    expect([...(await readRegisters(client, 1, 'input', 5, 1))]).toEqual([0xfffa])
    const done = async (request: ModbusRequest) => expect(await call(client, 1, request)).toHaveProperty('pdu')
    await done({ function: 5, address: 1, value: true })
    await done({ function: 15, address: 4, values: [true, true] })
    expect(coils.slice(0, 7)).toEqual([true, true, false, true, true, true, true])
    await done({ function: 6, address: 10, value: 0xabcd })
    await done({ function: 16, address: 11, values: Uint16Array.of(1, 2) })
    await done({ function: 22, address: 10, andMask: 0xff00, orMask: 0x00ee })
    expect([...registers.slice(10, 13)]).toEqual([0xabee, 1, 2])
    await done({ function: 23, readAddress: 20, readCount: 2, writeAddress: 20, values: Uint16Array.of(9) })
    expect(registers[20]).toBe(9)
    expect([...(await readIdentification(client, 1, 2))]).toEqual([
      [0, 'Interwork'],
      [1, 'OM-1'],
      [2, '1.0'],
      [4, 'Pump 1'],
    ])
    expect([...(await readServerId(client, 1))]).toEqual([0x49, 0x57, 0xff])
  })

  test('refuses what the device refuses, and functions it does not know', async () => {
    expect(await call(client, 1, { function: 3, address: 999, count: 2 })).toEqual({
      failure: { kind: 'exception', sent: true, code: 2 },
    })
    const unknown = await raw(
      port,
      framing === 'tcp' ? frameMbap({ transaction: 7, unit: 1 }, Uint8Array.of(99)) : frameRtu(1, Uint8Array.of(99)),
    )
    expect(unknown.subarray(framing === 'tcp' ? 7 : 1, framing === 'tcp' ? 9 : 3)).toEqual(Buffer.of(99 | 0x80, 1))
  })

  test('drops all connections when it is paused and takes them on the same port afterwards', async () => {
    const lost = new Promise<void>((resolve) => client.watch(({ kind }) => kind === 'waiting' && resolve()))
    server.pause()
    await lost
    await server.resume()
    const again = await connected(new ModbusClient({ transport: { kind, host: '127.0.0.1', port } }))
    expect([...(await readRegisters(again, 1, 'holding', 5, 1))]).toEqual([5])
    again.close()
  })

  test('closes connections beyond the most it takes', async () => {
    const sockets = Array.from({ length: 5 }, () => connect(port, '127.0.0.1'))
    const refused = await Promise.race(sockets.map((socket) => ended(socket)))
    expect(refused).toBe('ended')
    for (const socket of sockets) socket.destroy()
  })

  test('goes on serving others while one connection talks garbage', async () => {
    const bad = connect(port, '127.0.0.1')
    bad.on('error', () => {})
    bad.write(Buffer.alloc(2000, 0x5a))
    expect([...(await readRegisters(client, 1, 'holding', 5, 1))]).toEqual([5])
    bad.destroy()
  })
})

describe('the deframers of a server', () => {
  const request = Uint8Array.of(3, 0, 0, 0, 1)

  test('find requests cut anywhere', () => {
    for (const [deframer, frame] of [
      [deframeMbap, frameMbap({ transaction: 1, unit: 1 }, request)],
      [deframeRtu, frameRtu(1, request)],
    ] as const)
      fc.assert(
        fc.property(fc.array(fc.nat(24), { maxLength: 5 }), (cuts) => {
          const seen: number[] = []
          const take = deframer((unit) => {
            seen.push(unit)
            return undefined
          })
          const stream = Buffer.concat([frame, frame])
          const at = [0, ...cuts.toSorted((a, b) => a - b).map((cut) => Math.min(cut, stream.length)), stream.length]
          for (let i = 1; i < at.length; i++) {
            const chunk = Buffer.from(stream.subarray(at[i - 1], at[i]))
            take(chunk)
            chunk.fill(0xee)
          }
          expect(seen).toEqual([1, 1])
        }),
      )
  })

  test('survive any bytes, and RTU finds a request behind them', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 }), (chunks) => {
        const mbap = deframeMbap(() => undefined)
        for (const chunk of chunks) if (mbap(chunk).broken) break
        let found = 0
        const rtu = deframeRtu((unit, pdu) => {
          if (unit === 1 && pdu.length === 5 && pdu[0] === 3) found++
          return undefined
        })
        for (const chunk of chunks) rtu(chunk)
        // At most 256 bytes can still be waited for as part of a broken frame.
        for (let i = 0; i < 40; i++) rtu(frameRtu(1, request))
        expect(found).toBeGreaterThan(0)
      }),
    )
  })
})

const ended = (socket: Socket) =>
  new Promise<string>((resolve) => {
    socket.on('error', () => {})
    socket.on('close', () => resolve('ended'))
  })

/** What comes back on a connection of its own. */
function raw(port: number, frame: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(frame))
    socket.on('error', reject)
    socket.on('data', (data) => {
      socket.destroy()
      resolve(data)
    })
  })
}
