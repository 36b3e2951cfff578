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
  /** Steps done since second 0; negative while it settles. Time is counted, never measured. */
  steps: number
  activity: number
  readonly air: Air
  readonly water: Water
  readonly kiln: Kiln
  readonly silos: readonly [Silo, Silo]
  readonly power: Power
  readonly pump3Network: Outages
}

/** Simulated seconds of one step. Fixed, so that the story depends on nothing but the seed and what people write. */
const stepSeconds = 0.2
const settlingSteps = 600 / stepSeconds

/** The plant at second 0: it has run for ten minutes already, so that nothing starts from a standstill. */
export function createPlant(seed: number, startsAt: number = defaultStart): Plant {
  const plant: Plant = {
    seed,
    startsAt,
    steps: -settlingSteps,
    activity: activityAt(startsAt),
    air: createAir(seed),
    water: createWater(seed),
    kiln: createKiln(seed),
    silos: createSilos(seed),
    power: createPower(seed),
    pump3Network: createOutages(seed),
  }
  while (plant.steps < 0) step(plant)
  return plant
}

/** Simulated seconds since the start. */
export const secondsOf = (plant: Plant): number => plant.steps * stepSeconds

/** Goes on to `seconds` of simulated time, in whole steps; never back. Does at most `limit` steps, and says how many it did. */
export function advance(plant: Plant, seconds: number, limit: number = Number.POSITIVE_INFINITY): number {
  const target = Math.floor(seconds / stepSeconds + 1e-9)
  const from = plant.steps
  while (plant.steps < target && plant.steps - from < limit) step(plant)
  return plant.steps - from
}

function step(plant: Plant): void {
  plant.steps++
  const now = momentOf(plant)
  const { air, water, kiln, silos, power } = plant
  stepAir(air, now, stepSeconds)
  stepWater(water, now, stepSeconds)
  stepKiln(kiln, now, stepSeconds)
  for (const silo of silos) stepSilo(silo, now, stepSeconds)
  stepOutages(plant.pump3Network, now.seconds)
  const pumps = water.pumps.reduce((sum, pump) => sum + pump.power, 0)
  const conveyors = silos.reduce((sum, silo) => sum + 0.35 * silo.outflow, 0)
  stepPower(
    power,
    {
      kiln: kiln.power + kiln.fan.power + 1.8,
      air: air.power + air.dryer.power + 9 * now.activity + conveyors,
      rest: pumps + baseLoad(power, now.seconds, now.activity, stepSeconds),
    },
    stepSeconds,
  )
}

function momentOf(plant: Plant): Moment {
  const seconds = secondsOf(plant)
  const minuteOfWeek = weekMinute(plant.startsAt + seconds / 60)
  const before = weekMinute(plant.startsAt + (seconds - stepSeconds) / 60)
  plant.activity = towards(plant.activity, activityAt(minuteOfWeek), stepSeconds, 150)
  return {
    seconds,
    minuteOfWeek,
    shift: shiftAt(minuteOfWeek),
    activity: plant.activity,
    midnight: Math.floor(minuteOfWeek / 1440) !== Math.floor(before / 1440),
  }
}

const minutesOfWeek = 7 * 1440
const weekMinute = (minute: number): number => ((minute % minutesOfWeek) + minutesOfWeek) % minutesOfWeek
