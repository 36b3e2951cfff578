import { batch, type Signal, signal } from '@preact/signals'
import type {
  CommandView,
  ConnectionStatusView,
  LastReading,
  LiveMessage,
  MachineView,
  PlantEventView,
  PropertyView,
  ReadingTuple,
  SystemView,
  ThingView,
} from './contract.ts'

const keptEvents = 30

/** One property as the pages use it: its definition and its newest reading, which lives. */
export interface LiveProperty {
  readonly thing: string
  readonly definition: Omit<PropertyView, 'last'>
  readonly last: Signal<LastReading | undefined>
}

/** One machine: its definition, and what of it lives. A changed definition makes a new one. */
export interface LiveThing {
  readonly view: ThingView
  readonly properties: readonly LiveProperty[]
  readonly status: Signal<ConnectionStatusView | undefined>
  readonly machine: Signal<MachineView>
}

/**
 * What the console knows of the plant: loaded once, kept current by the live stream. Signals change at most once a message,
 * so a page renders once for each of them.
 */
export interface Plant {
  /** In the order of the instance: things stay in place. Undefined until the first load. */
  readonly things: Signal<readonly LiveThing[] | undefined>
  readonly system: Signal<SystemView | undefined>
  /** Newest first. */
  readonly events: Signal<readonly PlantEventView[]>
  /** The newest command that was finished, whoever gave it. */
  readonly command: Signal<CommandView | undefined>
  load(things: readonly ThingView[]): void
  /** Puts one thing in, or replaces it in its place. */
  put(thing: ThingView): void
  drop(id: string): void
  /** Takes one message of the live stream. `thing` messages are the caller's business: they ask for a load. */
  apply(message: LiveMessage): void
  find(id: string): LiveThing | undefined
  /** Calls `listener` with the readings of each message, after the signals. Returns how to stop. */
  onReadings(listener: (readings: readonly ReadingTuple[]) => void): () => void
}

export function createPlant(): Plant {
  const things = signal<readonly LiveThing[] | undefined>(undefined)
  const system = signal<SystemView | undefined>(undefined)
  const events = signal<readonly PlantEventView[]>([])
  const command = signal<CommandView | undefined>(undefined)
  const byId = new Map<string, LiveThing>()
  const byTag = new Map<number, LiveProperty>()
  const listeners = new Set<(readings: readonly ReadingTuple[]) => void>()

  const index = (thing: LiveThing) => {
    byId.set(thing.view.id, thing)
    for (const property of thing.properties) byTag.set(property.definition.tag, property)
  }
  const forget = (id: string) => {
    for (const property of byId.get(id)?.properties ?? []) byTag.delete(property.definition.tag)
    byId.delete(id)
  }

  function load(views: readonly ThingView[]): void {
    batch(() => {
      const fresh = views.map((view) => liveThing(view, byId.get(view.id)))
      byId.clear()
      byTag.clear()
      for (const thing of fresh) index(thing)
      things.value = fresh
    })
  }

  function put(view: ThingView): void {
    const known = byId.get(view.id)
    const fresh = liveThing(view, known)
    forget(view.id)
    index(fresh)
    const list = things.peek() ?? []
    things.value = known ? list.map((thing) => (thing === known ? fresh : thing)) : [...list, fresh]
  }

  function drop(id: string): void {
    forget(id)
    things.value = things.peek()?.filter((thing) => thing.view.id !== id)
  }

  function applyReadings(readings: readonly ReadingTuple[], arrivedAt: number): void {
    batch(() => {
      for (const reading of readings) {
        const property = byTag.get(reading[0])
        if (property) takeReading(property, reading, arrivedAt, byId.get(property.thing)!.machine)
      }
    })
    for (const listener of listeners) listener(readings)
  }

  function apply(message: LiveMessage): void {
    switch (message.type) {
      case 'readings':
        applyReadings(message.readings, message.at)
        break
      case 'connection': {
        const thing = byId.get(message.status.thing)
        if (thing) thing.status.value = message.status
        break
      }
      case 'event':
        if (!events.peek().some(({ id }) => id === message.event.id))
          events.value = [message.event, ...events.peek()].slice(0, keptEvents)
        break
      case 'command':
        command.value = message.command
        break
      case 'thing':
        break
    }
  }

  return {
    things,
    system,
    events,
    command,
    load,
    put,
    drop,
    apply,
    find: (id) => byId.get(id),
    onReadings(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** Signals of a thing that was known are kept, so that what shows them goes on. */
function liveThing(view: ThingView, known: LiveThing | undefined): LiveThing {
  const properties = view.properties.map(({ last, ...definition }): LiveProperty => {
    const before = known?.properties.find((property) => property.definition.tag === definition.tag)
    const kept = before?.last ?? signal<LastReading | undefined>(undefined)
    if (last && (kept.peek() === undefined || last.time >= kept.peek()!.time)) kept.value = last
    return { thing: view.id, definition, last: kept }
  })
  const status = known?.status ?? signal<ConnectionStatusView | undefined>(undefined)
  status.value = view.status
  const machine = known?.machine ?? signal<MachineView>(view.machine)
  machine.value = view.machine
  return { view, properties, status, machine }
}

/** A reading older than the one shown is history, not news. What was good is remembered beside what is not. */
function takeReading(
  property: LiveProperty,
  [, time, value, quality]: ReadingTuple,
  arrivedAt: number,
  machine: Signal<MachineView>,
): void {
  const before = property.last.peek()
  if (before && before.time > time) return
  const lastGood = quality === 'good' || !before ? undefined : goodOf(before)
  property.last.value = { time, value, quality, arrivedAt, ...(lastGood && { lastGood }) }
  if (property.definition.states) takeState(property.definition.states, value, quality, time, machine)
}

const goodOf = (reading: LastReading): LastReading['lastGood'] =>
  reading.quality === 'good' ? { value: reading.value, time: reading.time } : reading.lastGood

function takeState(
  states: NonNullable<PropertyView['states']>,
  value: LastReading['value'],
  quality: LastReading['quality'],
  time: number,
  machine: Signal<MachineView>,
): void {
  const before = machine.peek()
  const text = quality === 'good' && value !== null ? String(value) : undefined
  const state = (text !== undefined ? states[text] : undefined) ?? 'unknown'
  if (before.state === state && before.text === text) return
  machine.value = { state, ...(text !== undefined && { text }), since: time }
}
