import { useEffect } from 'preact/hooks'
import { api, apiPath } from '../../lib/api.ts'
import { tick } from '../../lib/clock.ts'
import { formatAge, formatSpan, localText } from '../../lib/format.ts'
import { plant } from '../../lib/instance.ts'
import { oldestCurrent, shownState } from '../../lib/machines.ts'
import type { LiveThing } from '../../lib/plant.ts'
import { hrefOf } from '../../lib/router.ts'
import { troubles } from '../../lib/troubles.ts'
import { shownLanguage, words } from '../../lib/words.ts'
import { PageFoot } from '../../parts/foot.tsx'
import { StateGlyph, TroubleMark } from '../../parts/glyphs.tsx'
import { Icon } from '../../parts/icons.tsx'
import { useTitle } from '../../parts/title.ts'
import { sinceText, titleOf, troubleText } from '../../parts/trouble-text.ts'
import type { PageProps } from '../pages.ts'
import { Actions } from './actions.tsx'
import { Commands } from './commands.tsx'
import { Connection } from './connection.tsx'
import { Leading } from './leading.tsx'
import { Properties } from './properties.tsx'
import { TrendCard } from './trend-card.tsx'
import { WriteCard } from './write.tsx'

const refreshEveryMs = 5000
const troublesShown = 3

/** One machine: what it is and does, what is wrong with it, its values, their lines, all its properties, and what can be done. */
export function Page({ parameters }: PageProps) {
  const t = words('machine')
  const id = parameters['id']!
  const thing = plant.things.value && plant.find(id)
  useTitle(thing ? localText(thing.view.title, shownLanguage()) : id)
  useCounters(id)
  if (!thing)
    return (
      <div class="head">
        <div>
          <h1>{t.unknownMachine(id)}</h1>
          <p>
            {t.unknownText} <a href={hrefOf('/')}>{t.allMachines}</a>
          </p>
        </div>
      </div>
    )
  return (
    <>
      <Head thing={thing} />
      <TroubleCards thing={thing} />
      <Leading thing={thing} />
      <div class="g21">
        <div class="stack">
          <TrendCard thing={thing} />
          <Properties thing={thing} />
        </div>
        <div class="stack">
          <WriteCard thing={thing} />
          <Connection thing={thing} />
          <Commands thing={thing} />
        </div>
      </div>
      <Foot thing={thing} />
    </>
  )
}

/** The stream tells changes of the connection; its counters are asked for while somebody looks. */
function useCounters(id: string): void {
  useEffect(() => {
    const refresh = () =>
      void api.thing(id).then(
        ({ status }) => {
          const thing = plant.find(id)
          if (thing && status) thing.status.value = status
        },
        () => {}, // the stream says when the instance is gone
      )
    const timer = setInterval(() => !document.hidden && refresh(), refreshEveryMs)
    return () => clearInterval(timer)
  }, [id])
}

function Foot({ thing }: { thing: LiveThing }) {
  const t = words('machine')
  const oldest = oldestCurrent([thing], tick.value)
  return (
    <PageFoot>
      <span>{t.foot(thing.properties.length)}</span>
      {oldest !== undefined && <span>{t.oldest(formatAge(oldest))}</span>}
      <a href={apiPath('things', thing.view.id)}>{t.asJson}</a>
    </PageFoot>
  )
}

function Head({ thing }: { thing: LiveThing }) {
  const t = words('machine')
  const common = words('common')
  const language = shownLanguage()
  const { text, since } = thing.machine.value
  const state = shownState(thing)
  const own = text !== undefined && text.toLowerCase() !== state ? text : undefined
  const description = localText(thing.view.description, language)
  const writable = thing.properties.some(({ definition }) => definition.write)
  return (
    <div class="head">
      <div>
        <div class="row wrap">
          <h1>{localText(thing.view.title, language)}</h1>
          <span class="chip">
            <StateGlyph state={state} />
            <b>{common.states[state]}</b>
            {own && <span>{own}</span>}
            {since !== undefined && state !== 'answering' && (
              <span class="num">{t.for(formatSpan(Math.max(0, tick.value - since) / 1e6))}</span>
            )}
          </span>
        </div>
        {description !== '' && <p>{description}</p>}
      </div>
      <div class="row wrap acts">
        {writable && (
          <button type="button" class="btn" onClick={() => document.getElementById('write-value')?.focus()}>
            <Icon name="pen" />
            <span>{t.writeValue}</span>
          </button>
        )}
        <Actions thing={thing} />
      </div>
    </div>
  )
}

function TroubleCards({ thing }: { thing: LiveThing }) {
  const t = words('machine')
  const common = words('common')
  const found = troubles.value.get(thing.view.id) ?? []
  return found.slice(0, troublesShown).map((trouble) => (
    <section
      key={trouble.kind + ('property' in trouble ? trouble.property.name : '')}
      class={`card trouble${trouble.priority ? ` ${trouble.priority}` : ''}`}
      aria-label={t.trouble}
    >
      <div class="note">
        <TroubleMark trouble={trouble} />
        <div>
          <h2>
            {common.troubleTitle(
              'property' in trouble ? titleOf(trouble.property) : common.quality.comm_error,
              sinceText(trouble.since),
            )}
          </h2>
          <p>{common.sentences(troubleText(trouble), trouble.kind === 'no-answer' ? t.lastKnown : '')}</p>
          {trouble.kind === 'no-answer' && trouble.status.error && (
            <p class="xs">
              {trouble.status.error.message} <code>{trouble.status.error.code}</code>
            </p>
          )}
        </div>
      </div>
    </section>
  ))
}
