import type { MachineView, QualityName, Value } from './contract.ts'

/** A time during which a machine did one thing. Times in µs. */
export interface StateStretch {
  readonly from: number
  readonly to: number
  readonly state: MachineView['state']
}

interface StateReadings {
  readonly time: readonly number[]
  readonly value: readonly Value[]
  readonly quality: readonly QualityName[]
}

/**
 * Readings of a state property, oldest first, as stretches that cover the whole range: a state holds until the next
 * reading, but not longer than `holdUs`; what nobody knows is `unknown`.
 */
export function stretchesOf(
  readings: StateReadings,
  states: Readonly<Record<string, MachineView['state']>>,
  range: { readonly from: number; readonly to: number },
  holdUs: number,
): StateStretch[] {
  const stretches: StateStretch[] = []
  let at = range.from
  const extend = (to: number, state: MachineView['state']) => {
    const end = Math.min(to, range.to)
    if (end <= at) return
    const last = stretches.at(-1)
    if (last?.state === state) stretches[stretches.length - 1] = { ...last, to: end }
    else stretches.push({ from: at, to: end, state })
    at = end
  }
  for (const [index, time] of readings.time.entries()) {
    extend(time, 'unknown')
    const value = readings.value[index]
    const known = readings.quality[index] === 'good' ? states[String(value)] : undefined
    extend(Math.min(readings.time[index + 1] ?? Number.POSITIVE_INFINITY, time + holdUs), known ?? 'unknown')
  }
  extend(range.to, 'unknown')
  return stretches
}

/** Share of each state in the range, greatest first. */
export function sharesOf(stretches: readonly StateStretch[]): { state: MachineView['state']; share: number }[] {
  const total = stretches.reduce((sum, { from, to }) => sum + to - from, 0)
  const sums = new Map<MachineView['state'], number>()
  for (const { from, to, state } of stretches) sums.set(state, (sums.get(state) ?? 0) + to - from)
  return [...sums].map(([state, sum]) => ({ state, share: sum / total })).sort((a, b) => b.share - a.share)
}
