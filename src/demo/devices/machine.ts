import type { LocalText } from '#model'
import type { Plant } from '../plant/plant.ts'
import type { Cell, Field } from './words.ts'

/** One value in the registers of a machine, from address `at` on. */
export interface RegisterRow {
  readonly at: number
  readonly field: Field
  get(plant: Plant): Cell
  /** Takes a value written over the wire; false refuses it (Modbus exception 3). Absent: the row is read-only. */
  set?(plant: Plant, value: Cell): boolean
}

/** One coil or discrete input. */
export interface BitRow {
  readonly at: number
  get(plant: Plant): boolean
  set?(plant: Plant, value: boolean): void
}

/** A machine of Old Mill as its electronics show it: who it is, where it stands, what is at which address. */
export interface Machine {
  /** Id of the thing. */
  readonly id: string
  readonly title: LocalText
  readonly area: LocalText
  /** In profiles/: how Interwork reads it. */
  readonly profile: string
  readonly unit: number
  readonly holding?: readonly RegisterRow[]
  readonly input?: readonly RegisterRow[]
  readonly coils?: readonly BitRow[]
  readonly discrete?: readonly BitRow[]
  /** The most registers it answers at once; more is exception 3. */
  readonly maxRegisters?: number
  /** Objects of function 43/14. */
  readonly identification?: Readonly<Record<number, string>>
  /** Answer of function 17. */
  readonly serverId?: string
  /** Whether it is off the network now. */
  offline?(plant: Plant): boolean
}

export const areas = {
  power: { en: 'Power', zh: '配电' },
  pumps: { en: 'Pump house', zh: '泵房' },
  air: { en: 'Compressed air', zh: '压缩空气' },
  kiln: { en: 'Kiln', zh: '窑炉' },
  silos: { en: 'Silos', zh: '料仓' },
} as const satisfies Record<string, LocalText>
