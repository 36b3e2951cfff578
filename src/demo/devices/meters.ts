import type { Meter } from '../plant/power.ts'
import { areas, type Machine, type RegisterRow } from './machine.ts'
import { bcd, type Cell, type Field, f32, f64, i16, i32, i64, text, u16, u32 } from './words.ts'

/** What the status register of all three says; 1 would be a fault of the meter. */
const measuring = 0

type MeterName = 'main' | 'kiln' | 'air'

/** Rows one after the other from `at` on. */
const column = (at: number, field: Field, values: readonly ((meter: Meter) => Cell)[], of: MeterName): RegisterRow[] =>
  values.map((value, index) => ({ at: at + index * field.words, field, get: (plant) => value(plant.power[of]) }))

/** A modern meter: input registers, float32 big-endian, 64-bit energy counters; no neutral transformer (NaN). */
export const mainMeter: Machine = {
  id: 'main-meter',
  title: { en: 'Main meter', zh: '总进线电表' },
  area: areas.power,
  profile: 'interwork/power-meter',
  unit: 1,
  identification: {
    0: 'Interwork Instruments',
    1: 'PM-300',
    2: '4.12',
    3: 'interwork.example',
    4: 'Power meter 300',
    5: 'PM-300-3P4W',
  },
  input: [
    ...column(
      0,
      f32(),
      [
        ({ sensed }) => sensed.voltage[0],
        ({ sensed }) => sensed.voltage[1],
        ({ sensed }) => sensed.voltage[2],
        ({ sensed }) => sensed.current[0],
        ({ sensed }) => sensed.current[1],
        ({ sensed }) => sensed.current[2],
        ({ sensed }) => sensed.active[0],
        ({ sensed }) => sensed.active[1],
        ({ sensed }) => sensed.active[2],
        ({ sensed }) => sensed.total,
        ({ sensed }) => sensed.reactive,
        ({ sensed }) => sensed.apparent,
        ({ sensed }) => sensed.cosPhi,
        () => null,
        ({ demand }) => demand,
        ({ demandPeak }) => demandPeak,
      ],
      'main',
    ),
    { at: 32, field: u16(), get: () => measuring },
    ...column(100, i64(), [energy, fineEnergy], 'main'),
    ...column(110, f64(), [({ sensed }) => sensed.frequency], 'main'),
  ],
  holding: [
    { at: 200, field: text(8), get: () => 'PM3-2209-00417' },
    { at: 208, field: u16(), get: () => 400 },
    { at: 209, field: u16(), get: () => 5 },
  ],
}

function energy(meter: Meter): bigint {
  return BigInt(meter.counterBase) + BigInt(Math.floor(meter.counted))
}

/** In µWh: beyond what a float64 can hold exactly, as revenue meters do it. */
function fineEnergy(meter: Meter): bigint {
  return BigInt(meter.counterBase) * 1_000_000n + BigInt(Math.floor(meter.counted * 1e6))
}

/** 10^exponent for a value in an int16: the exponent changes with the load, as SunSpec permits. */
const powerExponent = (meter: Meter): number => (meter.sensed.total * 1000 > 32_000 ? 1 : 0)
const scaled = (kilo: number, meter: Meter): number => (kilo * 1000) / 10 ** powerExponent(meter)

