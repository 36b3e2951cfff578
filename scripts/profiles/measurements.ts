/** What mbmd calls a measurement, and what it is to us. `example` stands in the vector of a profile; float32 holds it exactly. */
interface Kind {
  readonly name: string
  readonly en: string
  readonly zh: string
  readonly unit: string
  readonly decimals: number
  readonly example: number
  readonly leading?: boolean
}

const kinds: Readonly<Record<string, Kind>> = {
  Voltage: { name: 'voltage', en: 'Voltage', zh: '电压', unit: 'V', decimals: 1, example: 230.25, leading: true },
  Current: { name: 'current', en: 'Current', zh: '电流', unit: 'A', decimals: 2, example: 4.5, leading: true },
  Power: {
    name: 'active_power',
    en: 'Active power',
    zh: '有功功率',
    unit: 'W',
    decimals: 0,
    example: 1012.5,
    leading: true,
  },
  ApparentPower: {
    name: 'apparent_power',
    en: 'Apparent power',
    zh: '视在功率',
    unit: 'V.A',
    decimals: 0,
    example: 1036.125,
  },
  ReactivePower: {
    name: 'reactive_power',
    en: 'Reactive power',
    zh: '无功功率',
    unit: 'var',
    decimals: 0,
    example: -219.75,
  },
  Cosphi: {
    name: 'power_factor',
    en: 'Power factor',
    zh: '功率因数',
    unit: '1',
    decimals: 3,
    example: 0.9765625,
    leading: true,
  },
  PhaseAngle: { name: 'phase_angle', en: 'Phase angle', zh: '相位角', unit: 'deg', decimals: 1, example: -12.25 },
  Frequency: { name: 'frequency', en: 'Frequency', zh: '频率', unit: 'Hz', decimals: 2, example: 50.015625 },
  THD: {
    name: 'voltage_distortion',
    en: 'Voltage distortion',
    zh: '电压谐波畸变率',
    unit: '%',
    decimals: 2,
    example: 2.125,
  },
  Import: {
    name: 'energy_import',
    en: 'Energy imported',
    zh: '正向有功电能',
    unit: 'kW.h',
    decimals: 2,
    example: 4711.5,
    leading: true,
  },
  Export: {
    name: 'energy_export',
    en: 'Energy exported',
    zh: '反向有功电能',
    unit: 'kW.h',
    decimals: 2,
    example: 12.25,
  },
  Sum: {
    name: 'energy_total',
    en: 'Energy, both ways',
    zh: '有功电能合计',
    unit: 'kW.h',
    decimals: 2,
    example: 4723.75,
  },
  ReactiveImport: {
    name: 'reactive_energy_import',
    en: 'Reactive energy imported',
    zh: '正向无功电能',
    unit: 'kvar.h',
    decimals: 2,
    example: 310.5,
  },
  ReactiveExport: {
    name: 'reactive_energy_export',
    en: 'Reactive energy exported',
    zh: '反向无功电能',
    unit: 'kvar.h',
    decimals: 2,
    example: 87.75,
  },
  ReactiveSum: {
    name: 'reactive_energy_total',
    en: 'Reactive energy, both ways',
    zh: '无功电能合计',
    unit: 'kvar.h',
    decimals: 2,
    example: 398.25,
  },
}

/**
 * A measurement of mbmd in our words; `VoltageL2` is the voltage of phase 2. `undefined` for names that are no registers
 * (`ReadLen`). Phases are not leading: the sum stands first.
 */
export function measurementOf(measurement: string) {
  const [, base = '', phase] = /^(\w+?)(L[123])?$/.exec(measurement) ?? []
  const kind = kinds[base]
  if (!kind) return undefined
  const { name, en, zh, unit, decimals, leading } = kind
  return {
    name: phase ? `${name}_${phase.toLowerCase()}` : name,
    title: phase ? { en: `${en} ${phase}`, zh: `${phase} ${zh}` } : { en, zh },
    type: 'number' as const,
    unit,
    decimals,
    ...(leading && !phase && { leading }),
    // Neighbours differ, so that one taken for another shows.
    example: phase ? kind.example + Number(phase[1]) / 4 : kind.example,
  }
}
