import { convertUnit, findUnit, IwError } from '#kernel'
import type { PropertyDefinition, Tag } from '#model'
import type { Historian } from '#ports'
import { fieldPropertyName, seriesThingId } from '../ingest/names.ts'
import type { Growing } from '../ingest/series-maker.ts'
import type { ConnectLimits } from '../limits.ts'
import type { KnownSeries, WantedSeries } from './csv/plan.ts'
import { unitOf } from './names.ts'

export interface TargetOptions {
  readonly registry: Growing
  readonly historian: Historian
  readonly limits: ConnectLimits
}

/** A series of a file with the thing and property it is stored as. */
interface Target {
  readonly wanted: WantedSeries
  readonly thing: string
  readonly property: string
  readonly unit: string | undefined
}

/**
 * Finds the tags for series of files, and makes things and properties that are missing; nothing is made where `dryRun` is
 * set. A person's definition of a thing is never changed: what it lacks is refused.
 */
export async function resolveSeries(
  { registry, historian, limits }: TargetOptions,
  wanted: readonly WantedSeries[],
  dryRun: boolean,
): Promise<readonly KnownSeries[]> {
  const targets = wanted.map(targetOf)
  const arrivals = new Map<string, PropertyDefinition[]>()
  const refused = new Map<Target, string>()
  const made = { things: 0, properties: 0 }
  for (const target of targets) {
    const refusal = plan(target)
    if (refusal !== undefined) refused.set(target, refusal)
  }
  if (arrivals.size > 0 && !dryRun) await registry.grow(arrivals)
  return targets.map((target, place) => {
    const refusal = refused.get(target)
    if (refusal !== undefined) return { key: target.wanted.key, refusal }
    return known(target, registry.tag(target.thing, target.property) ?? imagined(target, place))
  })

  function plan({ thing: id, property: name, unit, wanted: { type, title } }: Target): string | undefined {
    const thing = registry.get(id)
    if (thing?.properties.some((property) => property.name === name)) return undefined
    const planned = arrivals.get(id)
    if (planned?.some((property) => property.name === name)) return undefined
    if (thing && thing.origin !== 'ingest')
      return `${id} is defined without a property "${name}": add it there, or give another thing or property`
    if (registry.counts.ingested + made.things + Number(!thing && !planned) > limits.ingestThings)
      return tooMany('connect.limits.ingestThings', limits.ingestThings)
    if (registry.counts.properties + made.properties + 1 > limits.properties)
      return tooMany('connect.limits.properties', limits.properties)
    const known = historian.findTag(id, name)
    arrivals.set(id, [
      ...(planned ?? []),
      {
        name,
        type: known?.type ?? type,
        ...((known?.unit ?? unit) !== undefined && { unit: known?.unit ?? unit }),
        ...(title !== undefined && { title: { en: title } }),
      },
    ])
    made.things += Number(!thing && !planned)
    made.properties++
    return undefined
  }

  /** What a dry run takes for the tag there would be. */
  function imagined({ thing, property, unit, wanted: { type } }: Target, place: number): Tag {
    const tag = historian.findTag(thing, property)
    return tag ?? { id: place + 1, thing, property, type, ...(unit !== undefined && { unit }) }
  }
}

/** What ids and names cannot carry is escaped, so that no two series become one. */
const targetOf = (wanted: WantedSeries): Target => ({
  wanted,
  thing: seriesThingId(wanted.thing, []),
  property: fieldPropertyName(wanted.property),
  unit: wanted.unit === undefined ? undefined : unitOf(wanted.unit),
})

const tooMany = (limit: string, value: number) => `it would make more than ${limit} (${value}) permits`

function known({ wanted: { key }, unit }: Target, tag: Tag): KnownSeries {
  const same = { key, tag: tag.id, type: tag.type, factor: 1, shift: 0 }
  if (unit === undefined || tag.unit === undefined || unit === tag.unit || tag.type !== 'number') return same
  if (findUnit(unit)?.dimension !== findUnit(tag.unit)?.dimension)
    return { key, refusal: `${unit} in the file cannot become ${tag.unit}, the unit of ${tag.thing}/${tag.property}` }
  const shift = convertUnit(0, unit, tag.unit)
  return { ...same, factor: convertUnit(1, unit, tag.unit) - shift, shift }
}

/** Throws `IW_CONNECT_IMPORT_PLAN` for the first series that is refused. */
export function refuseAny(series: readonly KnownSeries[], named: (key: string) => string): void {
  for (const one of series)
    if ('refusal' in one) throw new IwError('IW_CONNECT_IMPORT_PLAN', `${named(one.key)}: ${one.refusal}`)
}
