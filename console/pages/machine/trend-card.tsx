import { formatNames } from '../../lib/explore/address.ts'
import { isNumeric } from '../../lib/machines.ts'
import type { LiveProperty, LiveThing } from '../../lib/plant.ts'
import { hrefOf, queryEntry, setQuery } from '../../lib/router.ts'
import { words } from '../../lib/words.ts'
import { Card } from '../../parts/card.tsx'
import { Icon } from '../../parts/icons.tsx'
import { TrendLane } from '../../parts/trend.tsx'
import { titleOf } from '../../parts/trouble-text.ts'
import { leadingProperties } from './leading.tsx'
import { StateLane } from './state-lane.tsx'
import { TrendTable } from './trend-table.tsx'

const lanesAtFirst = 2
const lanesAtMost = 8
const lanesInExplore = 6
const firstHeight = 176
const otherHeight = 120

/** The properties whose lines are shown: as the address says, else the first leading numbers. */
export function shownLanes(thing: LiveThing): readonly LiveProperty[] {
  const asked = queryEntry('show')?.split(',') ?? []
  const chosen = asked.flatMap((name) => thing.properties.filter(({ definition }) => definition.name === name))
  const numeric = chosen.filter(isNumeric).slice(0, lanesAtMost)
  return numeric.length > 0 ? numeric : leadingProperties(thing).filter(isNumeric).slice(0, lanesAtFirst)
}

/** Lanes over the shared range, or the same as a table. Dragging over a lane zooms; Live then stops, and says so. */
export function TrendCard({ thing }: { thing: LiveThing }) {
  const t = words('machine')
  const lanes = shownLanes(thing)
  if (lanes.length === 0) return null
  const asTable = queryEntry('as') === 'table'
  const show = (next: readonly LiveProperty[]) =>
    setQuery({ show: next.map(({ definition }) => definition.name).join(',') })
  return (
    <Card
      id="trend"
      title={t.trend}
      actions={
        <>
          <div class="legend hide-s">
            <span>
              <i class="band" />
              <span>{t.normalBand}</span>
            </span>
            <span>
              <i class="beyond" />
              <span>{t.outside}</span>
            </span>
          </div>
          <div class="row end">
            <a class="btn small bare" href={exploreHref(thing, lanes)}>
              <Icon name="explore" />
              <span>{t.lookCloser}</span>
            </a>
            <AddLane thing={thing} lanes={lanes} onAdd={(property) => show([...lanes, property])} />
            <button
              type="button"
              class="btn small bare"
              aria-pressed={asTable}
              onClick={() => setQuery({ as: asTable ? undefined : 'table' })}
            >
              <Icon name={asTable ? 'pulse' : 'table'} />
              <span>{asTable ? t.asLines : t.asTable}</span>
            </button>
          </div>
        </>
      }
    >
      {asTable ? (
        <TrendTable lanes={lanes} />
      ) : (
        <div class="body lanes">
          {lanes.map((property, index) => (
            <TrendLane
              key={property.definition.tag}
              property={property}
              height={index === 0 ? firstHeight : otherHeight}
              withTime={index === lanes.length - 1}
              onRemove={lanes.length > 1 ? () => show(lanes.filter((lane) => lane !== property)) : undefined}
            />
          ))}
          <StateLane thing={thing} />
        </div>
      )}
    </Card>
  )
}

/** The same lanes over the same range, where they can be measured, compared and taken away. */
const exploreHref = (thing: LiveThing, lanes: readonly LiveProperty[]): string =>
  hrefOf('/explore', {
    tags: formatNames(lanes.slice(0, lanesInExplore).map(({ definition }) => `${thing.view.id}/${definition.name}`)),
  })

function AddLane({
  thing,
  lanes,
  onAdd,
}: {
  thing: LiveThing
  lanes: readonly LiveProperty[]
  onAdd: (property: LiveProperty) => void
}) {
  const t = words('machine')
  const others = thing.properties.filter((property) => isNumeric(property) && !lanes.includes(property))
  if (others.length === 0 || lanes.length >= lanesAtMost) return null
  return (
    <span class="btn small bare pick-range">
      <Icon name="plus" />
      <select
        aria-label={t.addProperty}
        value=""
        onChange={(event) => {
          const property = others.find(({ definition }) => definition.name === event.currentTarget.value)
          event.currentTarget.value = ''
          if (property) onAdd(property)
        }}
      >
        <option value="">{t.addProperty}</option>
        {others.map(({ definition }) => (
          <option key={definition.tag} value={definition.name}>
            {titleOf(definition)}
          </option>
        ))}
      </select>
    </span>
  )
}
