import { type Failure, failure } from '#kernel'
import type { PropertyDefinition, Tag, Thing } from '#model'
import type { Historian } from '#ports'
import type { ConnectLimits } from '../limits.ts'
import type { Arrivals } from '../registry/registry.ts'
import { propertyOfField, thingOfSeries } from './series-key.ts'
import { kinds, type SeriesTable } from './series-table.ts'
import { denialKey, type Unknown } from './slice.ts'

/** What the maker needs of the registry. */
export interface Growing {
  get(id: string): Thing | undefined
  tag(thing: string, property: string): Tag | undefined
  grow(arrivals: Arrivals): Promise<void>
  readonly counts: { readonly ingested: number; readonly properties: number }
}

export interface SeriesMakerOptions {
  readonly registry: Growing
  readonly historian: Historian
  readonly table: SeriesTable
  readonly limits: ConnectLimits
}

interface Plan {
  readonly arrivals: Map<string, PropertyDefinition[]>
  readonly links: { readonly unknown: Unknown; readonly thing: string; readonly fields: Map<Uint8Array, string> }[]
  readonly denied: Map<string, Failure>
  things: number
  properties: number
}

/** The most series and bytes the table may hold before it is emptied: clients may send one series in many spellings. */
const tableSeries = 200_000
const tableBytes = 32 * 1024 * 1024

/**
 * Makes the series that lines name and nobody knows: things and properties within the limits, then their entries in the
 * table. Returns why some are not taken. `madeBefore` counts what the same request made already.
 */
export async function makeSeries(
  { registry, historian, table, limits }: SeriesMakerOptions,
  unknown: ReadonlyMap<string, Unknown>,
  madeBefore: number,
): Promise<{ denied: ReadonlyMap<string, Failure>; things: number; properties: number }> {
  const plan: Plan = { arrivals: new Map(), links: [], denied: new Map(), things: 0, properties: 0 }
  for (const [series, wanted] of unknown) planSeries(series, wanted)
  if (plan.arrivals.size > 0) await registry.grow(plan.arrivals)
  if (table.size > tableSeries || table.bytes > tableBytes) table.clear()
  for (const link of plan.links) enter(link)
  return { denied: plan.denied, things: plan.things, properties: plan.properties }

  function planSeries(series: string, wanted: Unknown): void {
    const id = thingOfSeries(wanted.key)
    if (!id.ok) return void plan.denied.set(denialKey(series), id)
    const thing = registry.get(id.value)
    if (thing?.connection) return void plan.denied.set(denialKey(series), readByUs(thing.id))
    const fields = new Map<Uint8Array, string>()
    for (const [field, { name, kind }] of wanted.fields) {
      const property = propertyOfField(name)
      const refusal = property.ok ? planProperty(id.value, thing, property.value, kind) : property
      if (refusal) plan.denied.set(denialKey(series, field), refusal)
      else if (property.ok) fields.set(name, property.value)
    }
    plan.links.push({ unknown: wanted, thing: id.value, fields })
  }

  function planProperty(id: string, thing: Thing | undefined, name: string, kind: number): Failure | undefined {
    if (thing?.properties.some((property) => property.name === name)) return undefined
    const planned = plan.arrivals.get(id)
    if (planned?.some((property) => property.name === name)) return undefined
    if (thing && thing.origin !== 'ingest') return notOfDefinition(id, name)
    const newThings = thing || planned ? 0 : 1
    if (registry.counts.ingested + plan.things + newThings > limits.ingestThings)
      return tooMany('connect.limits.ingestThings', limits.ingestThings)
    if (registry.counts.properties + plan.properties + 1 > limits.properties)
      return tooMany('connect.limits.properties', limits.properties)
    if (madeBefore + plan.properties + 1 > limits.newPerRequest)
      return tooMany('connect.limits.newPerRequest', limits.newPerRequest)
    const type = historian.findTag(id, name)?.type ?? kinds[kind]!
    plan.arrivals.set(id, [...(planned ?? []), { name, type }])
    plan.things += newThings
    plan.properties++
    return undefined
  }

  function enter({ unknown: { key }, thing, fields }: Plan['links'][number]): void {
    const series = table.addSeries(key)
    for (const [name, property] of fields) {
      const tag = registry.tag(thing, property)
      if (tag) table.addField(series, name, tag.id, kinds.indexOf(tag.type))
    }
  }
}

const readByUs = (thing: string) =>
  failure(
    'IW_CONNECT_LINE_PROTOCOL',
    `${thing} is a machine that Interwork reads itself: nobody else may send its values`,
  )

const notOfDefinition = (thing: string, property: string) =>
  failure('IW_CONNECT_UNKNOWN_PROPERTY', `${thing} is defined without a property "${property}"`)

const tooMany = (limit: string, value: number) =>
  failure('IW_CONNECT_TOO_MANY', `the line would make more than ${limit} (${value}) permits`)
