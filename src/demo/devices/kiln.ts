import type { Fan, Kiln } from '../plant/kiln.ts'
import { areas, type Machine, type RegisterRow } from './machine.ts'
import { bcd, type Cell, type Field, f32, i16, i64, text, u16, u32 } from './words.ts'

const row = (at: number, field: Field, get: (kiln: Kiln) => Cell): RegisterRow => ({
  at,
  field,
  get: ({ kiln }) => get(kiln),
})
const ofFan = (at: number, field: Field, get: (fan: Fan) => Cell): RegisterRow => row(at, field, ({ fan }) => get(fan))

const modes = { off: 0, heating: 1, firing: 2, setback: 3 } as const

/** The setpoint of a zone, whole degrees; the controller takes 200 to 950. */
const setpoint = (at: number, zone: 0 | 1 | 2): RegisterRow => ({
  at,
  field: u16(),
  get: ({ kiln }) => kiln.zones[zone].setpoint,
  set({ kiln }, degrees) {
    if (Number(degrees) < 200 || Number(degrees) > 950) return false
    kiln.zones[zone].setpoint = Number(degrees)
    return true
  },
})

/** The kiln: three zones; its controller wants setpoints by function 23. */
export const kiln: Machine = {
  id: 'kiln-1',
  title: { en: 'Kiln 1', zh: '1 号窑' },
  area: areas.kiln,
  profile: 'interwork/kiln',
  unit: 5,
  identification: { 0: 'Interwork Thermal', 1: 'KC-3Z', 2: '5.20', 4: 'Kiln controller, 3 zones', 5: 'KC-3Z-216' },
  input: [
    row(0, i16({ scale: 0.1 }), ({ zones }) => zones[0].sensed),
    row(1, i16({ scale: 0.1 }), ({ zones }) => zones[1].sensed),
    row(2, i16({ scale: 0.1 }), ({ zones }) => zones[2].sensed),
    // The fourth thermocouple is not connected.
    row(3, i16({ none: -0x8000 }), () => null),
    row(4, u16({ scale: 0.1 }), ({ zones }) => zones[0].output * 100),
    row(5, u16({ scale: 0.1 }), ({ zones }) => zones[1].output * 100),
    row(6, u16({ scale: 0.1 }), ({ zones }) => zones[2].output * 100),
    row(7, u16(), ({ mode }) => modes[mode]),
    row(8, f32(), ({ power }) => power),
    row(10, i64('DCBA'), ({ energy }) => energy),
  ],
  holding: [
    setpoint(20, 0),
    setpoint(21, 1),
    setpoint(22, 2),
    row(30, bcd(2), ({ batch }) => batch),
    row(32, u16(), ({ batchSeconds }) => batchSeconds / 60),
    row(40, text(8), () => 'STONEWARE 7'),
  ],
  discrete: [{ at: 0, get: ({ kiln }) => kiln.door }],
}

/** The exhaust fan with its vibration monitor. */
export const kilnFan: Machine = {
  id: 'kiln-fan',
  title: { en: 'Kiln fan', zh: '窑炉风机' },
  area: areas.kiln,
  profile: 'interwork/fan',
  unit: 6,
  serverId: 'Interwork VM-2',
  identification: { 0: 'Interwork Drives', 1: 'VM-2', 2: '1.4' },
  input: [
    ofFan(0, f32(), ({ sensed }) => sensed.vibration),
    ofFan(2, f32(), ({ sensed }) => sensed.bearing),
    ofFan(4, f32(), ({ sensed }) => sensed.current),
    ofFan(6, f32(), ({ sensed }) => sensed.draught),
    ofFan(8, u16(), ({ sensed }) => sensed.speed),
    ofFan(9, u16(), ({ speed }) => (speed > 0.05 ? 1 : 0)),
    ofFan(10, u32(), ({ runSeconds }) => Math.floor(runSeconds / 3600)),
  ],
}
