import type { LocalText, MachineView } from './contract.ts'
import type { LiveProperty, LiveThing } from './plant.ts'
import { qualityAt } from './trouble.ts'

/** What a card says that a machine does. `answering`: it has no state property, and its values come. */
export type ShownState = MachineView['state'] | 'answering'

/** Reads the signals of a thing: who calls it in a render follows them. */
export function shownState(thing: LiveThing): ShownState {
  const status = thing.status.value
  if (status?.state === 'failing') return 'unknown'
  const { state } = thing.machine.value
  if (state !== 'unknown' || thing.properties.some(({ definition }) => definition.states)) return state
  const hasReadings = thing.properties.some(({ last }) => last.value !== undefined)
  return hasReadings && status?.state !== 'connecting' ? 'answering' : 'unknown'
}

/** Whether a property has a line: numbers and integers have. */
export const isNumeric = ({ definition }: LiveProperty): boolean =>
  definition.type === 'number' || definition.type === 'integer'

/** The property a card shows: the first leading one, else the first number, else the first. */
export const leadingOf = (thing: LiveThing): LiveProperty | undefined =>
  thing.properties.find(({ definition }) => definition.leading) ??
  thing.properties.find(isNumeric) ??
  thing.properties[0]

/** What is asked so seldom is a nameplate or a counter, not what a machine does now. */
const slowMs = 60_000

/** Age of the oldest value that is current, µs; undefined where none is. Follows `nowUs` only: ages tick once a second. */
export function oldestCurrent(things: readonly LiveThing[], nowUs: number): number | undefined {
  let oldest: number | undefined
  for (const { properties } of things)
    for (const { definition, last } of properties) {
      const reading = last.peek()
      if (!reading || (definition.everyMs ?? 0) >= slowMs || qualityAt(reading, definition.everyMs, nowUs) !== 'good')
        continue
      oldest = Math.max(oldest ?? 0, nowUs - reading.time)
    }
  return oldest
}

export interface Area {
  /** The English name: stands in the address. Empty for machines without an area. */
  readonly key: string
  readonly title: LocalText | undefined
  readonly things: readonly LiveThing[]
}

/**
 * Machines by area, in the order in which the instance gives them; wide areas first, so that rows fill. The order changes only
 * when machines come or go: things stay in place.
 */
export function areasOf(things: readonly LiveThing[]): Area[] {
  const areas = new Map<string, { title: LocalText | undefined; things: LiveThing[] }>()
  for (const thing of things) {
    const title = thing.view.area
    const key = title === undefined ? '' : typeof title === 'string' ? title : title.en
    const area = areas.get(key) ?? { title, things: [] }
    areas.set(key, area)
    area.things.push(thing)
  }
  return [...areas].map(([key, area]) => ({ key, ...area })).sort((a, b) => b.things.length - a.things.length)
}

/** Areas that fit on a wall display together; more than one page are shown in turn. */
export function wallPages(areas: readonly Area[], perPage: number): Area[][] {
  const pages: Area[][] = []
  let room = 0
  for (const area of areas) {
    if (pages.length === 0 || area.things.length > room) {
      pages.push([])
      room = perPage
    }
    pages.at(-1)!.push(area)
    room -= area.things.length
  }
  return pages
}
