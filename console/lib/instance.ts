import { effect, signal } from '@preact/signals'
import { api, apiPath, asProblem } from './api.ts'
import { setInstanceTime } from './clock.ts'
import type { LiveMessage, Problem, SystemView } from './contract.ts'
import { LiveStream } from './live.ts'
import { matchPath } from './paths.ts'
import { createPlant } from './plant.ts'
import { beginShort } from './range.ts'
import { rateOf } from './rate.ts'
import { place } from './router.ts'

const systemEveryMs = 5000
/** The first rate comes from two looks this far apart. */
const firstRateAfterMs = 1500
const eventsAtOnce = 30
/** Counters of all connections are asked for this often, unless the plant is too large to ask for as a whole. */
const countersEveryMs = 15_000
const largePlant = 5000

/** The plant this console looks at. */
export const plant = createPlant()
/** Why the first load failed; nothing else is shown then. */
export const loadFailure = signal<Problem | undefined>(undefined)
/** Readings a second, from two looks at the counter of the instance. */
export const readingsPerSecond = signal<number | undefined>(undefined)

let afterReload: () => void = () => {}

const stream = new LiveStream({
  open: (address) => new EventSource(address) as never,
  message: take,
  opened: () => void loadPlant(),
  nowMs: () => Date.now(),
  random: Math.random,
  schedule: (run, delayMs) => {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
})

/** Whether what is shown is current. */
export const liveState = stream.state
export const retryNow = (): void => stream.retryNow()

function take(message: LiveMessage): void {
  if (message.type === 'thing') void refreshThing(message.id, message.change)
  else plant.apply(message)
}

async function refreshThing(id: string, change: 'added' | 'changed' | 'removed'): Promise<void> {
  if (change === 'removed') return plant.drop(id)
  // A thing that is gone again by now is reported by its own message.
  await api.thing(id).then(plant.put, () => {})
}

/** Loads everything; after a break of the stream it fills in what was missed. */
export async function loadPlant(): Promise<void> {
  try {
    const [system, things, { events }] = await Promise.all([api.system(), api.things(), api.events(eventsAtOnce)])
    setInstanceTime(system.now)
    plant.system.value = system
    if (!plant.things.peek() && hasJustBegun(system)) beginShort()
    plant.load(things)
    plant.events.value = events
    loadFailure.value = undefined
    afterReload()
  } catch (error) {
    loadFailure.value = asProblem(error)
  }
}

/** Started within the last half hour, with nothing found from before. */
function hasJustBegun({ startedAt, now, historian: { recovery } }: SystemView): boolean {
  return now - startedAt < 1800e6 && recovery.rows === 0
}

let before: { at: number; readings: number } | undefined

async function refreshSystem(): Promise<void> {
  try {
    const system = await api.system()
    const now = { at: system.now, readings: system.historian.readings }
    readingsPerSecond.value = rateOf(before, now) ?? readingsPerSecond.peek()
    before = now
    setInstanceTime(system.now)
    plant.system.value = system
  } catch {
    // The stream notices too, and says so.
  }
}

/** The stream tells changes of a connection; its counters are asked for. */
async function refreshCounters(): Promise<void> {
  if (document.hidden || plantSize() > largePlant) return
  const things = await api.things().catch(() => [])
  for (const { id, status } of things) {
    const thing = plant.find(id)
    if (thing && status) thing.status.value = status
  }
}

const plantSize = (): number => (plant.things.value ?? []).reduce((sum, { properties }) => sum + properties.length, 0)

/** A page about one machine of a large plant asks for that machine's values only. */
function liveAddress(): string {
  const id = matchPath('/machines/:id', place.value.path)?.['id']
  const narrow = id !== undefined && plantSize() > largePlant
  return apiPath('live') + (narrow ? `?things=${encodeURIComponent(id)}` : '')
}

/** Opens the live stream, loads the plant and goes on asking how the instance is. */
export function startInstance(onReload: () => void): void {
  afterReload = onReload
  effect(() => stream.connect(liveAddress()))
  void loadPlant()
  void refreshSystem()
  setTimeout(() => void refreshSystem(), firstRateAfterMs)
  setInterval(() => {
    if (!document.hidden) void refreshSystem()
  }, systemEveryMs)
  setInterval(() => void refreshCounters(), countersEveryMs)
  addEventListener('online', retryNow)
  document.addEventListener('visibilitychange', () => !document.hidden && retryNow())
}
