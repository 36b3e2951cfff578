import { createDrift, createRandom, type Drift, type Random, stepDrift } from './random.ts'

/** A three-phase energy meter and what hangs behind it. */
export interface Meter {
  readonly random: Random
  readonly cosPhi: Drift
  readonly powerFactor: number
  /** How the load is spread over the phases; the sum is 3. */
  readonly phases: readonly [number, number, number]
  /** Wh counted since it was built in, and what it showed then. */
  counted: number
  readonly counterBase: number
  /** kW: mean of about the last quarter of an hour, and the highest there was. */
  demand: number
  demandPeak: number
  readonly sensed: {
    voltage: [number, number, number]
    current: [number, number, number]
    active: [number, number, number]
    total: number
    reactive: number
    apparent: number
    cosPhi: number
    frequency: number
  }
}

/** The supply of the mill: one grid, three meters. */
export interface Power {
  readonly frequency: Drift
  readonly grid: Drift
  /** kW of everything without a meter of its own: milling lines, lights, offices. */
  readonly base: Drift
  readonly main: Meter
  readonly kiln: Meter
  readonly air: Meter
}

export function createPower(seed: number): Power {
  const random = createRandom(seed, 'grid')
  return {
    frequency: createDrift(random, 0.012, 40),
    grid: createDrift(random, 1.1, 300),
    base: createDrift(random, 9, 200),
    main: createMeter(seed, 'main-meter', {
      powerFactor: 0.93,
      phases: [1.02, 0.99, 0.99],
      counterBase: 12_407_318_442,
      demand: 362,
    }),
    kiln: createMeter(seed, 'kiln-feeder', {
      powerFactor: 0.985,
      phases: [1, 1, 1],
      counterBase: 1_873_204_511,
      demand: 168,
    }),
    air: createMeter(seed, 'air-feeder', {
      powerFactor: 0.86,
      phases: [1.01, 1, 0.99],
      counterBase: 48_213_907,
      demand: 39,
    }),
  }
}

type MeterKind = Pick<Meter, 'powerFactor' | 'phases' | 'counterBase' | 'demand'>

function createMeter(seed: number, name: string, kind: MeterKind): Meter {
  const random = createRandom(seed, name)
  return {
    random,
    ...kind,
    cosPhi: createDrift(random, 0.008, 90),
    counted: 0,
    demandPeak: kind.demand * 1.18,
    sensed: {
      voltage: [231, 231, 231],
      current: [0, 0, 0],
      active: [0, 0, 0],
      total: 0,
      reactive: 0,
      apparent: 0,
      cosPhi: kind.powerFactor,
      frequency: 50,
    },
  }
}

/** kW of what is not in the model as a machine: milling lines work in strokes of some 90 seconds. */
export function baseLoad(power: Power, seconds: number, activity: number, dt: number): number {
  const strokes = 12 * Math.sin((seconds / 91) * 2 * Math.PI) * activity
  return Math.max(14, 16 + 130 * activity + strokes + stepDrift(power.base, dt) * (0.2 + activity))
}

/** One step of the three meters. `kiln` and `air` are the feeders' loads, `rest` everything else behind the main meter. */
export function stepPower(power: Power, load: { kiln: number; air: number; rest: number }, dt: number): void {
  const total = load.kiln + load.air + load.rest
  const frequency = 50 + stepDrift(power.frequency, dt)
  const voltage = 233 + stepDrift(power.grid, dt) - total / 180
  stepMeter(power.main, { load: total, voltage, frequency, dt })
  stepMeter(power.kiln, { load: load.kiln, voltage: voltage - load.kiln / 150, frequency, dt })
  stepMeter(power.air, { load: load.air, voltage: voltage - load.air / 60, frequency, dt })
}

interface Supply {
  readonly load: number
  readonly voltage: number
  readonly frequency: number
  readonly dt: number
}

function stepMeter(meter: Meter, { load, voltage, frequency, dt }: Supply): void {
  const { sensed, random } = meter
  meter.counted += (load * dt) / 3.6
  meter.demand += ((load - meter.demand) * dt) / 900
  meter.demandPeak = Math.max(meter.demandPeak, meter.demand)
  const cosPhi = Math.min(0.999, meter.powerFactor + stepDrift(meter.cosPhi, dt))
  sensed.total = 0
  sensed.apparent = 0
  for (let phase = 0; phase < 3; phase++) {
    const share = (load / 3) * meter.phases[phase]! * (1 + 0.0008 * random.normal())
    const volts = voltage + (phase - 1) * 0.4 + 0.05 * random.normal()
    sensed.voltage[phase] = volts
    sensed.active[phase] = share
    sensed.current[phase] = (share * 1000) / (volts * cosPhi)
    sensed.total += share
    sensed.apparent += share / cosPhi
  }
  sensed.reactive = Math.sqrt(Math.max(0, sensed.apparent ** 2 - sensed.total ** 2))
  sensed.cosPhi = cosPhi
  sensed.frequency = frequency + 0.001 * random.normal()
}
