import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultStart, shiftAt } from '../../../src/demo/plant/calendar.ts'
import { advance, createPlant, type Plant, secondsOf } from '../../../src/demo/plant/plant.ts'
import { startPump } from '../../../src/demo/plant/water.ts'

const minute = 60
const hour = 60 * minute

function plantAt(seed: number, seconds: number, startsAt?: number): Plant {
  const plant = createPlant(seed, startsAt)
  advance(plant, seconds)
  return plant
}

/** What `get` says every `every` seconds, from one moment to another. */
function watch<T>(plant: Plant, from: number, to: number, get: (plant: Plant) => T, every = 1): T[] {
  const seen: T[] = []
  for (let second = from; second < to; second += every) {
    advance(plant, second)
    seen.push(get(plant))
  }
  return seen
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Every number in a plant, with its path. */
function numbers(value: unknown, path = ''): [string, number][] {
  if (typeof value === 'number') return [[path, value]]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => numbers(inner, `${path}.${key}`))
}

const state = (plant: Plant): unknown => JSON.parse(JSON.stringify(plant))

describe('same seed, same story', () => {
  it('is in the same state at the same moment, however the way there was cut into pieces', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1000 }),
        fc.array(fc.double({ min: 0, max: 200, noNaN: true }), { maxLength: 20 }),
        (seed, pieces) => {
          const inPieces = createPlant(seed)
          for (const to of pieces.toSorted((a, b) => a - b)) advance(inPieces, to)
          advance(inPieces, 200)
          expect(state(inPieces)).toEqual(state(plantAt(seed, 200)))
        },
      ),
      { numRuns: 10 },
    )
  })

  it('tells another story for another seed', () => {
    expect(state(plantAt(1, 60))).not.toEqual(state(plantAt(2, 60)))
  })

  it('counts its time and never goes back', () => {
    const plant = plantAt(1, 30)
    advance(plant, 10)
    expect(secondsOf(plant)).toBeCloseTo(30, 6)
  })
})

describe('the story of the first minutes', () => {
  it('has a leak from minute 3: more flow, less pressure, a compressor that hardly unloads', () => {
    const plant = createPlant(1)
    const flowBefore = mean(watch(plant, 0, 3 * minute, ({ air }) => air.sensed.flow))
    const loadBefore = plant.air.loadShare
    const flowAfter = mean(watch(plant, 6 * minute, 20 * minute, ({ air }) => air.sensed.flow))
    expect(flowAfter - flowBefore).toBeGreaterThan(1.8)
    expect(loadBefore).toBeLessThan(0.75)
    expect(plant.air.loadShare).toBeGreaterThan(0.9)
    expect(plant.air.sensed.pressure).toBeLessThan(6.6)
  })

  it('has pump 3 off the network from minute 4 to minute 6, and again later for some minutes', () => {
    const plant = createPlant(1)
    expect(watch(plant, 0, 4 * minute, (p) => p.pump3Network.offline)).not.toContain(true)
    expect(watch(plant, 4 * minute + 1, 6 * minute - 1, (p) => p.pump3Network.offline)).not.toContain(false)
    expect(watch(plant, 6 * minute + 1, 20 * minute, (p) => p.pump3Network.offline)).not.toContain(true)
    const later = watch(plant, 20 * minute, 5 * hour, (p) => p.pump3Network.offline)
    const share = later.filter(Boolean).length / later.length
    expect(share).toBeGreaterThan(0.01)
    expect(share).toBeLessThan(0.2)
  })

  it('freezes the level of silo 1 at minute 5, while the load cells go on', () => {
    const plant = createPlant(1)
    expect(new Set(watch(plant, 0, 5 * minute - 1, (p) => p.silos[0].sensed.level)).size).toBeGreaterThan(250)
    const mass = plant.silos[0].sensed.mass
    expect(new Set(watch(plant, 5 * minute, 94 * minute, (p) => p.silos[0].sensed.level, 10)).size).toBe(1)
    expect(plant.silos[0].sensed.mass).toBeLessThan(mass - 5)
    expect(new Set(watch(plant, 96 * minute, 98 * minute, (p) => p.silos[0].sensed.level)).size).toBeGreaterThan(100)
  })

  it('fills silo 2 from a truck', () => {
    const plant = createPlant(1)
    const before = plant.silos[1].mass
    expect(watch(plant, 0, 30 * minute, (p) => p.silos[1].mode)).toContain('filling')
    expect(plant.silos[1].mass - before).toBeCloseTo(24, 0)
  })
})

