import type { Moment } from './calendar.ts'
import { clamp, createRandom, type Random, towards } from './random.ts'

type KilnMode = 'off' | 'heating' | 'firing' | 'setback'

/** One heated zone: thermal mass, losses to the hall, exchange with its neighbours, a PI controller and 72 kW of coils. */
interface Zone {
  temperature: number
  /** What people may write, °C. */
  setpoint: number
  /** Share of the heating power, 0…1. */
  output: number
  integral: number
  sensed: number
}

export interface Kiln {
  readonly random: Random
  readonly zones: readonly [Zone, Zone, Zone]
  mode: KilnMode
  /** kW of all coils. */
  power: number
  batch: number
  /** Seconds of firing the present batch still needs. */
  batchSeconds: number
  door: boolean
  doorSeconds: number
  energy: number
  readonly fan: Fan
}

/** The exhaust fan: its bearing wears, which shows in the vibration long before it stops. */
export interface Fan {
  readonly random: Random
  speed: number
  /** Wanted share of 1,480 rpm. */
  wanted: number
  power: number
  bearing: number
  /** mm/s at full speed, slowly rising. */
  wear: number
  draught: number
  runSeconds: number
  readonly sensed: { vibration: number; bearing: number; current: number; draught: number; speed: number }
}

const coils = 72
const heatCapacity = 420
const loss = 0.052
const exchange = 0.018
const hall = 24
const batchLength = 170 * 60
const setbackTemperature = 420

export function createKiln(seed: number): Kiln {
  const random = createRandom(seed, 'kiln')
  return {
    random,
    zones: [createZone(688, 720), createZone(796, 842), createZone(650, 680)],
    mode: 'heating',
    power: 190,
    batch: 2214,
    batchSeconds: batchLength * 0.7,
    door: false,
    doorSeconds: 0,
    energy: 8_812_400,
    fan: createFan(seed),
  }
}

const createZone = (temperature: number, setpoint: number): Zone => ({
  temperature,
  setpoint,
  output: 0.8,
  integral: 0.7,
  sensed: temperature,
})

function createFan(seed: number): Fan {
  return {
    random: createRandom(seed, 'kiln-fan'),
    speed: 0.86,
    wanted: 0.86,
    power: 11,
    bearing: 52,
    wear: 3.4,
    draught: 4.2,
    runSeconds: 40_118 * 3600,
    sensed: { vibration: 2.4, bearing: 52, current: 21, draught: 4.2, speed: 1270 },
  }
}

export function stepKiln(kiln: Kiln, now: Moment, dt: number): void {
  stepBatch(kiln, now, dt)
  const before = kiln.zones.map((zone) => zone.temperature)
  kiln.power = 0
  kiln.zones.forEach((zone, index) => {
    const neighbours = ((before[index - 1] ?? before[index]!) + (before[index + 1] ?? before[index]!)) / 2
    kiln.power += stepZone(zone, kiln, neighbours, dt)
  })
  kiln.energy += (kiln.power * dt) / 3.6
  for (const zone of kiln.zones) zone.sensed = zone.temperature + 0.25 * kiln.random.normal()
  stepFan(kiln.fan, kiln, dt)
}

/** Heats up, fires one batch after the other, opens the door between them, and is set back at the weekend. */
function stepBatch(kiln: Kiln, now: Moment, dt: number): void {
  if (kiln.mode === 'off') return
  const middle = kiln.zones[1]
  if (now.shift === 'weekend') kiln.mode = 'setback'
  else if (kiln.mode === 'setback') kiln.mode = 'heating'
  else if (kiln.mode === 'heating' && middle.temperature > middle.setpoint - 4) kiln.mode = 'firing'
  else if (kiln.mode === 'firing' && middle.temperature < middle.setpoint - 25) kiln.mode = 'heating'
  kiln.doorSeconds = Math.max(0, kiln.doorSeconds - dt)
  kiln.door = kiln.doorSeconds > 0
  if (kiln.mode !== 'firing') return
  kiln.batchSeconds -= dt
  if (kiln.batchSeconds > 0) return
  kiln.batch++
  kiln.batchSeconds = batchLength
  kiln.doorSeconds = 150
}

/** One step of a zone; returns its electric power, kW. */
function stepZone(zone: Zone, kiln: Kiln, neighbours: number, dt: number): number {
  const target = kiln.mode === 'setback' ? Math.min(setbackTemperature, zone.setpoint) : zone.setpoint
  const error = target - zone.temperature
  const wanted = kiln.mode === 'off' ? 0 : zone.integral + 0.02 * error
  zone.output = clamp(wanted, 0, 1)
  if (wanted === zone.output) zone.integral += (0.02 / 700) * error * dt
  const heat = coils * zone.output
  // Ware takes heat while it is fired; the open door lets it out.
  const ware = kiln.mode === 'firing' ? 0.014 * (zone.temperature - hall) : 0
  const out = (loss + (kiln.door ? 0.06 : 0)) * (zone.temperature - hall) + ware
  const across = exchange * (neighbours - zone.temperature)
  zone.temperature += ((heat - out + across) / heatCapacity) * dt
  return heat
}

function stepFan(fan: Fan, kiln: Kiln, dt: number): void {
  const hot = kiln.zones[1].temperature > 120
  fan.wanted = hot ? (kiln.mode === 'setback' ? 0.5 : kiln.door ? 1 : 0.86) : 0
  fan.speed = towards(fan.speed, fan.wanted, dt, 7)
  if (fan.speed < 0.005) fan.speed = 0
  fan.power = 17.5 * fan.speed ** 3
  fan.draught = 5.7 * fan.speed * fan.speed
  fan.bearing = towards(fan.bearing, 26 + 22 * fan.speed + 4 * fan.wear * fan.speed, dt, 900)
  if (fan.speed > 0.05) {
    fan.runSeconds += dt
    // About 0.1 mm/s an hour; above 9 mm/s the bearing is changed.
    fan.wear = fan.wear > 9 ? 1.6 : fan.wear + dt * 2.8e-5
  }
  senseFan(fan)
}

function senseFan(fan: Fan): void {
  const { sensed, random, speed } = fan
  sensed.vibration = Math.max(0, fan.wear * speed * speed * (1 + 0.035 * random.normal()) + 0.02)
  sensed.bearing = fan.bearing + 0.06 * random.normal()
  sensed.current = Math.max(0, (fan.power > 0 ? 7.5 : 0) + 1.22 * fan.power + 0.08 * random.normal())
  sensed.draught = Math.max(0, fan.draught + 0.03 * random.normal())
  sensed.speed = Math.max(0, 1480 * speed + (speed > 0 ? 0.8 : 0) * random.normal())
}
