import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createModbusDriver } from '#connect'
import { type AskedThing, machines } from '#demo'
import { silentLogger, unwrap } from '#kernel'
import { Quality, type ReadingBatch, thingDefinition } from '#model'
import { createProfileLibrary } from '../../../src/connect/profiles/library.ts'
import { pastOf } from '../../../src/demo/past/past.ts'
import { samplerOf } from '../../../src/demo/past/sampler.ts'
import { advance, createPastPlant, createPlant, type Plant, secondsOf } from '../../../src/demo/plant/plant.ts'
import { resumePlant, savePlant } from '../../../src/demo/plant/saved.ts'
import { expectedOf } from './expected.ts'

const profiles = createProfileLibrary(join(import.meta.dirname, '../../../profiles'), silentLogger)
const endsAt = 1_767_268_800_000_000
const day = 86_400

const names: string[] = ['']
const driver = createModbusDriver()
/** The machines with their properties as the driver has checked them, and tags counted through. */
const things: readonly AskedThing[] = machines.map(({ id, title, unit, profile: name }) => {
  const profile = profiles.get(name)!
  const connection = { ...profile.connection, protocol: 'modbus', host: '127.0.0.1', port: 502, unit }
  const checked = unwrap(driver.check(thingDefinition.parse({ id, title, connection, properties: profile.properties })))
  return {
    id,
    order: (checked.connection as unknown as { order: 'ABCD' }).order,
    properties: checked.properties.map((property) => ({ tag: names.push(`${id}/${property.name}`) - 1, property })),
  }
})

interface Told {
  readonly time: number
  readonly value: number
  readonly quality: number
}

