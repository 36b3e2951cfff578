import { useState } from 'preact/hooks'
import { api, asProblem } from '../../lib/api.ts'
import { tick } from '../../lib/clock.ts'
import type { Problem, StorageView } from '../../lib/contract.ts'
import { formatBytes, formatDate, formatNumber, formatSpan } from '../../lib/format.ts'
import { plant } from '../../lib/instance.ts'
import { shownLanguage, words } from '../../lib/words.ts'
import { Card } from '../../parts/card.tsx'
import { ErrorNote } from '../../parts/error.tsx'
import { Bar } from '../../parts/progress.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { lookNow, newestOf } from './work.ts'

interface Row {
  readonly kind: 'journal' | 'level0' | 'days' | 'minutes' | 'hours'
  readonly files: number | undefined
  readonly rows: number
  readonly bytes: number
  readonly kept: string
}

/** What is kept in which form and for how long; merging, and a button for those who do not want to wait. */
export function Storage() {
  const t = words('system')
  const [problem, setProblem] = useState<Problem>()
  const { historian, zone } = plant.system.value!
  const { storage } = historian
  const merge = async () => {
    setProblem(undefined)
    await api.merge().then(lookNow, (error: unknown) => setProblem(asProblem(error)))
  }
  const busy = storage.merging !== undefined || newestOf('merge')?.state === 'running'
  return (
    <Card
      id="storage"
      title={t.storage}
      actions={
        <button type="button" class="btn small end" disabled={busy} onClick={() => void merge()}>
          {t.mergeNow}
        </button>
      }
      footer={
        <>
          <span>{spanOf(storage, zone)}</span>
          <span>
            {t.openFolder} {t.retentionNote}
          </span>
        </>
      }
    >
      {storage.merging && (
        <div class="body">
          <Bar
            label={t.merging(storage.merging.what)}
            done={storage.merging.doneRows}
            total={storage.merging.rows}
            text={t.ofTotal(formatNumber(storage.merging.doneRows, 0), formatNumber(storage.merging.rows, 0))}
          />
        </div>
      )}
      {storage.mergeFailure && <ErrorNote title={t.mergeFailed} problem={storage.mergeFailure} />}
      {problem && <ErrorNote title={t.notDone} problem={problem} />}
      <Table label={t.storageTable} columns={columns()} rows={rowsOf()} keyOf={({ kind }) => kind} empty="" />
      <p class="body s soft">{mergedText(storage)}</p>
    </Card>
  )
}

function columns(): readonly Column<Row>[] {
  const t = words('system')
  return [
    { key: 'kind', title: t.kind, cell: ({ kind }) => t.kinds[kind] },
    { key: 'rows', title: t.rows, numeric: true, cell: ({ rows }) => formatNumber(rows, 0) },
    { key: 'size', title: t.size, numeric: true, cell: ({ bytes }) => formatBytes(bytes).join(' ') },
    {
      key: 'each',
      title: t.each,
      numeric: true,
      minor: true,
      cell: ({ rows, bytes }) => (rows > 0 ? formatNumber(bytes / rows, 1) : '—'),
    },
    {
      key: 'files',
      title: t.files,
      numeric: true,
      minor: true,
      cell: ({ files }) => (files === undefined ? '—' : formatNumber(files, 0)),
    },
    { key: 'kept', title: t.keptFor, numeric: true, cell: ({ kept }) => kept },
  ]
}

function rowsOf(): readonly Row[] {
  const t = words('system')
  const { storage, journalBytes, headRows } = plant.system.value!.historian
  const { rawDays, minuteDays, hourDays } = storage.retention
  return [
    { kind: 'journal', files: undefined, rows: headRows, bytes: journalBytes, kept: t.untilMerged },
    { kind: 'level0', ...storage.level0, kept: t.untilMerged },
    { kind: 'days', ...storage.days, kept: keptText(rawDays) },
    { kind: 'minutes', ...storage.minutes, kept: keptText(minuteDays) },
    { kind: 'hours', ...storage.hours, kept: keptText(hourDays) },
  ]
}

function keptText(days: number | undefined): string {
  const t = words('system')
  if (days === undefined) return t.forever
  return days % 365 === 0 ? t.years(days / 365) : t.days(days)
}

function spanOf({ oldest, newest }: StorageView, zone: string): string {
  const t = words('system')
  if (oldest === undefined || newest === undefined) return t.noReadings
  const dated = (time: number) => `${formatDate(time, zone, shownLanguage())} ${yearOf(time, zone)}`
  return t.from(dated(oldest), dated(newest))
}

const yearOf = (time: number, zone: string): string =>
  new Intl.DateTimeFormat('en', { timeZone: zone, year: 'numeric' }).format(time / 1000)

function mergedText({ lastMerge, expiredRows }: StorageView): string {
  const t = words('system')
  const merged = lastMerge
    ? t.lastMerge(
        formatSpan(Math.max(0, tick.value - lastMerge.at) / 1e6),
        formatNumber(lastMerge.rows, 0),
        formatNumber(lastMerge.ms / 1000, 1),
      )
    : t.neverMerged
  return expiredRows > 0 ? `${merged} · ${t.expired(formatNumber(expiredRows, 0))}` : merged
}
