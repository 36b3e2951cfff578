import type { CommandView } from '../../lib/contract.ts'
import { formatClock, formatValueWithUnit } from '../../lib/format.ts'
import { plant } from '../../lib/instance.ts'
import type { LiveProperty } from '../../lib/plant.ts'
import { words } from '../../lib/words.ts'
import { Icon, type IconName } from '../../parts/icons.tsx'

export const outcomeIcons: Readonly<Record<CommandView['outcome'], IconName>> = {
  pending: 'clock',
  done: 'check',
  refused: 'cross',
  failed: 'cross',
  unknown: 'question',
}

/** What became of a write: done, refused, failed, or not known. An outcome nobody knows is called just that. */
export function OutcomeNote({ command, property }: { command: CommandView; property: LiveProperty }) {
  const t = words('machine')
  const common = words('common')
  const text = (value: CommandView['value'] | undefined) => formatValueWithUnit(value, property.definition, common)
  const zone = plant.system.value?.zone ?? 'UTC'
  const at = formatClock(command.finishedAt ?? command.requestedAt, zone, true)
  const remedy = command.code === undefined ? '' : (common.problems[command.code] ?? '')
  return (
    <div class="note outcome">
      <span class="mk" aria-hidden="true">
        <Icon name={outcomeIcons[command.outcome]} />
      </span>
      <div>
        <h3>{t.outcomes[command.outcome]}</h3>
        <p>
          {command.outcome === 'done'
            ? t.readBack(text(command.readBack ?? command.value), at)
            : `${command.message ?? ''} ${remedy}`.trim()}
        </p>
        {command.code && <code>{command.code}</code>}
      </div>
    </div>
  )
}
