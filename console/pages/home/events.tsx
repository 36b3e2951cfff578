import { tick } from '../../lib/clock.ts'
import type { PlantEventView } from '../../lib/contract.ts'
import { formatMoment, formatSpan, formatValueWithUnit, localText } from '../../lib/format.ts'
import { plant } from '../../lib/instance.ts'
import type { LiveThing } from '../../lib/plant.ts'
import { machineHref } from '../../lib/router.ts'
import { shownLanguage, words } from '../../lib/words.ts'
import { Card } from '../../parts/card.tsx'
import { Icon, type IconName } from '../../parts/icons.tsx'
import { titleOf } from '../../parts/trouble-text.ts'
import type { EventWords } from '../../words/en/home.ts'

const shownAtMost = 6

const icons: Readonly<Record<string, IconName>> = {
  'connection.lost': 'cut',
  'connection.restored': 'swap',
  'command.done': 'pen',
  'command.failed': 'cross',
  'thing.added': 'plus',
  'thing.removed': 'bin',
  'instance.started': 'power',
  'storage.refusing': 'disk',
  'storage.accepting': 'disk',
}

/** What happened last, as sentences. */
export function LastEvents() {
  const t = words('home')
  const events = plant.events.value.slice(0, shownAtMost)
  return (
    <Card id="events" title={t.lastEvents}>
      <div class="body">
        {events.length === 0 && <p class="s quiet">{t.noEvents}</p>}
        <ul class="ev">
          {events.map((event) => (
            <EventLine key={event.id} event={event} />
          ))}
        </ul>
      </div>
    </Card>
  )
}

/** The detail of an event with the words people use for its property and value. */
function eventWords({ detail }: PlantEventView, thing: LiveThing | undefined): EventWords {
  const definition = thing?.properties.find((property) => property.definition.name === detail['property'])?.definition
  const number = Number(detail['value'])
  const isNumber = definition && definition.type !== 'string' && Number.isFinite(number)
  return {
    property: definition ? titleOf(definition) : String(detail['property'] ?? ''),
    value: isNumber ? formatValueWithUnit(number, definition, words('common')) : String(detail['value'] ?? ''),
    who: String(detail['principal'] ?? ''),
    outcome: outcomeOf(detail['outcome']),
    span: formatSpan(Number(detail['seconds'] ?? 0)),
  }
}

const outcomeOf = (outcome: unknown): EventWords['outcome'] => (outcome === 'unknown' ? 'unknown' : 'failed')

function EventLine({ event }: { event: PlantEventView }) {
  const t = words('home')
  const zone = plant.system.value?.zone ?? 'UTC'
  const thing = event.thing === undefined ? undefined : plant.find(event.thing)
  const name = localText(thing?.view.title, shownLanguage()) || event.thing || ''
  const sentence = (t.events[event.kind] ?? t.otherEvent)(name, eventWords(event, thing))
  return (
    <li>
      <time dateTime={new Date(event.at / 1000).toISOString()}>
        {formatMoment(event.at, tick.value, zone, shownLanguage())}
      </time>
      <Icon name={icons[event.kind] ?? 'pulse'} />
      {thing ? (
        <a class="plain" href={machineHref(thing.view.id)}>
          {sentence}
        </a>
      ) : (
        <span>{sentence}</span>
      )}
    </li>
  )
}
