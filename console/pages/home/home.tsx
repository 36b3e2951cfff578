import { apiPath } from '../../lib/api.ts'
import { tick } from '../../lib/clock.ts'
import { formatAge, formatDayOfWeek, formatNumber } from '../../lib/format.ts'
import { plant } from '../../lib/instance.ts'
import { oldestCurrent } from '../../lib/machines.ts'
import { hrefOf, queryEntry, setQuery } from '../../lib/router.ts'
import { troubles } from '../../lib/troubles.ts'
import { shownLanguage, words } from '../../lib/words.ts'
import { Empty } from '../../parts/empty.tsx'
import { PageFoot } from '../../parts/foot.tsx'
import { Icon } from '../../parts/icons.tsx'
import { plantTitle, useTitle } from '../../parts/title.ts'
import { AddMachine } from './add-machine.tsx'
import { LastEvents } from './events.tsx'
import { Kept } from './kept.tsx'
import { Machines } from './machines.tsx'
import { Needs } from './needs.tsx'
import { NextSteps } from './next.tsx'
import { Strip } from './strip.tsx'

const openAdd = () => setQuery({ dialog: 'add' }, { replace: false })

/** Is all well, and if not, what? Then what needs someone, then the machines, then the rest. */
export function Page() {
  useTitle(plantTitle())
  const things = plant.things.value ?? []
  return (
    <>
      {things.length === 0 ? <Nothing /> : <Plant />}
      {queryEntry('dialog') === 'add' && <AddMachine onClose={() => setQuery({ dialog: undefined })} />}
    </>
  )
}

function Plant() {
  return (
    <>
      <Sentence />
      <Strip />
      <Needs />
      <Machines />
      <div class="g3">
        <NextSteps />
        <LastEvents />
        <Kept />
      </div>
      <Foot />
    </>
  )
}

function Foot() {
  const t = words('home')
  const things = plant.things.value ?? []
  const oldest = oldestCurrent(things, tick.value)
  const values = things.reduce((sum, { properties }) => sum + properties.length, 0)
  return (
    <PageFoot>
      <span>{t.foot(things.length, formatNumber(values, 0))}</span>
      {oldest !== undefined && <span>{t.oldest(formatAge(oldest))}</span>}
      <a href={apiPath('things')}>{t.asJson}</a>
    </PageFoot>
  )
}

function Sentence() {
  const t = words('home')
  const total = plant.things.value?.length ?? 0
  const needs = troubles.value.size
  const system = plant.system.value
  const refusing = system !== undefined && !system.historian.accepting
  const day = system ? formatDayOfWeek(tick.value, system.zone, shownLanguage()) : ''
  return (
    <div class="head">
      <div>
        <h1>{refusing ? t.refusingSentence : t.sentence(total - needs, total)}</h1>
        <p>{t.subtitle(day)}</p>
      </div>
      <div class="row acts">
        <button type="button" class="btn" onClick={openAdd}>
          <Icon name="plus" />
          <span>{t.addMachine}</span>
        </button>
      </div>
    </div>
  )
}

/** The first screen is never empty: it says why, and what to do. */
function Nothing() {
  const t = words('home')
  return (
    <>
      <div class="head">
        <div>
          <h1>{t.nothingTitle}</h1>
        </div>
      </div>
      <section class="card" aria-label={t.nothingTitle}>
        <Empty title={t.nothingWhy} text={t.nothingDemo}>
          <button type="button" class="btn main" onClick={openAdd}>
            <Icon name="plus" />
            <span>{t.addMachine}</span>
          </button>
          <code class="well">npm run demo</code>
        </Empty>
      </section>
      <div class="g3">
        <Kept />
        <LastEvents />
      </div>
      <p class="s quiet">
        <a href={hrefOf('/api/docs')}>{t.readByProgram}</a>
      </p>
    </>
  )
}
