import { useEffect, useState } from 'preact/hooks'
import { api } from '../../lib/api.ts'
import { tick } from '../../lib/clock.ts'
import type { CommandView } from '../../lib/contract.ts'
import { formatMoment, formatValueWithUnit } from '../../lib/format.ts'
import { plant } from '../../lib/instance.ts'
import type { LiveThing } from '../../lib/plant.ts'
import { shownLanguage, words } from '../../lib/words.ts'
import { Card } from '../../parts/card.tsx'
import { Icon } from '../../parts/icons.tsx'
import { titleOf } from '../../parts/trouble-text.ts'
import { outcomeIcons } from './outcome.tsx'

const shownAtMost = 5

/** The last writes to this machine, by whom, and what became of them. */
export function Commands({ thing }: { thing: LiveThing }) {
  const t = words('machine')
  const commands = useCommands(thing.view.id)
  const writable = thing.properties.some(({ definition }) => definition.write)
  if (!commands || (commands.length === 0 && !writable)) return null
  return (
    <Card id="commands" title={t.lastCommands}>
      <div class="body">
        {commands.length === 0 && <p class="s quiet">{t.noCommands}</p>}
        <ul class="steps s">
          {commands.map((command) => (
            <CommandLine key={command.id} thing={thing} command={command} />
          ))}
        </ul>
      </div>
    </Card>
  )
}

function useCommands(id: string): readonly CommandView[] | undefined {
  const [commands, setCommands] = useState<readonly CommandView[]>()
  const newest = plant.command.value
  const news = newest?.thing === id ? newest.id : undefined
  useEffect(() => {
    // Without the list the card stays away; the write form shows its own outcome.
    api.commands(id, shownAtMost).then(
      (page) => setCommands(page.commands),
      () => {},
    )
  }, [id, news])
  return commands
}

function CommandLine({ thing, command }: { thing: LiveThing; command: CommandView }) {
  const t = words('machine')
  const common = words('common')
  const zone = plant.system.value?.zone ?? 'UTC'
  const property = thing.properties.find(({ definition }) => definition.name === command.property)?.definition
  const text = (value: CommandView['value']) =>
    property ? formatValueWithUnit(value, property, common) : String(value ?? '—')
  const change =
    command.previous === undefined ? text(command.value) : `${text(command.previous)} → ${text(command.value)}`
  return (
    <li>
      <Icon name={outcomeIcons[command.outcome]} />
      <div class="grow">
        {property ? titleOf(property) : command.property} <span class="num">{change}</span>
        <div class="xs quiet">
          {t.outcomeWords[command.outcome]} · {command.principal} ·{' '}
          {formatMoment(command.requestedAt, tick.value, zone, shownLanguage())}
        </div>
      </div>
    </li>
  )
}
