import type { Air } from '../plant/air.ts'
import { areas, type Machine, type RegisterRow } from './machine.ts'
import { type Cell, type Field, f32, i16, text, u16, u32 } from './words.ts'

const row = (at: number, field: Field, get: (air: Air) => Cell): RegisterRow => ({
  at,
  field,
  get: ({ air }) => get(air),
})

const modes = { off: 0, standby: 1, unloaded: 2, loaded: 3 } as const

/** Amperes of the motor: 400 V, its power factor falls with the load. */
const motorCurrent = ({ sensed: { power } }: Air): number =>
  (power * 1000) / (Math.sqrt(3) * 400 * (power > 20 ? 0.78 : 0.62 + 0.004 * power))

/** Bit 0 service due, 1 pressure low, 2 oil hot; bits 8 to 11 the stage of the fan of the cooler. */
function alarmsOf(air: Air): number {
  const serviceDue = (air.runSeconds / 3600) % 2000 > 1990 ? 1 : 0
  const low = air.pressure < 6.6 ? 2 : 0
  const hot = air.oil > 100 ? 4 : 0
  const fan = Math.min(15, Math.max(0, Math.round((air.oil - 60) / 2.5)))
  return serviceDue | low | hot | (fan << 8)
}

/** The screw compressor of 1996 with the controller of 2004: float32 with swapped words. */
export const compressor: Machine = {
  id: 'compressor-1',
  title: { en: 'Compressor 1', zh: '1 号空压机' },
  area: areas.air,
  profile: 'interwork/compressor',
  unit: 1,
  identification: { 0: 'Interwork Air', 1: 'SC-30', 2: '3.05', 4: 'Screw compressor 30 kW', 5: 'SC-30-96' },
  holding: [
    row(100, f32('CDAB'), ({ sensed }) => sensed.pressure),
    row(102, f32('CDAB'), ({ sensed }) => sensed.flow),
    row(104, f32('CDAB'), ({ sensed }) => sensed.power),
    row(106, f32('CDAB'), ({ sensed }) => sensed.oil),
    row(108, f32('CDAB'), motorCurrent),
    row(110, f32('CDAB'), ({ sensed }) => sensed.oil + 3.3),
    row(112, f32('CDAB'), ({ sensed }) => sensed.cooling),
    {
      at: 120,
      field: f32('CDAB'),
      get: ({ air }) => air.setpoint,
      set({ air }, bar) {
        if (!(Number(bar) >= 5.5 && Number(bar) <= 8)) return false
        air.setpoint = Number(bar)
        return true
      },
    },
    row(130, u32({ order: 'CDAB' }), ({ runSeconds }) => Math.floor(runSeconds / 3600)),
    row(132, u32({ order: 'CDAB' }), ({ loadSeconds }) => Math.floor(loadSeconds / 3600)),
    row(134, u16(), ({ startsToday }) => startsToday),
    row(135, u16(), ({ mode }) => modes[mode]),
    row(136, u16(), alarmsOf),
    row(137, u16({ scale: 0.1 }), ({ loadShare }) => loadShare * 100),
    // The drop over the filter can only be measured while air flows.
    row(138, i16({ none: -0x8000 }), ({ mode, filter }) => (mode === 'loaded' ? filter : null)),
    row(139, u16(), () => 1),
    row(200, text(8), () => 'Interwork Air'),
    row(208, text(4), () => 'SC-30'),
    row(212, text(6, 'space'), () => '96-30-0117'),
  ],
}

/** The dryer: little-endian throughout, a humidity option that was never bought. */
export const dryer: Machine = {
  id: 'air-dryer',
  title: { en: 'Air dryer', zh: '冷干机' },
  area: areas.air,
  profile: 'interwork/air-dryer',
  unit: 2,
  identification: { 0: 'Interwork Air', 1: 'RD-60', 2: '1.0' },
  input: [
    row(0, f32('DCBA'), ({ sensed }) => sensed.dewPoint),
    row(2, f32('DCBA'), ({ dryer: { suction } }) => suction),
    row(4, f32('DCBA'), ({ dryer: { power } }) => power),
    row(6, f32('DCBA'), ({ dryer: { filter } }) => filter),
    row(8, u32({ order: 'DCBA' }), ({ dryer: { drains } }) => drains),
    row(10, u16({ none: 0xffff }), () => null),
    row(11, u16(), ({ dryer: { power } }) => (power > 0.3 ? 1 : 0)),
  ],
  discrete: [
    { at: 0, get: ({ air }) => air.dryer.power > 0.3 },
    { at: 1, get: ({ air }) => air.dryer.draining },
    { at: 2, get: ({ air }) => air.dryer.dewPoint > 5 },
  ],
}
