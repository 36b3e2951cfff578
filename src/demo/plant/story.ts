import { createRandom, type Random } from './random.ts'

const minute = 60
const hour = 3600

/**
 * What is told about Old Mill, in simulated seconds from the start. Everything else follows from the physics. What comes
 * again and again was there before the start as well.
 */
export const story = {
  /** A coupling at press 2 opens within two minutes; it is mended after eight hours and opens again every second day. */
  leak: { begins: 3 * minute, opens: 2 * minute, lasts: 8 * hour, every: 48 * hour },
  /** Pump 3 leaves the network, and comes back. Later it does so again after 20 to 70 minutes, for 1 to 4. */
  pump3: { leaves: 4 * minute, returns: 6 * minute },
  /** The level sensor of silo 1 sticks until somebody knocks at it. */
  freeze: { begins: 5 * minute, lasts: 90 * minute, every: 24 * hour },
  /** The first truck for silo 2. */
  truck: { arrives: 8 * minute },
  /** In the past the program that keeps the readings was off for the better part of an hour. */
  recorderOff: { begins: -5 * 24 * hour - 7 * hour - 50 * minute, lasts: 55 * minute },
} as const

/** How far the leak is open, 0…1. It is mended every time, and every time it comes back a little wider. */
export function leakAt(seconds: number): number {
  const { begins, opens, lasts, every } = story.leak
  const since = sinceLast(seconds - begins, every)
  if (since >= lasts) return 0
  const times = Math.floor((seconds - begins) / every)
  return Math.min(1, Math.max(0.2, 1 + 0.05 * times)) * Math.min(1, since / opens)
}

/** Whether the level sensor of silo 1 sticks. */
export function frozenAt(seconds: number): boolean {
  const { begins, lasts, every } = story.freeze
  return sinceLast(seconds - begins, every) < lasts
}

/** Seconds since what happens `every` so many seconds, also before the first time that is told of. */
const sinceLast = (seconds: number, every: number): number => ((seconds % every) + every) % every

/** A device that leaves the network now and then. */
export interface Outages {
  readonly random: Random
  offline: boolean
  changesAt: number
}

/** `from`: when what is told of begins; below 0 it has a past. */
export function createOutages(seed: number, from: number): Outages {
  const random = createRandom(seed, 'pump-3/network')
  return { random, offline: false, changesAt: from < 0 ? from + nextOutage(random) : story.pump3.leaves }
}

const nextOutage = (random: Random): number => (20 + 50 * random.next()) * minute
/** So long before the start it is on the network, whatever was before. */
const quietBefore = 10 * minute

export function stepOutages(outages: Outages, seconds: number): void {
  if (seconds < outages.changesAt) return
  const first = outages.changesAt === story.pump3.leaves
  const { random } = outages
  outages.offline = !outages.offline
  if (first) outages.changesAt = story.pump3.returns
  else outages.changesAt += outages.offline ? (1 + 3 * random.next()) * minute : nextOutage(random)
  if (!outages.offline && seconds < 0 && outages.changesAt > -quietBefore) outages.changesAt = story.pump3.leaves
}
