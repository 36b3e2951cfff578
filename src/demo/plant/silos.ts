import type { Moment } from './calendar.ts'
import { clamp, createRandom, type Random, towards } from './random.ts'
import { frozenAt, story } from './story.ts'

export type SiloMode = 'idle' | 'filling' | 'discharging'

export interface Silo {
  readonly random: Random
  /** Whether its level sensor sticks as the story says. */
  readonly sticks: boolean
  /** Tonnes in it. */
  mass: number
  /** What people may write. */
  outfeed: boolean
  vibrator: boolean
  /** Opening of the gate, 0…1: follows the outfeed within some seconds. */
  gate: number
  /** t/h out and in. */
  outflow: number
  inflow: number
  mode: SiloMode
  /** Tonnes still in the truck that stands below, and seconds until an ordered one comes. */
  truck: number
  truckIn: number
  material: number
  dust: number
  deliveries: number
  readonly sensed: { level: number; mass: number; temperature: number; dust: number }
}

/** Tonnes a silo holds. */
export const siloCapacity = 60
const truckLoad = 24

export const createSilos = (seed: number): readonly [Silo, Silo] => [
  createSilo(seed, 'silo-1', { mass: 39.8, outfeed: true, sticks: true, truckIn: Number.POSITIVE_INFINITY }),
  createSilo(seed, 'silo-2', { mass: 23.2, outfeed: false, sticks: false, truckIn: story.truck.arrives }),
]

function createSilo(
  seed: number,
  name: string,
  given: { mass: number; outfeed: boolean; sticks: boolean; truckIn: number },
): Silo {
  return {
    random: createRandom(seed, name),
    ...given,
    vibrator: false,
    gate: given.outfeed ? 1 : 0,
    outflow: 0,
    inflow: 0,
    mode: 'idle',
    truck: 0,
    material: 17.5,
    dust: 0.3,
    deliveries: 312,
    sensed: { level: (given.mass / siloCapacity) * 100, mass: given.mass, temperature: 17.5, dust: 0.3 },
  }
}

export function stepSilo(silo: Silo, now: Moment, dt: number): void {
  stepTruck(silo, now, dt)
  silo.gate = towards(silo.gate, silo.outfeed ? 1 : 0, dt, 3)
  if (silo.gate < 0.002) silo.gate = 0
  const asked = 0.4 + 9.1 * now.activity
  silo.outflow = silo.mass > 0.05 ? asked * silo.gate * (silo.vibrator ? 1.15 : 1) : 0
  silo.inflow = towards(silo.inflow, silo.truck > 0 ? 78 : 0, dt, 8)
  if (silo.inflow < 0.02) silo.inflow = 0
  silo.mass = clamp(silo.mass + ((silo.inflow - silo.outflow) / 3600) * dt, 0, siloCapacity)
  silo.mode = silo.inflow > 0.5 ? 'filling' : silo.outflow > 0.1 ? 'discharging' : 'idle'
  silo.material = towards(silo.material, 17.5 + 2 * Math.sin(now.minuteOfWeek / 229), dt, 7200)
  silo.dust = towards(silo.dust, 0.3 + 0.09 * silo.inflow + 0.05 * silo.outflow, dt, 40)
  sense(silo, now)
}

/** A truck is ordered below 28 %, comes within three quarters of an hour, and only while somebody is there to let it in. */
function stepTruck(silo: Silo, now: Moment, dt: number): void {
  const low = silo.mass / siloCapacity < 0.28
  const open = now.shift === 'early' || now.shift === 'late'
  if (silo.truckIn === Number.POSITIVE_INFINITY && silo.truck <= 0 && low && open)
    silo.truckIn = (15 + 30 * silo.random.next()) * 60
  if (!now.settling) silo.truckIn -= dt
  if (silo.truckIn <= 0 && open) {
    silo.truck = truckLoad
    silo.truckIn = Number.POSITIVE_INFINITY
    silo.deliveries++
  }
  if (silo.truck > 0) silo.truck -= Math.min(silo.truck, (silo.inflow / 3600) * dt)
  if (silo.mass >= siloCapacity) silo.truck = 0
}

/** The level sensor (radar) may stick; the load cells below the silo do not, so that the lie can be found out. */
function sense(silo: Silo, now: Moment): void {
  const { sensed, random } = silo
  const level = clamp((silo.mass / siloCapacity) * 100 + 0.02 * random.normal(), 0, 100)
  if (!(silo.sticks && frozenAt(now.seconds))) sensed.level = level
  sensed.mass = Math.max(0, silo.mass + 0.015 * random.normal())
  sensed.temperature = silo.material + 0.05 * random.normal()
  sensed.dust = Math.max(0, silo.dust * (1 + 0.05 * random.normal()))
}
