import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createModbusDriver } from '#connect'
import { machines, type SimulatedThing, type Simulator, startSimulator } from '#demo'
import { type Clock, silentLogger, systemClock, unwrap } from '#kernel'
import { Quality, type ThingDefinition, thingDefinition, type Value } from '#model'
import type { DeviceSession, Driver, DriverReadings } from '#ports'
import { createProfileLibrary } from '../../../src/connect/profiles/library.ts'
import { advance, secondsOf } from '../../../src/demo/plant/plant.ts'
import { expectedOf } from './expected.ts'
import { type Relay, startRelay } from './relay.ts'

/** Stands still: what is read twice is the same value. */
const noTime: Clock = { now: () => 0, monotonicMs: () => 0, after: () => () => {} }
const profiles = createProfileLibrary(join(import.meta.dirname, '../../../profiles'), silentLogger)

let simulator: Simulator
let driver: Driver
const relays = new Map<string, Relay>()
/** Function codes of all requests that the driver made of the plant. */
const asked = new Set<number>()
beforeAll(async () => {
  const options = { seed: 1, speed: 1, basePort: 0, host: '127.0.0.1', clock: noTime, log: silentLogger }
  simulator = await startSimulator(options)
  driver = createModbusDriver()
  for (const { id, connection } of simulator.things)
    relays.set(id, await startRelay(connection.port, (code) => asked.add(code)))
})
afterAll(async () => {
  await driver.close()
  for (const relay of relays.values()) await relay.close()
  await simulator.stop()
})

/** The thing as the registry makes it of profile and place. */
function definitionOf({ profile: id, connection, title, area, ...thing }: SimulatedThing): ThingDefinition {
  const profile = profiles.get(id)
  if (!profile) throw new Error(`no valid profile ${id}`)
  return unwrap(
    driver.check(
      thingDefinition.parse({
        ...thing,
        title,
        area,
        profile: id,
        connection: { ...profile.connection, ...connection, port: relays.get(thing.id)!.port },
        properties: profile.properties,
      }),
    ),
  )
}

interface Seen {
  readonly value: Value
  readonly quality: number
}

/** Opens a session and waits for the first reading of every property. */
async function open(id: string): Promise<{ session: DeviceSession; seen: ReadonlyMap<string, Seen> }> {
  const definition = definitionOf(simulator.things.find((thing) => thing.id === id)!)
  const seen = new Map<string, Seen>()
  const { promise, resolve } = Promise.withResolvers<void>()
  const session = driver.open(definition, {
    clock: systemClock,
    log: silentLogger,
    tags: definition.properties.map((_, index) => index),
    sink: {
      async readings(readings) {
        for (let row = 0; row < readings.count; row++) {
          const { name, type } = definition.properties[readings.tag[row]!]!
          if (!seen.has(name))
            seen.set(name, { value: valueInRow(readings, row, type), quality: readings.quality[row]! })
        }
        if (seen.size === definition.properties.length) resolve()
      },
      changed: () => {},
    },
  })
  session.start()
  await promise
  return { session, seen }
}

function valueInRow({ value, texts, integers }: DriverReadings, row: number, type: string): Value {
  const textAt = texts?.row.indexOf(row) ?? -1
  if (texts && textAt >= 0) return texts.text[textAt]!
  const integerAt = integers?.row.indexOf(row) ?? -1
  if (integers && integerAt >= 0) return integers.integer[integerAt]!
  const number = value[row]!
  if (Number.isNaN(number)) return null
  return type === 'boolean' ? number === 1 : number
}

