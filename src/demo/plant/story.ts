import { createRandom, type Random } from './random.ts'

const minute = 60
const hour = 3600

/** What is told about Old Mill, in simulated seconds from the start. Everything else follows from the physics. */
export const story = {
  /** A coupling at press 2 opens within two minutes; it is mended after eight hours and opens again every second day. */
  leak: { begins: 3 * minute, opens: 2 * minute, lasts: 8 * hour, every: 48 * hour },
  /** Pump 3 leaves the network, and comes back. Later it does so again after 20 to 70 minutes, for 1 to 4. */
  pump3: { leaves: 4 * minute, returns: 6 * minute },
  /** The level sensor of silo 1 sticks until somebody knocks at it. */
  freeze: { begins: 5 * minute, lasts: 90 * minute, every: 24 * hour },
  /** The first truck for silo 2. */
  truck: { arrives: 8 * minute },
} as const

/** How far the leak is open, 0…1. */
export function leakAt(seconds: number): number {
  const { begins, opens, lasts, every } = story.leak
  if (seconds < begins) return 0
  const since = (seconds - begins) % every
  return since < lasts ? Math.min(1, since / opens) : 0
}

/** Whether the level sensor of silo 1 sticks. */
export function frozenAt(seconds: number): boolean {
  const { begins, lasts, every } = story.freeze
  return seconds >= begins && (seconds - begins) % every < lasts
}

/** A device that leaves the network now and then. */
export interface Outages {
  readonly random: Random
  offline: boolean
  changesAt: number
}

export const createOutages = (seed: number): Outages => ({
  random: createRandom(seed, 'pump-3/network'),
  offline: false,
  changesAt: story.pump3.leaves,
})

export function stepOutages(outages: Outages, seconds: number): void {
  if (seconds < outages.changesAt) return
  const first = outages.changesAt === story.pump3.leaves
  const { random } = outages
  outages.offline = !outages.offline
  if (first) outages.changesAt = story.pump3.returns
  else outages.changesAt += (outages.offline ? 1 + 3 * random.next() : 20 + 50 * random.next()) * minute
}
