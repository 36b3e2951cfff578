import type { Moment } from './calendar.ts'
import { clamp, createDrift, createRandom, type Drift, type Random, stepDrift, towards } from './random.ts'

/** A centrifugal pump on the common header. Head H = shutOff·s² − slope·Q², s the speed as a share of 50 Hz. */
export interface Pump {
  readonly random: Random
  readonly shutOff: number
  readonly slope: number
  /** Fixed pumps hang on the mains; the others on a frequency converter. */
  readonly fixed: boolean
  /** What controller or people want. */
  run: boolean
  /** Wanted frequency, Hz. */
  wanted: number
  frequency: number
  /** m³/h. */
  flow: number
  power: number
  bearing: number
  /** Wear shows as vibration; mm/s at full speed. */
  wear: number
  runSeconds: number
  starts: number
  readonly sensed: { flow: number; pressure: number; power: number; bearing: number; vibration: number }
}

/** The pump house: pumps 1 and 2 take turns as duty and standby, pump 3 helps while the mill works. */
export interface Water {
  readonly demand: Drift
  readonly pumps: readonly [Pump, Pump, Pump]
  /** In the header, metres of water. */
  head: number
  /** Sum of the pressure controller, Hz. */
  integral: number
  /** Which of pumps 1 and 2 is on duty. */
  duty: 0 | 1
}

const headSetpoint = 41
const storage = 24
const gravity = 9.81

export function createWater(seed: number): Water {
  return {
    demand: createDrift(createRandom(seed, 'water'), 2.2, 240),
    pumps: [
      createPump(seed, 'pump-1', { shutOff: 58, slope: 0.0066, fixed: false, run: true, hours: 18_442 }),
      createPump(seed, 'pump-2', { shutOff: 58, slope: 0.0066, fixed: false, run: false, hours: 17_985 }),
      createPump(seed, 'pump-3', { shutOff: 50, slope: 0.0197, fixed: true, run: true, hours: 96_310 }),
    ],
    head: headSetpoint,
    integral: 45,
    duty: 0,
  }
}

interface PumpKind {
  readonly shutOff: number
  readonly slope: number
  readonly fixed: boolean
  readonly run: boolean
  readonly hours: number
}

function createPump(seed: number, name: string, { hours, ...kind }: PumpKind): Pump {
  const random = createRandom(seed, name)
  return {
    random,
    ...kind,
    wanted: kind.fixed ? 50 : 46,
    frequency: kind.run ? (kind.fixed ? 50 : 46) : 0,
    flow: 0,
    power: 0,
    bearing: kind.run ? 46 : 21,
    wear: 1.1 + 0.6 * random.next(),
    runSeconds: hours * 3600,
    starts: Math.round(hours / 9),
    sensed: { flow: 0, pressure: 4, power: 0, bearing: 21, vibration: 0 },
  }
}

export function stepWater(water: Water, now: Moment, dt: number): void {
  changeDuty(water, now)
  // Pump 3 is switched by its own clock and float switch on site; nobody starts it from afar.
  startPump(water.pumps[2], now.activity > 0.5)
  controlPressure(water, dt)
  const wanted = 17 + 39 * now.activity + stepDrift(water.demand, dt)
  const taken = Math.max(2, wanted) * Math.sqrt(Math.max(0, water.head) / headSetpoint)
  let given = 0
  for (const pump of water.pumps) given += stepPump(pump, water.head, dt)
  water.head = clamp(water.head + ((given - taken) / storage) * dt, 0, 70)
  for (const pump of water.pumps) sense(pump, water.head)
}

/** Starts or stops a pump as its button does; a start is counted. */
export function startPump(pump: Pump, run: boolean): void {
  if (run && !pump.run) pump.starts++
  pump.run = run
}

/** At midnight duty and standby change places; when the header falls below 3.1 bar the standby helps. */
function changeDuty(water: Water, now: Moment): void {
  const standby = water.pumps[1 - water.duty]!
  if (now.midnight) {
    startPump(standby, true)
    startPump(water.pumps[water.duty]!, false)
    water.duty = water.duty === 0 ? 1 : 0
  } else if (water.head < 31.6 && !standby.run) startPump(standby, true)
}

/** The duty pump holds the header at 4.02 bar (PI, output in Hz). */
function controlPressure(water: Water, dt: number): void {
  const error = headSetpoint - water.head
  const duty = water.pumps[water.duty]!
  const output = water.integral + 0.35 * error
  duty.wanted = clamp(output, 30, 50)
  if (output === duty.wanted || output > 50 === error < 0) water.integral += 0.05 * error * dt
}

/** One step of a pump against the head of the header; returns what it gives, m³/h. */
function stepPump(pump: Pump, head: number, dt: number): number {
  const target = pump.run ? pump.wanted : 0
  const ramp = (pump.fixed ? 25 : 6) * dt
  pump.frequency += clamp(target - pump.frequency, -ramp, ramp)
  const speed = pump.frequency / 50
  const lift = pump.shutOff * speed * speed - head
  const flow = lift > 0 ? Math.sqrt(lift / pump.slope) : 0
  // The water in the pipe has mass.
  pump.flow = towards(pump.flow, flow, dt, 0.6)
  if (pump.flow < 0.01) pump.flow = 0
  const hydraulic = (gravity * pump.flow * head) / 3600
  pump.power = pump.frequency > 0.5 ? hydraulic / 0.62 + 0.55 * speed ** 3 : 0
  pump.bearing = towards(pump.bearing, 21 + 3.6 * pump.power + 6 * speed, dt, 700)
  if (pump.frequency > 0.5) {
    pump.runSeconds += dt
    pump.wear += dt * 2.5e-7
  }
  return pump.flow
}

function sense(pump: Pump, head: number): void {
  const { sensed, random } = pump
  const running = pump.frequency > 0.5
  const speed = pump.frequency / 50
  sensed.flow = Math.max(0, pump.flow + (running ? 0.12 : 0) * random.normal())
  sensed.pressure = Math.max(0, (head * gravity) / 100 + 0.008 * random.normal())
  sensed.power = Math.max(0, pump.power + (running ? 0.03 : 0) * random.normal())
  sensed.bearing = pump.bearing + 0.05 * random.normal()
  sensed.vibration = Math.max(0, pump.wear * speed * speed + 0.03 + (running ? 0.06 : 0.004) * random.normal())
}