/** The past of some properties, or of all. */
function tell(
  seed: number,
  days: number,
  wanted?: readonly string[],
): { plant: Plant; batches: ReadingBatch[]; of: (name: string) => Told[] } {
  const plant = createPastPlant(seed, days)
  const asked = things.map((thing) => ({
    ...thing,
    properties: thing.properties.filter(({ tag }) => wanted?.includes(names[tag]!) ?? true),
  }))
  const batches = [...pastOf(plant, { endsAt, source: 'demo', things: asked })].map(({ batch }) => batch)
  const byTag = new Map<number, Told[]>()
  for (const { tag, time, value, quality, count } of batches)
    for (let row = 0; row < count; row++) {
      const told = byTag.get(tag[row]!) ?? []
      told.push({ time: time[row]!, value: value[row]!, quality: quality[row]! })
      byTag.set(tag[row]!, told)
    }
  const of = (name: string) => byTag.get(names.indexOf(name)) ?? []
  return { plant, batches, of }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

describe('the past of Old Mill', () => {
  it('is the same for the same seed, piece by piece, and another one for another seed', () => {
    const [once, again, other] = [tell(5, 1), tell(5, 1), tell(6, 1)]
    expect(once.batches).toHaveLength(4)
    expect(again.batches).toEqual(once.batches)
    expect(savePlant(again.plant)).toBe(savePlant(once.plant))
    expect(other.batches).not.toEqual(once.batches)
    expect(once.batches.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4])
  })

  it('is told in order, up to its end and not beyond, of every property', () => {
    const { batches, plant } = tell(1, 1)
    const last = new Map<number, number>()
    for (const { tag, time, count } of batches)
      for (let row = 0; row < count; row++) {
        expect(time[row]!).toBeGreaterThan(last.get(tag[row]!) ?? endsAt - day * 1e6 - 1)
        last.set(tag[row]!, time[row]!)
      }
    expect(Math.max(...last.values())).toBeLessThan(endsAt)
    expect([...last.keys()].toSorted((a, b) => a - b)).toEqual(names.slice(1).map((_, index) => index + 1))
    expect(secondsOf(plant)).toBeCloseTo(0, 6)
  })

  it('reads every property as the machine has it: the same that a driver gets over the wire', () => {
    const plant = createPlant(2)
    for (const second of [0, 250, 3000]) {
      advance(plant, second)
      for (const { id, order, properties } of things) {
        const machine = machines.find((candidate) => candidate.id === id)!
        for (const asked of properties) {
          const value = samplerOf(machine, asked, order).read(plant)
          const expected = expectedOf(machine, asked.property, plant)
          const label = `${id}/${asked.property.name}`
          if (typeof expected === 'number') expect(value, label).toBeCloseTo(expected, 6)
          else expect(value, label).toBe(expected)
        }
      }
    }
  })

  it('joins the story without a jump, and the story of the first minutes is told as ever', () => {
    const { plant, of } = tell(1, 3, [
      'kiln-1/zone2_temperature',
      'compressor-1/oil_temperature',
      'kiln-fan/vibration',
      'main-meter/energy',
    ])
    const lastOf = (name: string) => of(name).at(-1)!.value
    advance(plant, 1)
    expect(Math.abs(plant.kiln.zones[1].sensed - lastOf('kiln-1/zone2_temperature'))).toBeLessThan(2)
    expect(Math.abs(plant.air.sensed.oil - lastOf('compressor-1/oil_temperature'))).toBeLessThan(2)
    expect(Math.abs(plant.kiln.fan.sensed.vibration - lastOf('kiln-fan/vibration'))).toBeLessThan(0.6)
    const counted = plant.power.main.counterBase + plant.power.main.counted - lastOf('main-meter/energy')
    expect(counted).toBeGreaterThan(0)
    expect(counted).toBeLessThan(50_000)
    expect(plant.pump3Network.offline).toBe(false)
    advance(plant, 5 * 60)
    expect(plant.pump3Network.offline).toBe(true)
    expect(plant.air.leaking).toBeGreaterThan(2)
    const mass = plant.silos[1].mass
    advance(plant, 9 * 60)
    expect(plant.silos[1].mode).toBe('filling')
    expect(plant.silos[1].mass).toBeGreaterThan(mass)
  })

  it('has nights, weekends, batches, a leak that widens, outages and an hour in which nobody listened', () => {
    const { of, plant } = tell(1, 9, ['main-meter/active_power', 'pump-3/flow', 'compressor-1/air_flow'])
    // The story begins on a Tuesday at ten: two days and four to twenty-two hours before it is a weekend.
    const power = of('main-meter/active_power')
    const meanBetween = (from: number, to: number) =>
      mean(
        power.filter(({ time }) => time >= endsAt + from * 1e6 && time < endsAt + to * 1e6).map(({ value }) => value),
      )
    expect(meanBetween(-2.1 * day, -1.9 * day)).toBeLessThan(0.6 * meanBetween(-4 * 3600, 0))
    expect(plant.kiln.batch).toBeGreaterThan(2214 + 30)
    const lost = of('pump-3/flow').filter(({ quality }) => quality === Quality.commError)
    expect(lost.length).toBeGreaterThan(100)
    for (const { value } of lost) expect(value).toBeNaN()
    const gaps = power.slice(1).map(({ time }, i) => (time - power[i]!.time) / 1e6)
    expect(Math.max(...gaps)).toBeGreaterThan(54 * 60)
    expect(gaps.filter((gap) => gap > 31)).toHaveLength(1)
    // The coupling opens three minutes into the story, and did so every second day before.
    const flowAround = (opening: number) => {
      const flow = of('compressor-1/air_flow')
      const during = (from: number, to: number) =>
        mean(
          flow.filter(({ time }) => time >= endsAt + from * 1e6 && time < endsAt + to * 1e6).map(({ value }) => value),
        )
      return during(opening + 300, opening + 1800) - during(opening - 1500, opening)
    }
    expect(flowAround(180 - 2 * day)).toBeGreaterThan(flowAround(180 - 8 * day) + 0.15)
  })
})

describe('a plant that is kept', () => {
  it('goes on as the one that was never put down', () => {
    const kept = tell(3, 1).plant
    const resumed = resumePlant(savePlant(kept), 3)!
    for (const plant of [kept, resumed]) advance(plant, 400)
    expect(savePlant(resumed)).toBe(savePlant(kept))
  })

  it('is not gone on with where the text is cut, of another version, or of another seed', () => {
    const text = savePlant(createPlant(3))
    expect(resumePlant(text.slice(0, -10), 3)).toBeUndefined()
    expect(resumePlant(text.replace('"version":1', '"version":0'), 3)).toBeUndefined()
    expect(resumePlant(text, 4)).toBeUndefined()
    expect(resumePlant('null', 3)).toBeUndefined()
  })
})
