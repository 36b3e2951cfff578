import { localText } from '../../lib/format.ts'
import { plant } from '../../lib/instance.ts'
import { isNumeric, leadingOf } from '../../lib/machines.ts'
import type { LiveThing } from '../../lib/plant.ts'
import { wall } from '../../lib/preferences.ts'
import { hrefOf, machineHref, queryEntry } from '../../lib/router.ts'
import type { Trouble } from '../../lib/trouble.ts'
import { troubles } from '../../lib/troubles.ts'
import { shownLanguage, words } from '../../lib/words.ts'
import { Card } from '../../parts/card.tsx'
import { PriorityGlyph, TroubleMark } from '../../parts/glyphs.tsx'
import { PropertySparkline } from '../../parts/property-sparkline.tsx'
import { sinceText, troubleText } from '../../parts/trouble-text.ts'

/** A wall has no room to scroll; a screen shows the rest on demand. */
const shownOnWall = 3
const shownAtFirst = 6

/** What is abnormal, repeated here; the machines below stay where they are. */
export function Needs() {
  const t = words('home')
  const listed = (plant.things.value ?? []).flatMap((thing) => {
    const ofThing = troubles.value.get(thing.view.id)
    return ofThing ? [{ thing, ofThing }] : []
  })
  const refusal = plant.system.value?.historian.refusal
  const count = listed.length + (refusal ? 1 : 0)
  if (count === 0) return null
  const byWeight = [...listed].sort((a, b) => weight(a.ofThing[0]!) - weight(b.ofThing[0]!))
  const room = wall.value ? shownOnWall : queryEntry('needs') === 'all' ? byWeight.length : shownAtFirst
  return (
    <Card
      id="needs"
      class="needs"
      title={t.needsYou}
      count={count}
      footer={
        byWeight.length > room && <a href={hrefOf('/', { needs: 'all' })}>{t.showMore(byWeight.length - room)}</a>
      }
    >
      <ul>
        {refusal && (
          <li>
            <PriorityGlyph priority="h" />
            <div>
              <b>{t.storage}</b>
              <p class="quiet">{sinceText(refusal.since)}</p>
            </div>
            <p>
              {refusal.message} {t.refusalRemedy} <code>{refusal.code}</code>
            </p>
          </li>
        )}
        {byWeight.slice(0, room).map(({ thing, ofThing }) => (
          <Need key={thing.view.id} thing={thing} troubles={ofThing} />
        ))}
      </ul>
    </Card>
  )
}

const weights = { h: 0, m: 1, l: 3 } as const
const weight = ({ priority }: Trouble): number => (priority === undefined ? 2 : weights[priority])

function Need({ thing, troubles: [first, ...others] }: { thing: LiveThing; troubles: readonly Trouble[] }) {
  const t = words('home')
  const language = shownLanguage()
  if (!first) return null
  const title = localText(thing.view.title, language)
  const area = localText(thing.view.area, language)
  const property = ('property' in first && numberOf(thing, first.property.tag)) || leadingOf(thing)
  const href = machineHref(thing.view.id)
  return (
    <li>
      <TroubleMark trouble={first} />
      <div>
        <a class="name" href={href} data-row>
          {title}
        </a>
        <p class="quiet">
          {area !== '' && `${area} · `}
          {sinceText(first.since)}
        </p>
      </div>
      <p>
        {troubleText(first)} {others.length > 0 && <span class="quiet">{t.andMore(others.length)}</span>}
      </p>
      <div class="hide-s">{property && <PropertySparkline property={property} />}</div>
      <div class="acts">
        <a class="btn small" href={href} aria-label={t.lookAt(title)}>
          {t.look}
        </a>
      </div>
    </li>
  )
}

const numberOf = (thing: LiveThing, tag: number) =>
  thing.properties.find((property) => property.definition.tag === tag && isNumeric(property))