describe('the physics', () => {
  it('stays finite and within what such machines do, for any seed and any time of the week', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 7 * 1440 - 1 }), (seed, startsAt) => {
        const plant = createPlant(seed, startsAt)
        for (const part of [1, 2, 3, 4]) {
          advance(plant, part * 10 * minute)
          for (const [path, value] of numbers(plant))
            if (!path.endsWith('truckIn')) expect(Number.isFinite(value), path).toBe(true)
          expect(plant.air.pressure).toBeGreaterThan(4)
          expect(plant.air.pressure).toBeLessThan(7.6)
          expect(plant.water.head).toBeGreaterThan(25)
          expect(plant.water.head).toBeLessThan(60)
          for (const zone of plant.kiln.zones) expect(zone.temperature).toBeLessThan(900)
          expect(plant.power.main.sensed.total).toBeGreaterThan(20)
          expect(plant.power.main.sensed.total).toBeLessThan(520)
        }
      }),
      { numRuns: 15 },
    )
  })

  it('keeps the pressure within its hysteresis by loading and unloading while nothing leaks', () => {
    const plant = createPlant(3)
    const seen = watch(plant, 0, 3 * minute, ({ air }) => air.mode)
    expect(new Set(seen)).toEqual(new Set(['loaded', 'unloaded']))
    for (const pressure of watch(plant, 0, 3 * minute, ({ air }) => air.pressure)) {
      expect(pressure).toBeGreaterThan(6.7)
      expect(pressure).toBeLessThan(7.3)
    }
  })

  it('follows a new pressure setpoint', () => {
    const plant = createPlant(1)
    plant.air.setpoint = 6.2
    expect(mean(watch(plant, minute, 3 * minute, ({ air }) => air.pressure))).toBeLessThan(6.45)
  })

  it('heats a zone to a new setpoint, no faster than its coils allow', () => {
    const plant = createPlant(1)
    advance(plant, 40 * minute)
    const zone = plant.kiln.zones[1]
    const before = zone.temperature
    zone.setpoint += 25
    advance(plant, 41 * minute)
    expect(zone.temperature - before).toBeLessThan(12)
    advance(plant, 80 * minute)
    expect(zone.temperature).toBeGreaterThan(zone.setpoint - 5)
  })

  it('slows the duty pump down when the standby pump is started', () => {
    const plant = createPlant(1)
    const before = plant.water.pumps[0].frequency
    startPump(plant.water.pumps[1], true)
    advance(plant, 2 * minute)
    expect(plant.water.pumps[1].sensed.flow).toBeGreaterThan(10)
    expect(plant.water.pumps[0].frequency).toBeLessThan(before - 1)
  })

  it('counts energy that equals the mean power, and the main meter sees more than its feeders', () => {
    const plant = createPlant(1)
    const from = plant.power.main.counted
    const power = watch(plant, 0, 10 * minute, ({ power: { main } }) => main.sensed.total)
    advance(plant, 10 * minute)
    expect((plant.power.main.counted - from) / 1000).toBeCloseTo(mean(power) / 6, 0)
    const { main, kiln, air } = plant.power
    expect(main.sensed.total).toBeGreaterThan(kiln.sensed.total + air.sensed.total)
  })

  it('draws less at night and least at the weekend', () => {
    const powerFrom = (startsAt: number) =>
      mean(watch(createPlant(1, startsAt), 0, 2 * minute, ({ power: { main } }) => main.sensed.total))
    const day = powerFrom(defaultStart)
    const night = powerFrom(1440 + 2 * 60)
    const weekend = powerFrom(6 * 1440 + 600)
    expect(night).toBeLessThan(day - 50)
    expect(weekend).toBeLessThan(night)
  })

  it('wears: the fan vibrates more after twelve hours, and the filter has a higher drop', () => {
    const plant = createPlant(1)
    const vibration = () =>
      mean(watch(plant, secondsOf(plant), secondsOf(plant) + 60, (p) => p.kiln.fan.sensed.vibration))
    const before = vibration()
    const filter = plant.air.dryer.filter
    advance(plant, 12 * hour)
    expect(vibration()).toBeGreaterThan(before + 0.5)
    expect(plant.air.dryer.filter).toBeGreaterThan(filter)
  })

  it('changes duty of pumps 1 and 2 at midnight', () => {
    const plant = createPlant(1, 1440 - 1)
    expect(plant.water.duty).toBe(0)
    advance(plant, 2 * minute)
    expect(plant.water.duty).toBe(1)
    expect(plant.water.pumps[1].frequency).toBeGreaterThan(30)
    expect(plant.water.pumps[0].frequency).toBe(0)
  })
})

describe('the calendar', () => {
  it('has three shifts on workdays and a weekend from Saturday 06:00 to Monday 06:00', () => {
    const at = (day: number, hours: number) => shiftAt(day * 1440 + hours * 60)
    expect([at(1, 5.9), at(1, 6), at(1, 13.9), at(1, 14), at(1, 21.9), at(1, 22)]).toEqual([
      'night',
      'early',
      'early',
      'late',
      'late',
      'night',
    ])
    expect([at(5, 5.9), at(5, 6), at(6, 12), at(0, 5.9), at(0, 6)]).toEqual([
      'night',
      'weekend',
      'weekend',
      'weekend',
      'early',
    ])
  })
})
