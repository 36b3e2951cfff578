import { basename, extname } from 'node:path/posix'
import { allUnits, findUnit } from '#kernel'

const longestName = 128
const longestId = 200

/** A property name made of a header: what a name cannot carry becomes `_`. */
function propertyNameOf(header: string): string {
  const name = header
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{N}_.:~ %/-]+/gu, '_')
    .replaceAll(/^[^\p{L}\p{N}_]+|[\s_]+$/gu, '')
  return [...name].slice(0, longestName).join('') || 'value'
}

/** An id of a thing made of any text. */
function thingIdOf(text: string): string {
  const id = text
    .normalize('NFC')
    .trim()
    .replaceAll(/[^\p{L}\p{N}_.:~=,@-]+/gu, '-')
    .replaceAll(/^[^\p{L}\p{N}]+|-+$/gu, '')
  return [...id].slice(0, longestId).join('') || 'import'
}

/** The id of a thing for a file that says none: its name. */
export const thingOfFile = (name: string): string => {
  const base = basename(name.replaceAll('\\', '/'))
  return thingIdOf(base.slice(0, base.length - extname(base).length) || base)
}

const symbols: ReadonlyMap<string, string> = new Map(
  [...allUnits()].flatMap(({ code, symbol }) => (symbol === '' ? [] : [[symbol.toLowerCase(), code] as const])),
)

/** Spellings that files use beside UCUM's codes and their symbols. */
const spellings: Readonly<Record<string, string>> = {
  c: 'Cel',
  degc: 'Cel',
  deg_c: 'Cel',
  '℃': 'Cel',
  'º c': 'Cel',
  '° c': 'Cel',
  ºc: 'Cel',
  f: '[degF]',
  degf: '[degF]',
  '℉': '[degF]',
  percent: '%',
  sec: 's',
  hours: 'h',
  hour: 'h',
  std: 'h',
  minutes: 'min',
  l: 'L',
  'l/min': 'L/min',
  'l/h': 'L/h',
  ltr: 'L',
  m3: 'm3',
  nm: 'N.m',
  '1/min': '{rpm}/min',
  'u/min': '{rpm}/min',
  pcs: '{pcs}',
  stk: '{pcs}',
  stück: '{pcs}',
  件: '{pcs}',
  ohm: 'Ohm',
  psi: '[psi]',
  ph: '[pH]',
  ppm: '[ppm]',
}

/** The UCUM code of a unit as a file writes it, undefined where it is none we know. */
export function unitOf(text: string): string | undefined {
  const plain = text.trim().replaceAll('μ', 'µ')
  if (findUnit(plain)) return plain
  const lower = plain.toLowerCase()
  return symbols.get(lower) ?? (Object.hasOwn(spellings, lower) ? spellings[lower] : undefined)
}

const bracketed = /^(.*?)\s*[[(（【]\s*([^\])）】]+?)\s*[\])）】]\s*$/u
const slashed = /^(.*\S)\s+(?:\/|in)\s+(\S+)$/u

/** What a header names, and its unit: `temp [°C]`, `temp (°C)`, `temp / °C`, `temp in °C`. */
export function splitHeader(header: string): { name: string; unit?: string } {
  for (const pattern of [bracketed, slashed]) {
    const match = pattern.exec(header.trim())
    const unit = match ? unitOf(match[2]!) : undefined
    if (match && unit !== undefined && match[1] !== '') return { name: match[1]!.trim(), unit }
  }
  return { name: header.trim() }
}

/** The thing and property of a column; `press-3/temperature` names the thing too, where none was told. */
export function placeOfColumn(
  name: string,
  thing: string | undefined,
  fileName: string,
): { thing: string; property: string } {
  const slash = name.indexOf('/')
  if (thing === undefined && slash > 0 && slash < name.length - 1 && !/\s/.test(name.slice(0, slash + 2)))
    return { thing: thingIdOf(name.slice(0, slash)), property: propertyNameOf(name.slice(slash + 1)) }
  return { thing: thing ?? thingOfFile(fileName), property: propertyNameOf(name) }
}

/** What was told of a column, by its header or its place; an empty choice where nothing was. */
export function choiceFor<Choice extends object>(
  columns: Readonly<Record<string, Choice>> | undefined,
  header: string,
  index: number,
): Partial<Choice> {
  for (const key of [header, `#${index + 1}`]) if (columns && Object.hasOwn(columns, key)) return columns[key]!
  return {}
}
