import { type Air, createAir, stepAir } from './air.ts'
import { activityAt, defaultStart, type Moment, shiftAt } from './calendar.ts'
import { createKiln, type Kiln, stepKiln } from './kiln.ts'
import { baseLoad, createPower, type Power, stepPower } from './power.ts'
import { towards } from './random.ts'
import { createSilos, type Silo, stepSilo } from './silos.ts'
import { createOutages, type Outages, stepOutages } from './story.ts'
import { createWater, stepWater, type Water } from './water.ts'

/** Old Mill: everything that can be known of it at one moment of its own time. */
export interface Plant {
  readonly seed: number
  /** Minute of the week at second 0. */
  readonly startsAt: number
  /** Steps up to second 0 of the story; negative before it. Time is counted, never measured. */
  steps: number
  /** The step from which on something is told; before it the plant only comes to rest. */
  readonly settled: number
  activity: number
  readonly air: Air
  readonly water: Water
  readonly kiln: Kiln
  readonly silos: readonly [Silo, Silo]
  readonly power: Power
  readonly pump3Network: Outages
}

/** Simulated seconds of one step. Fixed, so that the story depends on nothing but the seed and what people write. */
export const stepSeconds = 0.2
const settlingSteps = 600 / stepSeconds

/** The plant at second 0: it has run for ten minutes already, so that nothing starts from a standstill. */
export const createPlant = (seed: number, startsAt: number = defaultStart): Plant => settledPlant(seed, startsAt, 0)

/** The plant so many days before second 0, which then tells of what was before the story. */
export const createPastPlant = (seed: number, days: number): Plant => settledPlant(seed, defaultStart, -days * 86_400)

function settledPlant(seed: number, startsAt: number, from: number): Plant {
  const settled = Math.round(from / stepSeconds)
  const plant: Plant = {
    seed,
    startsAt,
    steps: settled - settlingSteps,
    settled,
    activity: activityAt(weekMinute(startsAt + from / 60)),
    air: createAir(seed),
    water: createWater(seed),
    kiln: createKiln(seed),
    silos: createSilos(seed),
    power: createPower(seed),
    pump3Network: createOutages(seed, from),
  }
  while (plant.steps < settled) step(plant, 1)
  return plant
}

/** Simulated seconds since the start. */
export const secondsOf = (plant: Plant): number => plant.steps * stepSeconds

/** Goes on to `seconds` of simulated time, in whole steps; never back. Does at most `limit` steps, and says how many it did. */
export function advance(plant: Plant, seconds: number, limit: number = Number.POSITIVE_INFINITY): number {
  const target = Math.floor(seconds / stepSeconds + 1e-9)
  const from = plant.steps
  while (plant.steps < target && plant.steps - from < limit) step(plant, 1)
  return plant.steps - from
}

/** Goes on by so many steps at once: for the long time before the story, where nobody looks at seconds. */
export const leap = (plant: Plant, steps: number): void => step(plant, steps)

function step(plant: Plant, steps: number): void {
  plant.steps += steps
  const dt = steps * stepSeconds
  const now = momentOf(plant, dt)
  const { air, water, kiln, silos, power } = plant
  stepAir(air, now, dt)
  stepWater(water, now, dt)
  stepKiln(kiln, now, dt)
  for (const silo of silos) stepSilo(silo, now, dt)
  stepOutages(plant.pump3Network, now.seconds)
  const pumps = water.pumps.reduce((sum, pump) => sum + pump.power, 0)
  const conveyors = silos.reduce((sum, silo) => sum + 0.35 * silo.outflow, 0)
  stepPower(
    power,
    {
      kiln: kiln.power + kiln.fan.power + 1.8,
      air: air.power + air.dryer.power + 9 * now.activity + conveyors,
      rest: pumps + baseLoad(power, now.seconds, now.activity, dt),
    },
    dt,
  )
}

function momentOf(plant: Plant, dt: number): Moment {
  const seconds = secondsOf(plant)
  const minuteOfWeek = weekMinute(plant.startsAt + seconds / 60)
  const before = weekMinute(plant.startsAt + (seconds - dt) / 60)
  plant.activity = towards(plant.activity, activityAt(minuteOfWeek), dt, 150)
  return {
    seconds,
    settling: plant.steps < plant.settled,
    minuteOfWeek,
    shift: shiftAt(minuteOfWeek),
    activity: plant.activity,
    midnight: Math.floor(minuteOfWeek / 1440) !== Math.floor(before / 1440),
  }
}

const minutesOfWeek = 7 * 1440
const weekMinute = (minute: number): number => ((minute % minutesOfWeek) + minutesOfWeek) % minutesOfWeek
