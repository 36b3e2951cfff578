import type { ImportPage, SystemView } from '#instance'
import type { Io } from '../io.ts'
import { amount } from '../progress-bar.ts'
import { table } from '../table.ts'
import { shownTime, shownUnit } from '../values.ts'

const problemsShown = 10

/** What an import came to. `startedMs`: when this command began. */
export function tellImport(io: Io, view: ImportPage, wasInterrupted: boolean, startedMs: number): void {
  const { name, state, offset, bytes, error } = view
  io.out(`${name}: ${counts(view)}\n`)
  tellProblems(io, view)
  if (state === 'done' && view.finishedAt !== undefined && view.finishedAt / 1000 < startedMs)
    io.err(`It was imported before, at ${shownTime(view.finishedAt)}; --again stores it once more.\n`)
  if (state === 'paused')
    io.err(
      `Paused at line ${view.line}: ${error?.message ?? ''}\nThe same command with a greater --max-rejects goes on from there.\n`,
    )
  else if (state === 'failed') io.err(`Stopped: ${error?.message ?? ''}\n`)
  else if (state === 'running' && wasInterrupted)
    io.err(`Stopped at ${amount(offset, 'bytes')} of ${amount(bytes, 'bytes')}. The same command goes on from there.\n`)
}

/** What an import would do. */
export function tellPlan(io: Io, view: ImportPage, onlyHead: boolean): void {
  const { plan, name, error } = view
  if (plan) {
    const kind = plan.layout === 'wide' ? 'a column for each property' : 'a row for each reading'
    io.out(`${name}: ${kind}${textFacts(plan)}\n`)
    io.out(
      `times as ${plan.timeFormat}, ${plan.zone} where they say no zone${plan.newestFirst ? ', newest first' : ''}\n\n`,
    )
    io.out(table(['column', 'becomes', 'type', 'unit'], plan.columns.map(columnRow)))
    io.out('\n')
    if (view.series && view.series.length > 0) io.out(`${seriesTable(view)}\n`)
  }
  io.out(
    `${onlyHead && view.offset < view.bytes ? `The first ${amount(view.offset, 'bytes')}` : 'All of it'}: ${counts(view)}\n`,
  )
  tellProblems(io, view)
  if (error) io.err(`${error.message}\n`)
  io.out('Nothing was stored.\n')
}

/** What the rows of a long table are readings of. */
function seriesTable({ series = [], seriesCount = 0 }: ImportPage): string {
  const rows = series.map(({ thing, property, type = '', unit, refusal }) => [
    `${thing}/${property}`,
    refusal ?? type,
    unit ?? '',
  ])
  const others = seriesCount > series.length ? `and ${seriesCount - series.length} more\n` : ''
  return table(['readings of', 'type', 'unit'], rows) + others
}

type Plan = NonNullable<ImportPage['plan']>

const dayUs = 86_400e6

/** Readings that are older than what is kept go in the night: who brings in old ones has to know. */
export function tellRetention(io: Io, { from }: ImportPage, { historian, now }: SystemView): void {
  const { rawDays } = historian.storage.retention
  if (rawDays === undefined || from === undefined || from >= now - rawDays * dayUs) return
  io.err(
    `Some are older than ${rawDays} days, which is how long readings are kept: they go in the night, minutes and hours of them stay. ` +
      `To keep them, set historian.retention in interwork.yaml first.\n`,
  )
}

/** What only texts have to be told of. */
function textFacts({ encoding, delimiter, decimal = '', thousands = '' }: Plan): string {
  if (encoding === undefined || delimiter === undefined) return ''
  const groups = thousands === '' ? '' : `, thousands "${thousands}"`
  return `; ${encoding}, cells apart by ${signName(delimiter)}, decimal "${decimal}"${groups}`
}

type Column = NonNullable<ImportPage['plan']>['columns'][number]

const columnRow = ({ header, role, thing, property, type, unit, storedAs }: Column): string[] => [
  header,
  role === 'reading' ? `${thing ?? ''}/${property ?? ''}` : `(${role})`,
  role === 'reading' ? (type ?? 'by its first value') : '',
  storedAs === undefined ? shownUnit(unit) : `${shownUnit(unit)} → ${shownUnit(storedAs)}`,
]

function counts({ rows, readings, rejected, from, to }: ImportPage): string {
  const span = from === undefined || to === undefined ? '' : `, ${shownTime(from)} to ${shownTime(to)}`
  const bad = rejected === 0 ? '' : `, ${amount(rejected, 'rows')} not taken`
  return `${amount(rows, 'rows')}, ${amount(readings, 'readings')}${bad}${span}`
}

function tellProblems(io: Io, { problems }: ImportPage): void {
  for (const { column, count, lines, message } of problems.slice(0, problemsShown)) {
    const where = column === undefined ? '' : ` in column "${column}"`
    io.out(
      `  ${amount(count, 'rows')} bad${where}, line ${lines.join(', ')}${count > lines.length ? ' …' : ''}: ${message}\n`,
    )
  }
}

const signName = (sign: string): string => (sign === '\t' ? 'tabs' : `"${sign}"`)