describe('Old Mill through the driver and its profiles', () => {
  it.each(machines.map(({ id }) => id))('%s: every property is read as the plant has it', async (id) => {
    const { session, seen } = await open(id)
    try {
      const machine = machines.find((candidate) => candidate.id === id)!
      for (const property of profiles.get(machine.profile)!.properties) {
        const expected = expectedOf(machine, property, simulator.plant)
        const { value, quality } = seen.get(property.name)!
        const label = `${id}/${property.name}`
        if (typeof expected === 'number') expect(value, label).toBeCloseTo(expected, 6)
        else expect(value, label).toBe(expected)
        expect(quality, label).toBe(expected === null ? Quality.nullValue : Quality.good)
      }
      expect(session.status().state).toBe('answering')
    } finally {
      await session.stop()
    }
  })

  it.each(machines.map(({ id }) => id))('%s: every property is the same read alone', async (id) => {
    const { session, seen } = await open(id)
    try {
      for (const [name, { value }] of seen) expect([name, unwrap(await session.read(name))]).toEqual([name, value])
    } finally {
      await session.stop()
    }
  })

  it('says null and nothing else for every sentinel of the plant', async () => {
    const nulls: string[] = []
    for (const { id } of machines) {
      const { session, seen } = await open(id)
      await session.stop()
      for (const [name, { quality }] of seen) if (quality === Quality.nullValue) nulls.push(`${id}/${name}`)
    }
    expect(nulls).toEqual([
      'main-meter/neutral_current',
      'kiln-feeder/cabinet_temperature',
      'kiln-feeder/pulses',
      'air-dryer/humidity',
      'kiln-1/zone4_temperature',
    ])
  })

  it.each([
    ['compressor-1', 'pressure_setpoint', 7.25],
    ['kiln-1', 'zone2_setpoint', 850],
    ['pump-2', 'run', true],
    ['pump-2', 'speed_setpoint', 44.5],
    ['silo-1', 'outfeed', false],
    ['silo-2', 'vibrator', true],
  ] as const)('%s: %s is written as %s and read back', async (id, property, value) => {
    const { session } = await open(id)
    try {
      expect(await session.write(property, value)).toEqual({ outcome: 'written' })
      expect(unwrap(await session.read(property))).toBe(value)
    } finally {
      await session.stop()
    }
  })

  it('the machines react to what was written', () => {
    const { plant } = simulator
    const { silos, water, air } = plant
    advance(plant, secondsOf(plant) + 60)
    expect(air.setpoint).toBe(7.25)
    expect(water.pumps[1].flow).toBeGreaterThan(1)
    expect(silos[0].outflow).toBe(0)
  })

  it('pump 3 takes a stop and goes on, which the reading back shows', async () => {
    const { session } = await open('pump-3')
    try {
      expect(await session.write('run', false)).toEqual({ outcome: 'written' })
      expect(unwrap(await session.read('run'))).toBe(true)
    } finally {
      await session.stop()
    }
  })

  it('a setpoint the machine does not take is refused by it', async () => {
    const { session } = await open('compressor-1')
    try {
      expect(await session.write('pressure_setpoint', 9)).toMatchObject({ outcome: 'failed' })
    } finally {
      await session.stop()
    }
  })
})

describe('the profiles of Old Mill', () => {
  it('use every function code there is, as reads and writes above have shown on the wire', () => {
    expect([...asked].toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 15, 16, 17, 22, 23, 43])
  })

  it('have every byte order, sentinel, type and way of writing between them', () => {
    const addresses = [...new Set(machines.map(({ profile }) => profile))]
      .flatMap((id) => profiles.get(id)!.properties)
      .map(({ address }) => address as Record<string, unknown>)
    const all = (key: string) => new Set(addresses.flatMap((address) => (key in address ? [address[key]] : [])))
    expect(all('order')).toEqual(new Set(['CDAB', 'BADC', 'DCBA']))
    expect(all('table')).toEqual(new Set(['input', 'holding', 'coil', 'discrete', 'identification', 'server-id']))
    expect(all('as')).toEqual(
      new Set('uint16 int16 uint32 int32 int64 float32 float64 bcd16 bcd32 string bool'.split(' ')),
    )
    expect(all('function')).toEqual(new Set([22, 23]))
    expect(all('nulls').size).toBeGreaterThan(0)
    expect(all('scaleAt').size).toBeGreaterThan(3)
    expect(all('bits').size).toBeGreaterThan(1)
  })

  it('have a title in both languages for every machine and property', () => {
    for (const { profile, title, area } of machines) {
      for (const text of [title, area, profiles.get(profile)!.title]) expect(text.zh).toBeTruthy()
      for (const property of profiles.get(profile)!.properties) expect(property.title?.zh, property.name).toBeTruthy()
    }
  })
})
