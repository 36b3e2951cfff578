import { localText } from '../format.ts'
import { plant } from '../instance.ts'
import { isNumeric } from '../machines.ts'
import type { LiveProperty } from '../plant.ts'
import { queryEntry, setQuery } from '../router.ts'
import { shownLanguage } from '../words.ts'
import { formatNames, linesAtMost, parseNames } from './address.ts'

/** A property that the address names: with its place in the list, which gives it letter and colour. */
export interface Chosen {
  /** `thing/property` */
  readonly name: string
  readonly index: number
  /** Undefined where there is none of this name any more. */
  readonly property: LiveProperty | undefined
  /** What people call it, with its machine where several are looked at. */
  readonly title: string
}

export const nameOf = ({ thing, definition }: LiveProperty): string => `${thing}/${definition.name}`

/** What the address names, in its order. */
export function chosenProperties(): readonly Chosen[] {
  // A changed plant may have the property again.
  plant.things.value
  const found = parseNames(queryEntry('tags')).map((name, index) => ({ name, index, property: findProperty(name) }))
  const several = new Set(found.map(({ property }) => property?.thing)).size > 1
  return found.map((one) => ({ ...one, title: titleIn(one, several) }))
}

function titleIn({ name, property }: { name: string; property: LiveProperty | undefined }, several: boolean): string {
  if (!property) return name
  const language = shownLanguage()
  const title = localText(property.definition.title, language) || property.definition.name
  const machine = several ? localText(plant.find(property.thing)?.view.title, language) : ''
  return machine === '' ? title : `${machine} · ${title}`
}

export function findProperty(name: string): LiveProperty | undefined {
  const slash = name.indexOf('/')
  const thing = plant.find(name.slice(0, slash))
  return thing?.properties.find(({ definition }) => definition.name === name.slice(slash + 1))
}

/** Those that are drawn as lines, and those that are drawn as blocks. */
export type Drawn = Chosen & { readonly property: LiveProperty }
export const linesOf = (chosen: readonly Chosen[]): readonly Drawn[] =>
  chosen.filter((one): one is Drawn => one.property !== undefined && isNumeric(one.property))
export const statesOf = (chosen: readonly Chosen[]): readonly Drawn[] =>
  chosen.filter((one): one is Drawn => one.property !== undefined && !isNumeric(one.property))

/** Puts properties into the address. Each choice is a step of the history: back takes it off again. */
export function choose(names: readonly string[]): void {
  setQuery({ tags: formatNames(names.slice(0, linesAtMost)) }, { replace: false })
}

export function toggle(name: string): void {
  const names = parseNames(queryEntry('tags'))
  choose(names.includes(name) ? names.filter((other) => other !== name) : [...names, name])
}

/** `A`, `B`… and beyond `Z` numbers. */
export const letterOf = (index: number): string => (index < 26 ? String.fromCharCode(65 + index) : String(index + 1))

/** Six colours, then from the beginning. */
export const colourOf = (index: number): 's1' | 's2' | 's3' | 's4' | 's5' | 's6' =>
  (['s1', 's2', 's3', 's4', 's5', 's6'] as const)[index % 6]!

const dashes: readonly (readonly number[])[] = [[], [6, 3], [2, 3], [9, 3, 2, 3], [12, 4], [1, 2]]
/** In one plot lines differ by dashes too, never by colour alone. */
export const dashOf = (index: number): readonly number[] => dashes[index % dashes.length]!
