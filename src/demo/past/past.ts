import type { ByteOrder } from '#modbus'
import { BatchBuilder, Quality, type ReadingBatch, type Value } from '#model'
import type { Machine } from '../devices/machine.ts'
import { machines } from '../devices/old-mill.ts'
import { leap, type Plant, secondsOf, stepSeconds } from '../plant/plant.ts'
import { story } from '../plant/story.ts'
import { type AskedProperty, type Sampler, samplerOf } from './sampler.ts'

/** A machine whose past is asked for. */
export interface AskedThing {
  readonly id: string
  readonly order: ByteOrder
  readonly properties: readonly AskedProperty[]
}

export interface PastOptions {
  /** µs: when second 0 of the story was, the end of the past. */
  readonly endsAt: number
  readonly source: string
  readonly things: readonly AskedThing[]
}

/** A piece of the past, in order; the same for the same seed, days and end. */
export interface PastPiece {
  readonly batch: ReadingBatch
  /** Seconds of the past told with it, of all there are. */
  readonly done: number
  readonly total: number
}

/** Seconds between two looks at the plant, and of one step of its physics in between. */
const lookEvery = 10
const stepsAtOnce = Math.round(2 / stepSeconds)
/** Seconds between readings of a number that is shown first, and of any other. */
const leadingEvery = 30
const otherEvery = 120
/** A value that stays is told again after so many seconds. */
const repeatEvery = 3600
const pieceSeconds = 6 * 3600
/** Machines are not asked in the same microsecond. */
const apartUs = 37_000

/**
 * Lets the plant live up to second 0 of its story and tells what it would have been read as: numbers at their intervals,
 * everything else when it changes and once an hour. The plant then stands at second 0.
 */
export function* pastOf(plant: Plant, { endsAt, source, things }: PastOptions): Generator<PastPiece, void, undefined> {
  const from = Math.round(secondsOf(plant))
  const recorders = things.flatMap((thing) => recorderOf(thing) ?? [])
  let sequence = 0
  let builder = new BatchBuilder()
  for (let second = from; second < 0; second += lookEvery) {
    if (!isRecorderOff(second))
      for (const recorder of recorders) recorder.look(plant, second, endsAt + second * 1e6, builder)
    for (let steps = lookEvery / stepSeconds; steps > 0.5; steps -= stepsAtOnce) {
      workInThePast(plant)
      leap(plant, stepsAtOnce)
    }
    const done = second + lookEvery - from
    if (done % pieceSeconds !== 0 && second + lookEvery < 0) continue
    const batch = builder.build({ source, sequence: ++sequence, arrivedAt: endsAt })
    yield { batch, done, total: -from }
    builder = new BatchBuilder()
  }
  joinStory(plant)
}

/** The program that keeps the readings was off once: nothing is known of that time. */
const isRecorderOff = (second: number): boolean =>
  second >= story.recorderOff.begins && second < story.recorderOff.begins + story.recorderOff.lasts

/** What the people of the mill did: silo 2 is used on Mondays, Wednesdays and Fridays, from seven to ten. */
function workInThePast(plant: Plant): void {
  const minute = (((plant.startsAt + secondsOf(plant) / 60) % 10_080) + 10_080) % 10_080
  const day = Math.floor(minute / 1440)
  const ofDay = minute % 1440
  plant.silos[1].outfeed = (day === 0 || day === 2 || day === 4) && ofDay >= 7 * 60 && ofDay < 10 * 60
}

/** What the first minutes of the story need: the truck for silo 2 is on its way. */
function joinStory({ silos }: Plant): void {
  const silo = silos[1]
  if (silo.truck <= 0) silo.truckIn = story.truck.arrives
}

interface Recorder {
  look(plant: Plant, second: number, at: number, into: BatchBuilder): void
}

function recorderOf({ id, order, properties }: AskedThing): Recorder | undefined {
  const index = machines.findIndex((machine) => machine.id === id)
  const machine = machines[index]
  if (!machine) return undefined
  const entries = properties.map((property) => new Entry(samplerOf(machine, property, order)))
  return new MachineRecorder(machine, entries, index * apartUs)
}

/** Asks one machine as a driver would; while it is off the network its properties say so once. */
class MachineRecorder implements Recorder {
  readonly #machine: Machine
  readonly #entries: readonly Entry[]
  readonly #laterUs: number
  #isOffline = false

  constructor(machine: Machine, entries: readonly Entry[], laterUs: number) {
    this.#machine = machine
    this.#entries = entries
    this.#laterUs = laterUs
  }

  look(plant: Plant, second: number, at: number, into: BatchBuilder): void {
    const time = at + this.#laterUs
    const isOffline = this.#machine.offline?.(plant) === true
    if (isOffline && !this.#isOffline) for (const entry of this.#entries) entry.lost(time, into)
    this.#isOffline = isOffline
    if (!isOffline) for (const entry of this.#entries) entry.look(plant, second, time, into)
  }
}

/** One property: when it was told last, and what. */
class Entry {
  readonly #sampler: Sampler
  readonly #every: number
  readonly #isNumber: boolean
  #toldAt = Number.NEGATIVE_INFINITY
  #cell: unknown
  #value: Value | undefined

  constructor(sampler: Sampler) {
    const { type, leading } = sampler.property
    this.#sampler = sampler
    this.#isNumber = type === 'number'
    // Numbers that count are looked at no more often than others, however fast they run.
    this.#every = type === 'number' || type === 'integer' ? (leading ? leadingEvery : otherEvery) : lookEvery
  }

  look(plant: Plant, second: number, time: number, into: BatchBuilder): void {
    if (second % this.#every !== 0) return
    const isDue = second - this.#toldAt >= repeatEvery
    const cell = this.#sampler.cell(plant)
    if (!isDue && !this.#isNumber && cell === this.#cell) return
    const value = this.#sampler.read(plant)
    this.#cell = cell
    if (!isDue && value === this.#value && (value === null || !this.#isNumber)) return
    this.#value = value
    this.#toldAt = second
    into.add(this.#sampler.tag, time, value, this.#sampler.quality(value))
  }

  lost(time: number, into: BatchBuilder): void {
    this.#toldAt = Number.NEGATIVE_INFINITY
    into.add(this.#sampler.tag, time, null, Quality.commError)
  }
}
