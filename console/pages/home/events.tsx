import { tick } from '../../lib/clock.ts'
import type { PlantEventView } from '../../lib/contract.ts'
import { formatMoment, localText } from '../../lib/format.ts'
import { plant } from '../../lib/instance.ts'
import { machineHref } from '../../lib/router.ts'
import { shownLanguage, words } from '../../lib/words.ts'
import { Card } from '../../parts/card.tsx'
import { Icon, type IconName } from '../../parts/icons.tsx'

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

function EventLine({ event }: { event: PlantEventView }) {
  const t = words('home')
  const zone = plant.system.value?.zone ?? 'UTC'
  const thing = event.thing === undefined ? undefined : plant.find(event.thing)
  const name = localText(thing?.view.title, shownLanguage()) || event.thing || ''
  const sentence = (t.events[event.kind] ?? t.otherEvent)(name, event.detail)
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
