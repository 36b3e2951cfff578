import { IwError } from './errors.ts'

/**
 * The part of UCUM (ucum.org, case-sensitive codes) that factories and farms use. `symbol` is what people read,
 * `factor` and `offset` convert to the coherent SI unit of the `dimension`: si = value × factor + offset.
 */
export interface Unit {
  readonly code: string
  readonly symbol: string
  readonly dimension: string
  readonly factor: number
  readonly offset: number
}

const rows: readonly (readonly [code: string, symbol: string, dimension: string, factor: number, offset?: number])[] = [
  ['1', '', 'number', 1],
  ['%', '%', 'number', 0.01],
  ['[ppm]', 'ppm', 'number', 1e-6],
  ['s', 's', 'time', 1],
  ['ms', 'ms', 'time', 1e-3],
  ['min', 'min', 'time', 60],
  ['h', 'h', 'time', 3600],
  ['d', 'd', 'time', 86400],
  ['m', 'm', 'length', 1],
  ['mm', 'mm', 'length', 1e-3],
  ['um', 'µm', 'length', 1e-6],
  ['cm', 'cm', 'length', 1e-2],
  ['km', 'km', 'length', 1e3],
  ['m2', 'm²', 'area', 1],
  ['m3', 'm³', 'volume', 1],
  ['L', 'L', 'volume', 1e-3],
  ['kg', 'kg', 'mass', 1],
  ['g', 'g', 'mass', 1e-3],
  ['t', 't', 'mass', 1e3],
  ['m/s', 'm/s', 'velocity', 1],
  ['mm/s', 'mm/s', 'velocity', 1e-3],
  ['m/min', 'm/min', 'velocity', 1 / 60],
  ['km/h', 'km/h', 'velocity', 1 / 3.6],
  ['m/s2', 'm/s²', 'acceleration', 1],
  ['m3/s', 'm³/s', 'flow', 1],
  ['m3/h', 'm³/h', 'flow', 1 / 3600],
  ['m3/min', 'm³/min', 'flow', 1 / 60],
  ['L/min', 'L/min', 'flow', 1e-3 / 60],
  ['L/h', 'L/h', 'flow', 1e-3 / 3600],
  ['kg/h', 'kg/h', 'mass flow', 1 / 3600],
  ['t/h', 't/h', 'mass flow', 1e3 / 3600],
  ['Pa', 'Pa', 'pressure', 1],
  ['kPa', 'kPa', 'pressure', 1e3],
  ['MPa', 'MPa', 'pressure', 1e6],
  ['bar', 'bar', 'pressure', 1e5],
  ['mbar', 'mbar', 'pressure', 1e2],
  ['[psi]', 'psi', 'pressure', 6894.757293168],
  ['K', 'K', 'temperature', 1],
  ['Cel', '°C', 'temperature', 1, 273.15],
  ['[degF]', '°F', 'temperature', 5 / 9, 459.67 * (5 / 9)],
  ['J', 'J', 'energy', 1],
  ['kJ', 'kJ', 'energy', 1e3],
  ['W.h', 'Wh', 'energy', 3600],
  ['kW.h', 'kWh', 'energy', 3.6e6],
  ['MW.h', 'MWh', 'energy', 3.6e9],
  ['W', 'W', 'power', 1],
  ['kW', 'kW', 'power', 1e3],
  ['MW', 'MW', 'power', 1e6],
  ['V.A', 'VA', 'apparent power', 1],
  ['kV.A', 'kVA', 'apparent power', 1e3],
  ['var', 'var', 'reactive power', 1],
  ['kvar', 'kvar', 'reactive power', 1e3],
  ['kvar.h', 'kvarh', 'reactive energy', 3.6e6],
  ['V', 'V', 'voltage', 1],
  ['mV', 'mV', 'voltage', 1e-3],
  ['kV', 'kV', 'voltage', 1e3],
  ['A', 'A', 'current', 1],
  ['mA', 'mA', 'current', 1e-3],
  ['Ohm', 'Ω', 'resistance', 1],
  ['Hz', 'Hz', 'frequency', 1],
  ['{rpm}/min', 'rpm', 'frequency', 1 / 60],
  ['N', 'N', 'force', 1],
  ['kN', 'kN', 'force', 1e3],
  ['N.m', 'N·m', 'torque', 1],
  ['deg', '°', 'angle', Math.PI / 180],
  ['lx', 'lx', 'illuminance', 1],
  ['dB', 'dB', 'level', 1],
  ['[pH]', 'pH', 'acidity', 1],
  ['uS/cm', 'µS/cm', 'conductivity', 1e-4],
  ['g/m3', 'g/m³', 'concentration', 1e-3],
  ['mg/L', 'mg/L', 'concentration', 1e-3],
  ['{pcs}', 'pcs', 'count', 1],
  ['{pcs}/h', 'pcs/h', 'rate', 1 / 3600],
]

const units: ReadonlyMap<string, Unit> = new Map(
  rows.map(([code, symbol, dimension, factor, offset = 0]) => [code, { code, symbol, dimension, factor, offset }]),
)

/** The unit of a UCUM code, or undefined where the code is not in our subset. */
export const findUnit = (code: string): Unit | undefined => units.get(code)

export const allUnits = (): Iterable<Unit> => units.values()

/** Converts between two units of one dimension. Throws `IW_KERNEL_UNIT` for an unknown code or another dimension. */
export function convertUnit(value: number, from: string, to: string): number {
  const source = units.get(from)
  const target = units.get(to)
  if (!source || !target) throw new IwError('IW_KERNEL_UNIT', `Unknown unit "${source ? to : from}"`)
  if (source.dimension !== target.dimension)
    throw new IwError('IW_KERNEL_UNIT', `${from} (${source.dimension}) cannot become ${to} (${target.dimension})`)
  return (value * source.factor + source.offset - target.offset) / target.factor
}
