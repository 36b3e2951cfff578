import type { Moment } from './calendar.ts'
import { clamp, createDrift, createRandom, type Drift, type Random, stepDrift, towards } from './random.ts'
import { leakAt } from './story.ts'

type CompressorMode = 'off' | 'standby' | 'unloaded' | 'loaded'

/** Compressed air: a 30 kW screw compressor of 1996 feeds the receiver and the line; a dryer stands between. */
export interface Air {
  readonly random: Random
  readonly demand: Drift
  mode: CompressorMode
  /** What people may write, bar. */
  setpoint: number
  /** In the line, bar above ambient. */
  pressure: number
  /** m³/min free air: into the line, asked for, lost. */
  delivered: number
  used: number
  leaking: number
  /** kW. */
  power: number
  oil: number
  cooling: number
  /** Seconds in the present mode. */
  modeSeconds: number
  /** Share of the time loaded, over about the last five minutes. */
  loadShare: number
  runSeconds: number
  loadSeconds: number
  startsToday: number
  /** mbar over the intake filter at full flow; grows with the air that passed. */
  filter: number
  dryer: Dryer
  /** What the sensors say, with their noise. */
  readonly sensed: { pressure: number; flow: number; power: number; oil: number; cooling: number; dewPoint: number }
}

/** The refrigeration dryer. */
interface Dryer {
  /** °C, pressure dew point. */
  dewPoint: number
  suction: number
  power: number
  /** mbar over the outlet filter; grows with the air that passed. */
  filter: number
  drains: number
  /** Water in the separator, litres; drained at half a litre. */
  water: number
  draining: boolean
}

const capacity = 5.5
const receiver = 3
const hysteresis = 0.2
const standbyAfter = 240

export function createAir(seed: number): Air {
  const random = createRandom(seed, 'air')
  return {
    random,
    demand: createDrift(random, 0.22, 150),
    mode: 'loaded',
    setpoint: 7,
    pressure: 6.95,
    delivered: 5,
    used: 3.4,
    leaking: 0,
    power: 28,
    oil: 86,
    cooling: 18.3,
    modeSeconds: 0,
    loadShare: 0.62,
    runSeconds: 61_204 * 3600,
    loadSeconds: 44_871 * 3600,
    startsToday: 7,
    filter: 38,
    dryer: { dewPoint: 3.1, suction: -1.5, power: 1.1, filter: 142, drains: 18_230, water: 0.2, draining: false },
    sensed: { pressure: 7, flow: 3.4, power: 28, oil: 86, cooling: 18.3, dewPoint: 3.1 },
  }
}

export function stepAir(air: Air, now: Moment, dt: number): void {
  stepDemand(air, now, dt)
  stepCompressor(air, now, dt)
  // The receiver holds `receiver` m³ for every bar; flows are per minute.
  air.pressure = Math.max(0, air.pressure + ((air.delivered - air.used - air.leaking) / receiver) * (dt / 60))
  stepDryer(air, dt)
  sense(air)
}

/** Presses and valves take less when the line is low; so does the hole. */
function stepDemand(air: Air, now: Moment, dt: number): void {
  const presses = 0.35 * Math.sin((now.seconds / 47) * 2 * Math.PI) * now.activity
  const wanted = 0.25 + 3.15 * now.activity + presses + stepDrift(air.demand, dt) * (0.2 + now.activity)
  const share = air.pressure / 7
  air.used = Math.max(0.1, wanted) * share
  air.leaking = 2.6 * leakAt(now.seconds) * share
}

function stepCompressor(air: Air, now: Moment, dt: number): void {
  if (now.midnight) air.startsToday = 0
  const next = nextMode(air)
  if (next !== air.mode) {
    if (air.mode === 'standby' || air.mode === 'off') air.startsToday++
    air.mode = next
    air.modeSeconds = 0
  } else air.modeSeconds += dt
  const loaded = air.mode === 'loaded'
  const running = loaded || air.mode === 'unloaded'
  air.delivered = towards(air.delivered, loaded ? capacity * (1.07 - 0.01 * air.pressure) : 0, dt, 1.5)
  const asked = loaded ? 22.6 + 0.98 * air.pressure : running ? 9.6 : 0.15
  air.power = towards(air.power, asked, dt, loaded ? 2 : 6)
  air.oil = towards(air.oil, loaded ? 89 : running ? 80 : 24, dt, running ? 260 : 1500)
  air.cooling = 18.3 + 0.8 * Math.sin(now.minuteOfWeek / 229)
  air.loadShare = towards(air.loadShare, loaded ? 1 : 0, dt, 300)
  if (running) air.runSeconds += dt
  if (loaded) air.loadSeconds += dt
  air.filter += (air.delivered * dt) / 2.4e5
}

/** Loads below the band, unloads above it, and stops when nobody has wanted air for four minutes. */
function nextMode({ mode, pressure, setpoint, modeSeconds }: Air): CompressorMode {
  if (mode === 'off') return mode
  if (pressure < setpoint - hysteresis) return 'loaded'
  if (mode === 'loaded' && pressure > setpoint + hysteresis) return 'unloaded'
  if (mode === 'unloaded' && modeSeconds > standbyAfter) return 'standby'
  return mode
}

function stepDryer(air: Air, dt: number): void {
  const { dryer } = air
  dryer.dewPoint = towards(dryer.dewPoint, 2.2 + 0.28 * air.delivered, dt, 90)
  dryer.suction = towards(dryer.suction, -2.4 + 0.3 * air.delivered, dt, 60)
  dryer.power = towards(dryer.power, 0.75 + 0.08 * air.delivered, dt, 20)
  dryer.filter += (air.delivered * dt) / 9e4
  dryer.water += (air.delivered * dt) / 60 / 110
  if (dryer.water > 0.5 && !dryer.draining) {
    dryer.draining = true
    dryer.drains++
  }
  if (!dryer.draining) return
  dryer.water = Math.max(0, dryer.water - 0.1 * dt)
  dryer.draining = dryer.water > 0
}

function sense({ sensed, random, pressure, used, leaking, power, oil, cooling, dryer }: Air): void {
  sensed.pressure = clamp(pressure + 0.004 * random.normal(), 0, 10)
  sensed.flow = Math.max(0, used + leaking + 0.02 * random.normal())
  sensed.power = Math.max(0, power + 0.06 * random.normal())
  sensed.oil = oil + 0.08 * random.normal()
  sensed.cooling = cooling + 0.05 * random.normal()
  sensed.dewPoint = dryer.dewPoint + 0.04 * random.normal()
}
