import type { Plant } from '../plant/plant.ts'
import { type Pump, startPump } from '../plant/water.ts'
import { areas, type BitRow, type Machine, type RegisterRow } from './machine.ts'
import { bcd, type Cell, type Field, f32, i16, u16, u32 } from './words.ts'

type Which = 0 | 1 | 2

const states = { stopped: 0, running: 1, starting: 2, standby: 3 } as const

function stateOf(plant: Plant, which: Which): number {
  const pump = plant.water.pumps[which]
  if (!pump.run) return which < 2 && which !== plant.water.duty ? states.standby : states.stopped
  return pump.frequency < 28 ? states.starting : states.running
}

const row = (which: Which, at: number, field: Field, get: (pump: Pump) => Cell): RegisterRow => ({
  at,
  field,
  get: (plant) => get(plant.water.pumps[which]),
})

/** Pumps 1 and 2: frequency converters of 2009. Bytes swapped in every word; coil 0 runs them, holding 40 is the speed. */
const converterPump = (which: 0 | 1, names: Pick<Machine, 'id' | 'title' | 'identification'>): Machine => ({
  ...names,
  area: areas.pumps,
  profile: 'interwork/pump-converter',
  unit: 1,
  coils: [
    {
      at: 0,
      get: ({ water }) => water.pumps[which].run,
      set: ({ water }, run) => startPump(water.pumps[which], run),
    },
  ],
  discrete: [
    { at: 0, get: ({ water }) => water.pumps[which].frequency > 0.5 },
    { at: 1, get: () => false },
    { at: 2, get: ({ water }) => water.duty === which },
  ],
  input: [
    { at: 0, field: u16(), get: (plant) => stateOf(plant, which) },
    row(which, 1, u16({ scale: 0.01 }), ({ frequency }) => frequency),
    row(which, 2, f32('BADC'), ({ sensed }) => sensed.flow),
    row(which, 4, f32('BADC'), ({ sensed }) => sensed.pressure),
    row(which, 6, f32('BADC'), ({ sensed }) => sensed.power),
    row(which, 8, i16({ scale: 0.1 }), ({ sensed }) => sensed.bearing),
    row(which, 9, u16({ scale: 0.01 }), ({ sensed }) => sensed.vibration),
    row(which, 10, u32({ order: 'BADC' }), ({ runSeconds }) => runSeconds / 3600),
    row(which, 12, u16(), ({ starts }) => starts),
  ],
  holding: [
    {
      at: 40,
      field: u16({ scale: 0.1 }),
      get: ({ water }) => water.pumps[which].wanted,
      set: ({ water }, hertz) => setSpeed(water.pumps[which], Number(hertz)),
    },
  ],
})

/** The converter takes 30 to 50 Hz. On the duty pump the pressure controller has the last word. */
function setSpeed(pump: Pump, hertz: number): boolean {
  if (hertz < 30 || hertz > 50) return false
  pump.wanted = hertz
  return true
}

export const pump1 = converterPump(0, {
  id: 'pump-1',
  title: { en: 'Pump 1', zh: '1 号水泵' },
  identification: { 0: 'Interwork Drives', 1: 'WP-7', 2: '2.3', 4: 'Water pump 7.5 kW', 5: 'WP-7-FC' },
})

export const pump2 = converterPump(1, {
  id: 'pump-2',
  title: { en: 'Pump 2', zh: '2 号水泵' },
  identification: { 0: 'Interwork Drives', 1: 'WP-7', 2: '2.1', 4: 'Water pump 7.5 kW', 5: 'WP-7-FC' },
})

/** Pump 3 of 1998: fixed speed, its panel stands on "local": it takes the coil of a master and then does not care. */
export const pump3: Machine = {
  id: 'pump-3',
  title: { en: 'Pump 3', zh: '3 号水泵' },
  area: areas.pumps,
  profile: 'interwork/pump-1998',
  unit: 3,
  serverId: 'Interwork P3-98',
  coils: [localCoil(16, ({ water }) => water.pumps[2].run), localCoil(17, () => false)],
  discrete: [
    { at: 100, get: ({ water }) => water.pumps[2].frequency > 0.5 },
    { at: 101, get: () => false },
    { at: 102, get: () => true },
  ],
  holding: [
    { at: 0, field: u16(), get: (plant) => stateOf(plant, 2) },
    row(2, 1, u16({ scale: 0.1 }), ({ sensed }) => sensed.flow),
    row(2, 2, u16({ scale: 0.01 }), ({ sensed }) => sensed.pressure),
    row(2, 3, u16({ scale: 0.01 }), ({ sensed }) => sensed.power),
    row(2, 4, i16({ scale: 0.1 }), ({ sensed }) => sensed.bearing),
    row(2, 8, bcd(2), ({ runSeconds }) => runSeconds / 3600),
  ],
  offline: ({ pump3Network }) => pump3Network.offline,
}

function localCoil(at: number, get: BitRow['get']): BitRow {
  return { at, get, set: () => {} }
}
