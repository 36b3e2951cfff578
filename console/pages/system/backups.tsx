import { useState } from 'preact/hooks'
import { api, asProblem } from '../../lib/api.ts'
import { tick } from '../../lib/clock.ts'
import type { BackupView, Problem } from '../../lib/contract.ts'
import { formatBytes, formatMoment, formatNumber } from '../../lib/format.ts'
import { plant } from '../../lib/instance.ts'
import { shownLanguage, words } from '../../lib/words.ts'
import { Card } from '../../parts/card.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { ErrorNote } from '../../parts/error.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { backups, lookNow, newestOf } from './work.ts'

/** Backups there are, and a button to make one. */
export function Backups() {
  const t = words('system')
  const [removing, setRemoving] = useState<BackupView>()
  const [problem, setProblem] = useState<Problem>()
  const list = backups.value
  const begin = async () => {
    setProblem(undefined)
    await api.backUp().then(lookNow, (error: unknown) => setProblem(asProblem(error)))
  }
  const newest = list?.backups[0]
  return (
    <Card
      id="backups"
      title={t.backups}
      count={list?.backups.length || undefined}
      actions={
        <button
          type="button"
          class="btn small end"
          disabled={newestOf('backup')?.state === 'running'}
          onClick={() => void begin()}
        >
          {t.backUp}
        </button>
      }
      footer={
        newest && (
          <span>
            {t.restoreWith} <code>interwork restore {newest.folder} --data new-folder</code>
          </span>
        )
      }
    >
      {problem && <ErrorNote title={t.notDone} problem={problem} />}
      {list && list.backups.length === 0 && <p class="body s soft">{t.noBackup}</p>}
      {list && list.backups.length > 0 && (
        <Table
          label={t.backupsTable}
          columns={columns(setRemoving)}
          rows={list.backups}
          keyOf={({ id }) => id}
          empty=""
        />
      )}
      {removing && <RemoveDialog backup={removing} onClose={() => setRemoving(undefined)} />}
    </Card>
  )
}

function columns(remove: (backup: BackupView) => void): readonly Column<BackupView>[] {
  const t = words('system')
  const zone = plant.system.value?.zone ?? 'UTC'
  return [
    { key: 'id', title: t.backup, cell: ({ id }) => <span class="mono">{id}</span> },
    {
      key: 'made',
      title: t.made,
      minor: true,
      cell: ({ createdAt, by }) => `${formatMoment(createdAt, tick.value, zone, shownLanguage())}, ${t.by[by]}`,
    },
    { key: 'rows', title: t.kept, numeric: true, cell: ({ rows }) => formatNumber(rows, 0) },
    { key: 'size', title: t.size, numeric: true, cell: ({ bytes }) => formatBytes(bytes).join(' ') },
    {
      key: 'remove',
      title: '',
      numeric: true,
      cell: (backup) => (
        <button type="button" class="link" aria-label={t.removeNamed(backup.id)} onClick={() => remove(backup)}>
          {t.remove}
        </button>
      ),
    },
  ]
}

function RemoveDialog({ backup, onClose }: { backup: BackupView; onClose: () => void }) {
  const t = words('system')
  const common = words('common')
  const [problem, setProblem] = useState<Problem>()
  const remove = async () => {
    try {
      await api.removeBackup(backup.id)
    } catch (error) {
      return setProblem(asProblem(error))
    }
    backups.value = await api.backups().catch(() => undefined)
    onClose()
  }
  return (
    <Dialog title={t.removeTitle(backup.id)} onClose={onClose}>
      <p>{t.removeText}</p>
      {problem && <ErrorNote title={t.notDone} problem={problem} />}
      <div class="row acts">
        <button type="button" class="btn main" onClick={() => void remove()}>
          {t.removeVerb}
        </button>
        <button type="button" class="btn" onClick={onClose}>
          {common.cancel}
        </button>
      </div>
    </Dialog>
  )
}
