import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Connect, createConnect, createModbusDriver } from '#connect'
import { createHistorian } from '#historian'
import { Bus, silentLogger, success, systemClock } from '#kernel'
import { ModbusServer } from '#modbus'
import type { CommandRecord, PlantEvents, Value } from '#model'
import type { Database, Historian } from '#ports'
import { openDatabase } from '#storage'
import { MemoryDevice } from './memory-device.ts'
import { owner } from './room.ts'

// The whole room with real neighbours: a Modbus machine on loopback, the historian on disk, the state database.
describe('a machine on Modbus', () => {
  let folder: string
  let device: MemoryDevice
  let server: ModbusServer
  let historian: Historian
  let database: Database
  let connect: Connect
  let bus: Bus<PlantEvents>

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'iw-over-modbus-'))
    device = new MemoryDevice()
    device.put('holding:0', [215, 1, 0x42c8, 0x0000])
    device.put('coil:3', false)
    server = new ModbusServer({ device: (unit) => (unit === 1 ? device : undefined) })
    const { port } = await server.listen(0)
    historian = createHistorian({ folder: join(folder, 'readings'), clock: systemClock, log: silentLogger })
    await historian.start()
    database = await openDatabase({ folder, log: silentLogger })
    bus = new Bus<PlantEvents>()
    connect = createConnect({
      ...{ historian, database, bus, clock: systemClock, log: silentLogger, profilesFolder: 'none' },
      ...{ authorizer: { authorize: () => success(undefined) }, drivers: [createModbusDriver()] },
    })
    await connect.start()
    await connect.things.add(oven(port), 'database')
    await poll(() => connect.things.status('oven')?.state === 'answering')
  })
  afterEach(async () => {
    await connect.stop()
    await historian.stop()
    await database.close()
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const oven = (port: number) => ({
    id: 'oven',
    connection: { protocol: 'modbus', host: '127.0.0.1', port, everyMs: 50, timeoutMs: 300 },
    properties: [
      { name: 'temperature', type: 'number', unit: 'Cel', decimals: 1, address: 'hr0:int16*0.1' },
      {
        name: 'state',
        type: 'string',
        states: { Off: 'stopped', On: 'running' },
        address: { table: 'holding', at: 1, as: 'uint16', enum: { 0: 'Off', 1: 'On' } },
      },
      {
        name: 'setpoint',
        type: 'number',
        decimals: 1,
        address: 'hr2:float32',
        write: { min: 0, max: 300, maxStep: 50 },
      },
      { name: 'fan', type: 'boolean', address: 'co3', write: {} },
    ],
  })
  const write = (property: string, value: Value): Promise<CommandRecord> =>
    connect.commands.write(owner, { thing: 'oven', property, value })
  const last = (property: string) => historian.last(connect.things.tag('oven', property)!.id)?.value

  it('is read into the historian, and its state is known', async () => {
    await poll(() => last('temperature') === 21.5 && last('setpoint') === 100 && last('fan') === false)
    await poll(() => connect.things.machine('oven').state === 'running')
    expect(connect.things.machine('oven')).toMatchObject({ state: 'running', text: 'On' })
    device.put('holding:0', 300)
    await poll(() => last('temperature') === 30)
  })

  it('is written and read back', async () => {
    expect(await write('setpoint', 120.5)).toMatchObject({ outcome: 'done', previous: 100, readBack: 120.5 })
    expect(await write('fan', true)).toMatchObject({ outcome: 'done', previous: false, readBack: true })
    expect(device.readRegisters('holding', 2, 2)).toEqual(Uint16Array.of(0x42f1, 0))
  })

  it('in local mode does not keep a value, and that is found out', async () => {
    device.local = true
    expect(await write('setpoint', 120)).toMatchObject({
      outcome: 'failed',
      code: 'IW_COMMAND_READ_BACK',
      readBack: 100,
    })
  })

  it('is not written beyond the step from what it holds now', async () => {
    device.put('holding:2', [0x4348, 0]) // 200, set at the machine itself a moment ago
    expect(await write('setpoint', 120)).toMatchObject({ outcome: 'refused', code: 'IW_COMMAND_STEP' })
  })

  it('that went away is failing, its state unknown, and a write is never sent blindly', async () => {
    server.pause()
    await poll(() => connect.things.status('oven')?.state === 'failing')
    expect(connect.things.machine('oven').state).toBe('unknown')
    expect(await write('setpoint', 120)).toMatchObject({ outcome: 'refused', code: 'IW_CONNECT_NO_ANSWER' })
    await server.resume()
    await poll(() => connect.things.status('oven')?.state === 'answering')
  })

  it('stands beside line protocol in one historian', async () => {
    const body = Buffer.from('scale,line=2 weight=12.5,pieces=9007199254740993i 1767225600000000\n')
    await connect.ingest.lineProtocol(body, { precision: 'us', arrivedAt: systemClock.now() })
    const read = (property: string) => historian.last(connect.things.tag('scale,line=2', property)!.id)?.value
    expect([read('weight'), read('pieces')]).toEqual([12.5, 9_007_199_254_740_993n])
  })
})

/** Looks every few ms until it is so. */
async function poll(done: () => boolean): Promise<void> {
  await vi.waitFor(() => expect(done()).toBe(true), { timeout: 15_000, interval: 5 })
}
