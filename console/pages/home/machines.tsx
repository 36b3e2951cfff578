import { tick } from '../../lib/clock.ts'
import { localText } from '../../lib/format.ts'
import { plant } from '../../lib/instance.ts'
import { type Area, areasOf, leadingOf, type ShownState, shownState, wallPages } from '../../lib/machines.ts'
import type { LiveThing } from '../../lib/plant.ts'
import { wall } from '../../lib/preferences.ts'
import { hrefOf, machineHref, queryEntry } from '../../lib/router.ts'
import { type Trouble, worstPriority } from '../../lib/trouble.ts'
import { troubles } from '../../lib/troubles.ts'
import { shownLanguage, words } from '../../lib/words.ts'
import { Age } from '../../parts/age.tsx'
import { StateGlyph, TroubleMark } from '../../parts/glyphs.tsx'
import { PropertySparkline } from '../../parts/property-sparkline.tsx'
import { QualityMark } from '../../parts/quality.tsx'
import { titleOf } from '../../parts/trouble-text.ts'
import { BandBar, type Shown, shown, ValueText } from '../../parts/value.tsx'

const wallAtOnce = 24
const wallTurnUs = 20e6
const widestArea = 6

/** Every machine in its area, in its place. A wall shows areas in turn where they are too many for one screen. */
export function Machines() {
  const t = words('home')
  const things = plant.things.value ?? []
  const chosen = queryEntry('area')
  const all = areasOf(things).filter(({ key }) => chosen === undefined || key === chosen)
  const pages = wall.value && things.length > wallAtOnce ? wallPages(all, wallAtOnce) : [all]
  const areas = pages[Math.floor(tick.value / wallTurnUs) % Math.max(1, pages.length)] ?? []
  const count = all.reduce((sum, area) => sum + area.things.length, 0)
  return (
    <section aria-labelledby="machines-title" class="stack machines">
      <div class="row wrap">
        <h2 id="machines-title">{t.machines}</h2>
        <span class="quiet num">{count}</span>
        {chosen !== undefined && (
          <span class="chip">
            {localText(all[0]?.title, shownLanguage()) || chosen}
            <a href={hrefOf('/')}>{t.showAll}</a>
          </span>
        )}
        <Legend areas={all} />
      </div>
      <div class="areas">
        {areas.map((area) => (
          <AreaSection key={area.key} area={area} />
        ))}
      </div>
    </section>
  )
}

const states: readonly ShownState[] = ['running', 'answering', 'idle', 'stopped', 'down', 'unknown']

function Legend({ areas }: { areas: readonly Area[] }) {
  const t = words('common')
  const counts = new Map<ShownState, number>()
  for (const { things } of areas)
    for (const thing of things) counts.set(shownState(thing), (counts.get(shownState(thing)) ?? 0) + 1)
  return (
    <div class="end legend s">
      {states.map((state) => {
        const count = counts.get(state)
        return (
          count !== undefined && (
            <span key={state}>
              <StateGlyph state={state} />
              <span>
                {t.states[state].toLowerCase()} {count}
              </span>
            </span>
          )
        )
      })}
    </div>
  )
}

function AreaSection({ area }: { area: Area }) {
  const t = words('home')
  const title = localText(area.title, shownLanguage()) || t.noArea
  return (
    <section class={`area a${Math.min(widestArea, area.things.length)}`} aria-label={title}>
      <h3>
        <span>{title}</span>
        <span class="quiet num">{area.things.length}</span>
      </h3>
      <ul>
        {area.things.map((thing) => (
          <li key={thing.view.id}>
            <MachineCard thing={thing} />
          </li>
        ))}
      </ul>
    </section>
  )
}

/** The whole card is one link: state, leading value with its band, its line, what it does, how old. */
function MachineCard({ thing }: { thing: LiveThing }) {
  const t = words('common')
  const property = leadingOf(thing)
  const now = property && shown(property)
  const found = troubles.value.get(thing.view.id) ?? []
  const worst = worstPriority(found)
  const state = shownState(thing)
  return (
    <a class={`card mc${worst ? ` ${worst}` : ''}`} href={machineHref(thing.view.id)} data-row>
      <div class="name">
        <StateGlyph state={state} />
        <span class="clip">{localText(thing.view.title, shownLanguage())}</span>
        <span class="end row">{found[0] && <TroubleMark trouble={found[0]} />}</span>
      </div>
      <div class="what clip">{property ? titleOf(property.definition) : t.noValues}</div>
      {property && now && (
        <>
          <ValueText property={property} now={now} />
          <BandBar property={property} now={now} />
          <PropertySparkline property={property} />
        </>
      )}
      <div class="foot">
        <CardStatus thing={thing} now={now} trouble={found[0]} />
        {now && <Age time={now.time} />}
      </div>
    </a>
  )
}

/** One short line: why the value is in doubt, else which other value left its band, else what the machine does. */
function CardStatus({
  thing,
  now,
  trouble,
}: {
  thing: LiveThing
  now: Shown | undefined
  trouble: Trouble | undefined
}) {
  const t = words('common')
  if (thing.status.value?.state === 'failing') return <QualityMark quality="comm_error" />
  if (now?.reading && now.quality !== 'good') return <QualityMark quality={now.quality} />
  const text =
    trouble?.kind === 'outside' ? t.outsideShort(titleOf(trouble.property), trouble.side) : t.states[shownState(thing)]
  return <span class="clip">{text}</span>
}
