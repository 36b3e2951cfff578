import { useEffect } from 'preact/hooks'
import { formatLength, formatNumber } from '../../lib/format.ts'
import { plant } from '../../lib/instance.ts'
import { words } from '../../lib/words.ts'
import { plantTitle, useTitle } from '../../parts/title.ts'
import { Backups } from './backups.tsx'
import { Export } from './export.tsx'
import { Health } from './health.tsx'
import { Import } from './import.tsx'
import { Jobs } from './jobs.tsx'
import { keptRows } from './kept.ts'
import { Storage } from './storage.tsx'
import { SystemStrip } from './strip.tsx'
import { followJobs } from './work.ts'

/** How the instance is: health in one sentence, what is kept and how long, backups, what goes on. */
export function Page() {
  const t = words('system')
  useTitle(`${t.title} · ${plantTitle()}`)
  useEffect(followJobs, [])
  const system = plant.system.value
  if (!system) return null
  return (
    <>
      <div class="head">
        <div>
          <h1>{sentence()}</h1>
          <p>{t.subtitle(plantTitle(), system.version, system.node)}</p>
        </div>
      </div>
      <SystemStrip />
      <div class="g21">
        <div class="stack">
          <Storage />
          <Backups />
          <Jobs />
        </div>
        <div class="stack">
          <Import />
          <Export />
          <Health />
        </div>
      </div>
    </>
  )
}

/** Is all well, and if not, what? */
function sentence(): string {
  const t = words('system')
  const { accepting, storage } = plant.system.value!.historian
  if (!accepting) return t.refuses
  if (storage.quarantine.length > 0) return t.damaged(storage.quarantine.length)
  if (storage.mergeFailure) return t.mergeFails
  const rows = keptRows()
  if (rows === 0) return t.empty
  const { oldest, newest } = storage
  const span =
    oldest !== undefined && newest !== undefined && newest > oldest ? t.over(formatLength(newest - oldest)) : ''
  return t.well(formatNumber(rows, 0), span)
}
