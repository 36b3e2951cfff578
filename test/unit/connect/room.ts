import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Connect, type ConnectOptions, createConnect } from '#connect'
import { Bus, failure, silentLogger, success } from '#kernel'
import type { PlantEvent, PlantEvents, Principal } from '#model'
import type { Authorizer, Database } from '#ports'
import { openDatabase } from '#storage'
import { ManualClock } from '../../fakes/manual-clock.ts'
import { type MemoryDriver, memoryDriver } from '../../fakes/memory-driver.ts'
import { MemoryHistorian } from '../../fakes/memory-historian.ts'

export const owner: Principal = { id: 'owner@loopback', name: 'Owner', via: 'loopback' }
export const visitor: Principal = { id: 'visitor', name: 'Visitor', via: 'token' }

const onlyTheOwner: Authorizer = {
  authorize: (principal, right) =>
    principal.id === owner.id
      ? success(undefined)
      : failure('IW_IDENTITY_FORBIDDEN', `${principal.id} has no right ${right}`),
}

/** The room on a real state database in a folder of its own, a driver and a historian in memory, and a clock that stands. */
export interface Room {
  readonly connect: Connect
  readonly historian: MemoryHistorian
  readonly driver: MemoryDriver
  readonly database: Database
  readonly clock: ManualClock
  readonly bus: Bus<PlantEvents>
  readonly events: PlantEvent[]
  readonly folder: string
  /** Ends it and starts another on the same folder and historian, as after a restart. */
  restart(options?: Partial<ConnectOptions>): Promise<Room>
  end(): Promise<void>
}

interface Kept {
  folder: string
  historian: MemoryHistorian
  clock: ManualClock
}

export async function openRoom(options: Partial<ConnectOptions> = {}): Promise<Room> {
  const folder = mkdtempSync(join(tmpdir(), 'iw-connect-'))
  return open(options, { folder, historian: new MemoryHistorian(), clock: new ManualClock() })
}

async function open(options: Partial<ConnectOptions>, kept: Kept): Promise<Room> {
  const { folder, historian, clock } = kept
  const database = await openDatabase({ folder, log: silentLogger })
  const bus = new Bus<PlantEvents>((event, error) => {
    throw new Error(`a listener of ${event} failed`, { cause: error })
  })
  const events: PlantEvent[] = []
  bus.on('plant.event', (event) => events.push(event))
  const driver = memoryDriver()
  const connect = createConnect({
    ...{ historian, database, bus, authorizer: onlyTheOwner, drivers: [driver], clock, log: silentLogger },
    profilesFolder: join(folder, 'profiles'),
    ...options,
  })
  await connect.start()
  const close = async () => {
    await connect.stop()
    await database.close()
  }
  return {
    ...{ connect, historian, driver, database, clock, bus, events, folder },
    async restart(next = {}) {
      await close()
      return open(next, kept)
    },
    async end() {
      await close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A boiler with one of everything that tests need; its address is in memory. */
export const boiler = {
  id: 'boiler',
  title: { en: 'Boiler' },
  connection: { protocol: 'memory' },
  properties: [
    { name: 'state', type: 'string', states: { On: 'running', Standby: 'idle', Off: 'stopped', Fault: 'down' } },
    { name: 'temperature', type: 'number', unit: 'Cel', decimals: 1 },
    {
      name: 'setpoint',
      type: 'number',
      unit: 'Cel',
      decimals: 1,
      write: { min: 40, max: 90, maxStep: 10, maxPerMinute: 3 },
    },
    { name: 'mode', type: 'string', enum: ['eco', 'boost'], write: {} },
    { name: 'counter', type: 'integer', write: {} },
    { name: 'burner', type: 'boolean', write: { readBackMs: 500 } },
  ],
}

/** Turns of the event loop until it is so; fails when it does not become so. */
export async function until(done: () => boolean): Promise<void> {
  for (let turn = 0; !done(); turn++) {
    if (turn > 100_000) throw new Error('it did not become so')
    await new Promise(setImmediate)
  }
}
