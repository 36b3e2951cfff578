import { beforeEach, describe, expect, it } from 'vitest'
import { type ModbusDevice, ModbusException } from '#modbus'
import { createDevice } from '../../../src/demo/devices/device.ts'
import { machines } from '../../../src/demo/devices/old-mill.ts'
import { advance, createPlant, type Plant } from '../../../src/demo/plant/plant.ts'

let plant: Plant
beforeEach(() => {
  plant = createPlant(1)
})

function deviceOf(id: string): ModbusDevice {
  const machine = machines.find((candidate) => candidate.id === id)
  if (!machine) throw new Error(`no machine ${id}`)
  return createDevice(machine, plant)
}

function exceptionOf(work: () => unknown): number | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    return error instanceof ModbusException ? error.code : -1
  }
}

describe('the twelve machines', () => {
  it('are twelve, in five areas, with ids of their own and every register at one place only', () => {
    expect(new Set(machines.map(({ id }) => id)).size).toBe(12)
    expect(new Set(machines.map(({ area }) => area.en)).size).toBe(5)
    for (const { id } of machines) expect(deviceOf(id)).toBeDefined()
  })

  it('answer every register and bit they claim to have', () => {
    for (const machine of machines) {
      const device = createDevice(machine, plant)
      for (const table of ['holding', 'input'] as const)
        for (const { at, field } of machine[table] ?? [])
          expect(device.readRegisters(table, at, field.words), `${machine.id} ${table} ${at}`).toHaveLength(field.words)
      for (const { at } of machine.coils ?? []) expect(device.read('coil', at, 1)).toHaveLength(1)
      for (const { at } of machine.discrete ?? []) expect(device.read('discrete', at, 1)).toHaveLength(1)
    }
  })
})

describe('a device', () => {
  it('refuses an address in a gap with exception 2', () => {
    expect(exceptionOf(() => deviceOf('air-feeder').readRegisters('holding', 10, 20))).toBe(2)
    expect(exceptionOf(() => deviceOf('compressor-1').read('coil', 0, 1))).toBe(2)
  })

  it('refuses more registers than it answers at once with exception 3', () => {
    expect(exceptionOf(() => deviceOf('air-feeder').readRegisters('holding', 0, 33))).toBe(3)
    expect(deviceOf('air-feeder').readRegisters('holding', 0, 14)).toHaveLength(14)
  })

  it('refuses writes to what is read-only, and then writes nothing at all', () => {
    const compressor = deviceOf('compressor-1')
    expect(exceptionOf(() => compressor.writeRegisters?.(118, Uint16Array.of(0, 0, 0, 0)))).toBe(2)
    expect(exceptionOf(() => compressor.writeRegisters?.(100, Uint16Array.of(0, 0)))).toBe(2)
    expect(plant.air.setpoint).toBe(7)
  })

  it('refuses a setpoint no machine of its kind takes with exception 3', () => {
    expect(exceptionOf(() => deviceOf('compressor-1').writeRegisters?.(120, Uint16Array.of(0, 0x42c8)))).toBe(3)
    expect(exceptionOf(() => deviceOf('kiln-1').writeRegisters?.(21, Uint16Array.of(5000)))).toBe(3)
    // NaN
    expect(exceptionOf(() => deviceOf('compressor-1').writeRegisters?.(120, Uint16Array.of(0, 0x7fc0)))).toBe(3)
  })

  it('takes a setpoint and reacts to it', () => {
    // 6.5 with swapped words
    deviceOf('compressor-1').writeRegisters?.(120, Uint16Array.of(0, 0x40d0))
    expect(plant.air.setpoint).toBe(6.5)
    expect(deviceOf('compressor-1').readRegisters('holding', 120, 2)).toEqual(Uint16Array.of(0, 0x40d0))
    advance(plant, 120)
    expect(plant.air.pressure).toBeLessThan(6.8)
  })

  it('starts pump 2 by its coil', () => {
    deviceOf('pump-2').writeCoils?.(0, [true])
    advance(plant, 20)
    expect(deviceOf('pump-2').read('discrete', 0, 1)).toEqual([true])
    expect(plant.water.pumps[1].flow).toBeGreaterThan(5)
  })

  it('in local mode takes a write without an error and does not do it', () => {
    const pump3 = deviceOf('pump-3')
    expect(pump3.read('coil', 16, 1)).toEqual([true])
    pump3.writeCoils?.(16, [false])
    advance(plant, 5)
    expect(pump3.read('coil', 16, 1)).toEqual([true])
    expect(plant.water.pumps[2].frequency).toBe(50)
  })

  it('closes the gate of a silo when the bit of its outfeed is cleared, and keeps its own bits', () => {
    const silo = deviceOf('silo-1')
    const word = silo.readRegisters('holding', 10, 1)[0]!
    expect(word & 1).toBe(1)
    silo.writeRegisters?.(10, Uint16Array.of(0xff00))
    advance(plant, 60)
    expect(plant.silos[0].outflow).toBe(0)
    expect(silo.readRegisters('holding', 10, 1)[0]).toBe(0)
  })

  it('shows "no value" for the filter only while no air flows', () => {
    const compressor = deviceOf('compressor-1')
    const seen = new Set<string>()
    for (let second = 0; second < 180; second++) {
      advance(plant, second)
      const none = compressor.readRegisters('holding', 138, 1)[0] === 0x8000
      expect(none).toBe(plant.air.mode !== 'loaded')
      seen.add(plant.air.mode)
    }
    expect(seen).toContain('unloaded')
    expect(seen).toContain('loaded')
  })

  it('changes the scale register of the kiln feeder with the load, never the value it means', () => {
    const feeder = deviceOf('kiln-feeder')
    const exponents = new Set<number>()
    for (const kw of [5, 31, 33, 150]) {
      plant.power.kiln.sensed.total = kw
      const [raw, , , , exponent] = feeder.readRegisters('holding', 40083, 5)
      exponents.add(exponent!)
      expect(raw! * 10 ** exponent!).toBeCloseTo(kw * 1000, -2)
    }
    expect(exponents).toEqual(new Set([0, 1]))
  })

  it('counts energy in 64 bits beyond what a float64 holds exactly', () => {
    const words = deviceOf('main-meter').readRegisters('input', 104, 4)
    const value = words.reduce((sum, word) => (sum << 16n) | BigInt(word), 0n)
    expect(value).toBeGreaterThan(2n ** 53n)
    expect(value / 1_000_000n).toBe(BigInt(plant.power.main.counterBase) + BigInt(Math.floor(plant.power.main.counted)))
  })
})
