import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { createModbusDriver } from '#connect'
import { silentLogger, systemClock, unwrap } from '#kernel'
import { ModbusServer } from '#modbus'
import { thingDefinition, type Value } from '#model'
import type { DeviceSession, Driver } from '#ports'
import { createProfileLibrary, profileIds } from '../../../src/connect/profiles/library.ts'
import { type Profile, profile } from '../../../src/connect/profiles/schema.ts'
import { MemoryDevice } from './memory-device.ts'

const folder = join(import.meta.dirname, '../../../profiles')
const ids = profileIds(folder)

// One test for every machine we know, those to come included.
describe('each profile', () => {
  let driver: Driver
  let server: ModbusServer
  let port: number
  let device = new MemoryDevice()
  beforeAll(async () => {
    driver = createModbusDriver()
    server = new ModbusServer({ device: () => device })
    port = (await server.listen(0)).port
  })
  afterAll(async () => {
    await driver.close()
    await server.close()
  })

  function open(known: Profile): { session: DeviceSession; answering: Promise<void> } {
    const { promise: answering, resolve } = Promise.withResolvers<void>()
    const session = driver.open(unwrap(driver.check(asThing(known, port))), {
      clock: systemClock,
      log: silentLogger,
      sink: {
        readings: async () => {},
        changed: ({ state }) => {
          if (state === 'answering' || state === 'partly') resolve()
        },
      },
      tags: known.properties.map((_, i) => i + 1),
    })
    return { session, answering }
  }

  it('is in the library', () => {
    expect(ids.length).toBeGreaterThan(0)
    expect(
      createProfileLibrary(folder, silentLogger)
        .list()
        .map(({ id }) => id),
    ).toEqual(ids)
  })

  it.each(ids)('%s is well formed, and its addresses are good for its driver', (id) => {
    const known = load(id)
    expect(known.id).toBe(id)
    expect(driver.protocol).toBe(known.connection.protocol)
    const checked = driver.check(asThing(known, 502))
    expect(checked, JSON.stringify(checked)).toMatchObject({ ok: true })
    for (const property of known.properties) {
      if (property.write?.min !== undefined && property.write.max !== undefined)
        expect(property.write.min, property.name).toBeLessThan(property.write.max)
      for (const text of Object.keys(property.states ?? {}))
        if (property.enum) expect(property.enum, property.name).toContain(text)
    }
  })

  it.each(ids)('%s proves itself: its vectors are read over the wire as the values they mean', async (id) => {
    const known = load(id)
    for (const vector of known.vectors) {
      device = new MemoryDevice()
      for (const [place, values] of Object.entries(vector.memory)) device.put(place, values)
      if (vector.identification) device.identification = vector.identification
      const { session, answering } = open(known)
      session.start()
      try {
        await answering
        expect(Object.keys(vector.expect).length).toBeGreaterThan(0)
        for (const [property, meant] of Object.entries(vector.expect)) {
          expectValue(unwrap(await session.read(property)), meant, `${id} ${property}`)
        }
      } finally {
        await session.stop()
      }
    }
  })
})

const load = (id: string): Profile => profile.parse(parse(readFileSync(join(folder, `${id}.yaml`), 'utf8')))

const asThing = ({ title, properties, connection }: Profile, port: number) =>
  thingDefinition.parse({ id: 'x', title, properties, connection: { ...connection, host: '127.0.0.1', port } })

/** 64-bit integers stand as text in the vectors; numbers agree to the resolution of float32. */
function expectValue(read: Value, meant: Value, what: string): void {
  if (typeof read === 'bigint') expect(String(read), what).toBe(String(meant))
  else if (typeof read === 'number' && typeof meant === 'string') expect(String(read), what).toBe(meant)
  else if (typeof read === 'number' && typeof meant === 'number')
    expect(Math.abs(read - meant), `${what}: ${read}, not ${meant}`).toBeLessThanOrEqual(Math.abs(meant) * 1e-6)
  else expect(read, what).toEqual(meant)
}
