import type { ConnectionStatusView, LastReading, MachineView, PropertyView, QualityName } from './contract.ts'

/** GUIDE §5. What is known here without an alarm system: how far data can be trusted, and whether machines answer. */
export type Priority = 'h' | 'm' | 'l'

/** Something that someone should know of, by facts the instance has. `since` in µs. */
export type Trouble =
  | {
      readonly kind: 'no-answer'
      readonly priority: 'l'
      readonly since: number
      readonly status: ConnectionStatusView
    }
  | {
      readonly kind: 'quality'
      readonly priority: Priority
      readonly since: number
      readonly property: Definition
      readonly quality: Exclude<QualityName, 'good' | 'substituted'>
      readonly reading: LastReading
    }
  | {
      readonly kind: 'outside'
      /** None: a band that is left is not an alarm until somebody made it one. */
      readonly priority: undefined
      readonly since: number
      readonly property: Definition
      readonly side: 'above' | 'below'
      readonly value: number
    }

type Definition = Omit<PropertyView, 'last'>

/** A band must be left for this long before it is worth a line: a value on the edge would flicker. */
const outsideForUs = 10e6
const shortestStaleUs = 3e6

const qualityPriority: Readonly<Record<Exclude<QualityName, 'good' | 'substituted'>, Priority>> = {
  out_of_range: 'm',
  frozen: 'm',
  stale: 'l',
  null: 'l',
  comm_error: 'l',
}

/** The quality at a given now: a good reading grows stale at three times the interval expected. */
export function qualityAt(reading: LastReading, everyMs: number | undefined, nowUs: number): QualityName {
  if (reading.quality !== 'good' || everyMs === undefined) return reading.quality
  return nowUs - reading.time > Math.max(shortestStaleUs, everyMs * 3000) ? 'stale' : 'good'
}

/** Which side of its normal band a value lies on; undefined inside, without a band or without a number. */
export function sideOf(
  value: LastReading['value'] | undefined,
  band: Definition['normal'],
): 'above' | 'below' | undefined {
  if (!band || typeof value !== 'number') return undefined
  return value < band.min ? 'below' : value > band.max ? 'above' : undefined
}

/** A band is only expected of a machine that runs, or of one that has no state. */
export const bandExpected = ({ state }: MachineView): boolean => state === 'running' || state === 'unknown'

/** Since when a property lies outside of its band without a break, µs; undefined while that is not known. */
export type SinceWhen = (tag: number, band: NonNullable<Definition['normal']>) => number | undefined

interface Machine {
  readonly status: ConnectionStatusView | undefined
  readonly machine: MachineView
  readonly properties: readonly { readonly definition: Definition; readonly last: LastReading | undefined }[]
}

/**
 * What is wrong with one machine, worst first. A machine that does not answer has that one trouble and no others.
 */
export function troublesOf(machine: Machine, nowUs: number, sinceWhen: SinceWhen): Trouble[] {
  const { status } = machine
  if (status?.state === 'failing')
    return [{ kind: 'no-answer', priority: 'l', since: status.lastAnswerAt ?? status.since, status }]
  const troubles: Trouble[] = []
  for (const { definition, last } of machine.properties) {
    if (!last) continue
    const quality = qualityAt(last, definition.everyMs, nowUs)
    const trouble =
      quality === 'good' || quality === 'substituted'
        ? outsideTrouble(machine, definition, last, nowUs, sinceWhen)
        : qualityTrouble(definition, last, quality)
    if (trouble) troubles.push(trouble)
  }
  return troubles.sort((a, b) => rank(a) - rank(b))
}

/** A device that says it has no value is news only where the value is one of the leading ones. */
function qualityTrouble(
  property: Definition,
  reading: LastReading,
  quality: Exclude<QualityName, 'good' | 'substituted'>,
): Trouble | undefined {
  if (quality === 'null' && !property.leading) return undefined
  const since = quality === 'stale' ? reading.time : (reading.lastGood?.time ?? reading.time)
  return { kind: 'quality', priority: qualityPriority[quality], since, property, quality, reading }
}

function outsideTrouble(
  { machine }: Machine,
  property: Definition,
  { value }: LastReading,
  nowUs: number,
  sinceWhen: SinceWhen,
): Trouble | undefined {
  const side = sideOf(value, property.normal)
  if (!side || !property.normal || !bandExpected(machine)) return undefined
  const since = sinceWhen(property.tag, property.normal)
  if (since === undefined || nowUs - since < outsideForUs) return undefined
  return { kind: 'outside', priority: undefined, since, property, side, value: value as number }
}

const order: Readonly<Record<Priority, number>> = { h: 0, m: 1, l: 3 }
const rank = ({ priority }: Trouble): number => (priority === undefined ? 2 : order[priority])

/** The heaviest priority of several troubles; undefined where none has one. */
export const worstPriority = (troubles: readonly Trouble[]): Priority | undefined =>
  (['h', 'm', 'l'] as const).find((priority) => troubles.some((trouble) => trouble.priority === priority))
