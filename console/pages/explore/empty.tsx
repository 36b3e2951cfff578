import { choose, nameOf } from '../../lib/explore/chosen.ts'
import { localText } from '../../lib/format.ts'
import { plant } from '../../lib/instance.ts'
import { isNumeric } from '../../lib/machines.ts'
import type { LiveProperty } from '../../lib/plant.ts'
import { troubles } from '../../lib/troubles.ts'
import { shownLanguage, words } from '../../lib/words.ts'
import { Card } from '../../parts/card.tsx'
import { Empty } from '../../parts/empty.tsx'
import { PropertySparkline } from '../../parts/property-sparkline.tsx'
import { QualityMark } from '../../parts/quality.tsx'
import { titleOf } from '../../parts/trouble-text.ts'
import { shown, ValueText } from '../../parts/value.tsx'

const each = 3

/** Nothing is chosen: the three worst and the three busiest properties, one click each. */
export function EmptyChart() {
  const t = words('explore')
  const worst = worstProperties()
  const busiest = busiestProperties(new Set(worst))
  const none = worst.length + busiest.length === 0
  return (
    <Card id="chart" label={t.chart}>
      <Empty title={none ? t.nothingYet : t.emptyTitle} text={none ? '' : t.emptyText}>
        {null}
      </Empty>
      {worst.length > 0 && <Choices title={t.worst} properties={worst} />}
      {busiest.length > 0 && <Choices title={t.busiest} properties={busiest} />}
    </Card>
  )
}

function Choices({ title, properties }: { title: string; properties: readonly LiveProperty[] }) {
  return (
    <div class="body stack choices">
      <h3>{title}</h3>
      <ul class="wall three">
        {properties.map((property) => (
          <li key={property.definition.tag}>
            <Choice property={property} />
          </li>
        ))}
      </ul>
    </div>
  )
}

function Choice({ property }: { property: LiveProperty }) {
  const machine = localText(plant.find(property.thing)?.view.title, shownLanguage())
  const now = shown(property)
  return (
    <button type="button" class="card similar-card" onClick={() => choose([nameOf(property)])}>
      <span class="s clip">
        {machine} · {titleOf(property.definition)}
      </span>
      <PropertySparkline property={property} />
      <span class="row xs">
        <ValueText property={property} now={now} />
        <span class="end">{now.reading && <QualityMark quality={now.quality} />}</span>
      </span>
    </button>
  )
}

/** Numbers that something is wrong with, the worst first; of a machine that does not answer its leading one. */
function worstProperties(): LiveProperty[] {
  const order = { h: 0, m: 1, l: 3 } as const
  const found: { property: LiveProperty; rank: number }[] = []
  for (const [id, ofThing] of troubles.value) {
    const thing = plant.find(id)
    for (const trouble of ofThing) {
      const property =
        'property' in trouble
          ? thing?.properties.find(({ definition }) => definition.tag === trouble.property.tag)
          : thing?.properties.find(({ definition }) => definition.leading)
      if (!property || !isNumeric(property)) continue
      found.push({ property, rank: trouble.priority === undefined ? 2 : order[trouble.priority] })
    }
  }
  return found
    .sort((a, b) => a.rank - b.rank)
    .slice(0, each)
    .map(({ property }) => property)
}

/** Numbers that are read most often, leading ones first; one a machine, so that they differ. */
function busiestProperties(without: ReadonlySet<LiveProperty>): LiveProperty[] {
  const every = ({ definition }: LiveProperty) => definition.everyMs ?? Number.POSITIVE_INFINITY
  const leading = ({ definition }: LiveProperty) => (definition.leading ? 0 : 1)
  const firsts = (plant.things.value ?? []).flatMap(({ properties }) =>
    properties
      .filter((property) => isNumeric(property) && !without.has(property))
      .sort((a, b) => every(a) - every(b) || leading(a) - leading(b))
      .slice(0, 1),
  )
  return firsts.sort((a, b) => every(a) - every(b) || leading(a) - leading(b)).slice(0, each)
}
