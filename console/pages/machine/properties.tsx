import { tick } from '../../lib/clock.ts'
import { formatBounds, formatValue } from '../../lib/format.ts'
import type { LiveProperty, LiveThing } from '../../lib/plant.ts'
import { range } from '../../lib/range.ts'
import { machineHref, queryEntry, setQuery } from '../../lib/router.ts'
import { rangePresets } from '../../lib/time-range.ts'
import { qualityAt } from '../../lib/trouble.ts'
import { unitSymbol } from '../../lib/units.ts'
import { words } from '../../lib/words.ts'
import { Age } from '../../parts/age.tsx'
import { Card } from '../../parts/card.tsx'
import { SideMark } from '../../parts/glyphs.tsx'
import { Icon } from '../../parts/icons.tsx'
import { PropertySparkline } from '../../parts/property-sparkline.tsx'
import { QualityMark } from '../../parts/quality.tsx'
import { type Column, type Sorting, Table } from '../../parts/table.tsx'
import { titleOf } from '../../parts/trouble-text.ts'
import { BandBar, shown } from '../../parts/value.tsx'
import { shownLanes } from './trend-card.tsx'

/** Every property with its value, place in its range, quality and age. Filter and sorting stand in the address. */
export function Properties({ thing }: { thing: LiveThing }) {
  const t = words('machine')
  const filter = queryEntry('filter') ?? ''
  const sorting = parseSorting(queryEntry('sort'))
  const matching = thing.properties.filter((property) => matches(property, filter))
  const lanes = shownLanes(thing)
  return (
    <Card
      id="properties"
      title={t.properties}
      count={thing.properties.length}
      actions={
        <div class="field end">
          <label class="vh" for="filter">
            {t.filterProperties}
          </label>
          <div class="in">
            <Icon name="search" />
            <input
              id="filter"
              type="search"
              data-filter
              placeholder={t.filter}
              value={filter}
              onInput={(event) => setQuery({ filter: event.currentTarget.value })}
            />
          </div>
        </div>
      }
      footer={<span>{t.shownOf(matching.length, thing.properties.length)}</span>}
    >
      <Table
        label={t.tableOfProperties}
        columns={useColumns(thing)}
        rows={sorted(matching, sorting)}
        keyOf={({ definition }) => String(definition.tag)}
        sorting={sorting}
        onSort={(next) => setQuery({ sort: next && `${next.descending ? '-' : ''}${next.key}` })}
        sortLabel={t.sortBy}
        isSelected={(property) => lanes.includes(property)}
        empty={t.nothingMatches}
      />
    </Card>
  )
}

function matches({ definition }: LiveProperty, filter: string): boolean {
  const wanted = filter.trim().toLowerCase()
  return wanted === '' || `${titleOf(definition)} ${definition.name}`.toLowerCase().includes(wanted)
}

function parseSorting(text: string | undefined): Sorting | undefined {
  if (!text) return undefined
  return text.startsWith('-') ? { key: text.slice(1), descending: true } : { key: text, descending: false }
}

/** Sorting by what lives follows once a second; unsorted, properties stay in place. */
function sorted(properties: readonly LiveProperty[], sorting: Sorting | undefined): readonly LiveProperty[] {
  if (!sorting) return properties
  if (sorting.key !== 'name') tick.value
  const key = sortKeys[sorting.key]
  if (!key) return properties
  const factor = sorting.descending ? -1 : 1
  return [...properties].sort((a, b) => {
    const [x, y] = [key(a), key(b)]
    return (typeof x === 'string' || typeof y === 'string' ? String(x).localeCompare(String(y)) : x - y) * factor
  })
}

const sortKeys: Readonly<Record<string, (property: LiveProperty) => string | number>> = {
  name: ({ definition }) => titleOf(definition),
  value: ({ last }) => {
    const value = last.peek()?.value
    return typeof value === 'number' ? value : typeof value === 'boolean' ? Number(value) : Number.NEGATIVE_INFINITY
  },
  quality: ({ definition, last }) => {
    const reading = last.peek()
    return reading ? qualityAt(reading, definition.everyMs, tick.peek()) : ''
  },
  age: ({ last }) => -(last.peek()?.time ?? 0),
}

function useColumns(thing: LiveThing): readonly Column<LiveProperty>[] {
  const t = words('machine')
  const preset =
    range.value.live && rangePresets.find(({ spanUs }) => range.value.live && spanUs === range.value.spanUs)
  return [
    { key: 'name', title: t.property, sortable: true, cell: (property) => <Name thing={thing} property={property} /> },
    {
      key: 'value',
      title: t.value,
      numeric: true,
      sortable: true,
      cell: (property) => <ValueCell property={property} />,
    },
    {
      key: 'unit',
      title: t.unit,
      minor: true,
      cell: ({ definition }) => <span class="quiet">{unitSymbol(definition.unit)}</span>,
    },
    { key: 'range', title: t.inItsRange, minor: true, cell: (property) => <BarCell property={property} /> },
    { key: 'normal', title: t.normal, minor: true, cell: (property) => <NormalCell property={property} /> },
    { key: 'quality', title: t.quality, sortable: true, cell: (property) => <QualityCell property={property} /> },
    { key: 'age', title: t.age, numeric: true, sortable: true, cell: (property) => <AgeCell property={property} /> },
    {
      key: 'spark',
      title: preset ? words('common').presets[preset.key] : t.inRange,
      minor: true,
      cell: (property) => <PropertySparkline property={property} />,
    },
  ]
}

interface CellProps {
  readonly property: LiveProperty
}

function Name({ thing, property: { definition } }: CellProps & { thing: LiveThing }) {
  const t = words('machine')
  return (
    <span class="row">
      <a
        class="plain"
        data-row
        href={machineHref(thing.view.id, {
          show: definition.name,
          filter: queryEntry('filter'),
          sort: queryEntry('sort'),
        })}
      >
        {titleOf(definition)}
      </a>
      {definition.write && (
        <span class="chip mini" title={t.writable}>
          <Icon name="pen" />
          <span class="vh">{t.writable}</span>
        </span>
      )}
    </span>
  )
}

function ValueCell({ property }: CellProps) {
  const now = shown(property)
  const text = formatValue(now.value, property.definition, words('common'))
  return (
    <span class="row value-cell">
      {now.side && <SideMark side={now.side} />}
      <b class={now.doubt && now.value !== null ? 'doubt' : undefined}>{text}</b>
      <span class="only-s quiet">{unitSymbol(property.definition.unit)}</span>
    </span>
  )
}

const BarCell = ({ property }: CellProps) => <BandBar property={property} now={shown(property)} />

function NormalCell({ property: { definition } }: CellProps) {
  const { normal, decimals } = definition
  return <span class="num quiet">{normal ? formatBounds(normal.min, normal.max, decimals) : ''}</span>
}

function QualityCell({ property }: CellProps) {
  const now = shown(property)
  return now.reading ? <QualityMark quality={now.quality} always /> : null
}

const AgeCell = ({ property }: CellProps) => (
  <span class="quiet">
    <Age time={shown(property).time} />
  </span>
)