/** Laid out as SunSpec does it: marker, models with a length, integers with scale registers, sentinels for what it lacks. */
export const kilnFeeder: Machine = {
  id: 'kiln-feeder',
  title: { en: 'Kiln feeder', zh: '窑炉馈线表' },
  area: areas.power,
  profile: 'interwork/feeder-meter',
  unit: 126,
  identification: { 0: 'Interwork Instruments', 1: 'FM-203', 2: '1.7' },
  holding: [
    { at: 40000, field: text(2), get: () => 'SunS' },
    { at: 40002, field: u16(), get: () => 1 },
    { at: 40003, field: u16(), get: () => 66 },
    { at: 40004, field: text(16), get: () => 'Interwork Instruments' },
    { at: 40020, field: text(16), get: () => 'FM-203' },
    { at: 40052, field: text(16, 'space'), get: () => '0203-88-1204' },
    { at: 40070, field: u16(), get: () => 203 },
    { at: 40071, field: u16(), get: () => 105 },
    ...column(
      40072,
      i16({ scale: 0.1 }),
      [
        ({ sensed }) => sensed.current[0] + sensed.current[1] + sensed.current[2],
        ({ sensed }) => sensed.current[0],
        ({ sensed }) => sensed.current[1],
        ({ sensed }) => sensed.current[2],
      ],
      'kiln',
    ),
    { at: 40076, field: i16(), get: () => -1 },
    ...column(
      40077,
      i16({ scale: 0.01 }),
      [({ sensed }) => sensed.voltage[0], ({ sensed }) => sensed.voltage[1], ({ sensed }) => sensed.voltage[2]],
      'kiln',
    ),
    { at: 40080, field: i16(), get: () => -2 },
    ...column(40081, i16({ scale: 0.01 }), [({ sensed }) => sensed.frequency], 'kiln'),
    { at: 40082, field: i16(), get: () => -2 },
    ...column(
      40083,
      i16(),
      [
        (meter) => scaled(meter.sensed.total, meter),
        (meter) => scaled(meter.sensed.active[0], meter),
        (meter) => scaled(meter.sensed.active[1], meter),
        (meter) => scaled(meter.sensed.active[2], meter),
        powerExponent,
      ],
      'kiln',
    ),
    ...column(40088, i16({ scale: 0.001 }), [({ sensed }) => sensed.cosPhi], 'kiln'),
    { at: 40089, field: i16(), get: () => -3 },
    ...column(40090, u32(), [(meter) => (meter.counterBase + meter.counted) / 1000], 'kiln'),
    // Not fitted: the temperature of the cabinet (int16) and the pulse input (uint16).
    { at: 40092, field: i16({ none: -0x8000 }), get: () => null },
    { at: 40093, field: u16({ none: 0xffff }), get: () => null },
    { at: 40094, field: i16({ none: -0x8000 }), get: () => null },
    { at: 40095, field: u16(), get: () => measuring },
  ],
}

/** A meter of 1994: words swapped, decimal counter, at most 32 registers at once, no function 43 but function 17. */
export const airFeeder: Machine = {
  id: 'air-feeder',
  title: { en: 'Air feeder', zh: '空压馈线表' },
  area: areas.power,
  profile: 'interwork/feeder-meter-1994',
  unit: 17,
  maxRegisters: 32,
  serverId: 'Interwork FK-94 r2',
  holding: [
    ...column(
      0,
      u16({ scale: 0.1 }),
      [
        ({ sensed }) => sensed.voltage[0],
        ({ sensed }) => sensed.voltage[1],
        ({ sensed }) => sensed.voltage[2],
        ({ sensed }) => sensed.current[0],
        ({ sensed }) => sensed.current[1],
        ({ sensed }) => sensed.current[2],
      ],
      'air',
    ),
    ...column(
      6,
      i32({ order: 'CDAB' }),
      [
        ({ sensed }) => sensed.total * 1000,
        ({ sensed }) => sensed.reactive * 1000,
        ({ sensed }) => sensed.apparent * 1000,
      ],
      'air',
    ),
    ...column(12, i16({ scale: 0.001 }), [({ sensed }) => sensed.cosPhi], 'air'),
    ...column(13, u16({ scale: 0.01 }), [({ sensed }) => sensed.frequency], 'air'),
    { at: 14, field: u16(), get: () => measuring },
    { at: 40, field: bcd(2, { order: 'CDAB' }), get: ({ power: { air } }) => (air.counterBase + air.counted) / 1000 },
    { at: 42, field: bcd(1), get: () => 94 },
    ...column(
      60,
      u32({ order: 'CDAB' }),
      [({ demand }) => demand * 1000, ({ demandPeak }) => demandPeak * 1000],
      'air',
    ),
  ],
}
