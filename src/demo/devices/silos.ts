import { type Silo, type SiloMode, siloCapacity } from '../plant/silos.ts'
import { areas, type Machine, type RegisterRow } from './machine.ts'
import { type Cell, type Field, i16, text, u16, u32 } from './words.ts'

const modes: Readonly<Record<SiloMode, number>> = { idle: 0, filling: 1, discharging: 2 }

/** Bit 0 outfeed, 1 vibrator; bits 4 and 5 what it does; bits 8 to 11 how far the gate is open, in fifteenths. */
const controlWord = ({ outfeed, vibrator, mode, gate }: Silo): number =>
  (outfeed ? 1 : 0) | (vibrator ? 2 : 0) | (modes[mode] << 4) | (Math.round(gate * 15) << 8)

/** Only bits 0 and 1 obey; the others are the controller's own and keep what they show. */
function setControl(silo: Silo, word: number): boolean {
  silo.outfeed = (word & 1) !== 0
  silo.vibrator = (word & 2) !== 0
  return true
}

const silo = (which: 0 | 1, names: Pick<Machine, 'id' | 'title' | 'unit'>, material: string): Machine => {
  const row = (at: number, field: Field, get: (silo: Silo) => Cell): RegisterRow => ({
    at,
    field,
    get: ({ silos }) => get(silos[which]),
  })
  return {
    ...names,
    area: areas.silos,
    profile: 'interwork/silo',
    identification: { 0: 'Interwork Bulk', 1: 'SL-60', 2: '2.0' },
    holding: [
      row(0, u16({ scale: 0.01 }), ({ sensed }) => sensed.level),
      row(1, u32({ order: 'DCBA' }), ({ sensed }) => sensed.mass * 1000),
      row(3, i16({ scale: 0.1 }), ({ sensed }) => sensed.temperature),
      row(4, u16({ scale: 0.01 }), ({ sensed }) => sensed.dust),
      row(5, u16({ scale: 0.01 }), ({ outflow }) => outflow),
      row(6, u16(), ({ deliveries }) => deliveries),
      row(7, u16(), () => siloCapacity),
      {
        at: 10,
        field: u16(),
        get: ({ silos }) => controlWord(silos[which]),
        set: ({ silos }, word) => setControl(silos[which], Number(word)),
      },
      row(20, text(6, 'space', 'BADC'), () => material),
    ],
  }
}

export const silo1 = silo(0, { id: 'silo-1', title: { en: 'Silo 1', zh: '1 号料仓' }, unit: 11 }, 'FELDSPAR F7')
export const silo2 = silo(1, { id: 'silo-2', title: { en: 'Silo 2', zh: '2 号料仓' }, unit: 12 }, 'KAOLIN K3')
