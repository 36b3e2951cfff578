/**
 * UCUM codes and what people read instead. Codes that read the same are left out. A test holds it against the table of
 * the server, so that no unit is forgotten.
 */
export const unitSymbols: Readonly<Record<string, string>> = {
  '1': '',
  '[ppm]': 'ppm',
  um: 'µm',
  m2: 'm²',
  m3: 'm³',
  'm/s2': 'm/s²',
  'm3/s': 'm³/s',
  'm3/h': 'm³/h',
  'm3/min': 'm³/min',
  '[psi]': 'psi',
  Cel: '°C',
  '[degF]': '°F',
  'W.h': 'Wh',
  'kW.h': 'kWh',
  'MW.h': 'MWh',
  'V.A': 'VA',
  'kV.A': 'kVA',
  'kvar.h': 'kvarh',
  Ohm: 'Ω',
  '{rpm}/min': 'rpm',
  'N.m': 'N·m',
  deg: '°',
  '[pH]': 'pH',
  'uS/cm': 'µS/cm',
  'g/m3': 'g/m³',
  '{pcs}': 'pcs',
  '{pcs}/h': 'pcs/h',
}

/** What people read for a UCUM code; units are not translated. */
export const unitSymbol = (code: string | undefined): string => (code === undefined ? '' : (unitSymbols[code] ?? code))
