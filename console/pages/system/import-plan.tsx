import type { ImportPage } from '../../lib/contract.ts'
import { formatNumber } from '../../lib/format.ts'
import { plant } from '../../lib/instance.ts'
import { unitSymbol } from '../../lib/units.ts'
import { words } from '../../lib/words.ts'
import { type Column, Table } from '../../parts/table.tsx'

type PlanColumn = NonNullable<ImportPage['plan']>['columns'][number]
const problemsShown = 5
const dayUs = 86_400e6

/** What a file would become: its columns, and what is wrong in the first of its rows. */
export function ImportPlan({ view }: { view: ImportPage }) {
  const t = words('system')
  const { plan, rows, rejected, problems } = view
  return (
    <>
      <p class="s">
        {t.importTried(formatNumber(rows, 0), formatNumber(rejected, 0))}
        {plan && ` ${t.importTimes(plan.timeFormat, plan.zone)}`}
      </p>
      {plan && (
        <Table
          label={t.importColumns}
          columns={columns()}
          rows={plan.columns}
          keyOf={({ header }) => header}
          empty=""
        />
      )}
      {isOld(view) && <p class="s">{t.importOld(plant.system.value?.historian.storage.retention.rawDays ?? 0)}</p>}
      {problems.slice(0, problemsShown).map(({ reason, column = '', count, lines, message }) => (
        <p class="xs" key={`${reason} ${column}`}>
          {t.importProblem(formatNumber(count, 0), lines.join(', '))} {message}
        </p>
      ))}
    </>
  )
}

/** Whether retention will take some of it. */
function isOld({ from }: ImportPage): boolean {
  const system = plant.system.value
  const days = system?.historian.storage.retention.rawDays
  return system !== undefined && days !== undefined && from !== undefined && from < system.now - days * dayUs
}

function columns(): readonly Column<PlanColumn>[] {
  const t = words('system')
  return [
    { key: 'header', title: t.importColumn, cell: ({ header }) => header },
    {
      key: 'becomes',
      title: t.importBecomes,
      cell: ({ role, thing, property }) => (role === 'reading' ? `${thing}/${property}` : t.importRoles[role]),
    },
    { key: 'unit', title: t.importUnit, minor: true, cell: ({ unit }) => unitSymbol(unit) },
  ]
}
