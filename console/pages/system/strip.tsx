import { formatBytes, formatNumber, formatShare } from '../../lib/format.ts'
import { plant, readingsPerSecond } from '../../lib/instance.ts'
import { words } from '../../lib/words.ts'
import { Figure } from '../../parts/figure.tsx'
import { keptRows } from './kept.ts'

/** Storage in five figures. */
export function SystemStrip() {
  const t = words('system')
  const { historian } = plant.system.value!
  const { storage } = historian
  const bytes = historian.journalBytes + historian.partBytes
  const rows = keptRows()
  const [used, usedUnit] = formatBytes(bytes)
  const [free, freeUnit] = formatBytes(historian.freeBytes)
  const rate = readingsPerSecond.value
  const each = (storage.days.bytes + storage.minutes.bytes + storage.hours.bytes) / storage.days.rows
  const share = bytes / (bytes + historian.freeBytes)
  return (
    <section class="card" aria-label={t.glance}>
      <div class="strip">
        <Figure
          label={t.kept}
          value={formatNumber(rows, 0)}
          note={storage.days.rows > 0 ? t.perReading(formatNumber(each, 1)) : ''}
        />
        <Figure label={t.used} value={used} unit={usedUnit} note={t.usedNote} />
        <Figure
          label={t.rate}
          value={rate === undefined ? '—' : formatNumber(rate, rate < 10 ? 1 : 0)}
          unit="/s"
          note={t.rateNote(formatNumber(historian.tags, 0))}
        />
        <Figure
          label={t.onDisk}
          value={formatNumber(historian.acknowledgeMs.p99, historian.acknowledgeMs.p99 < 10 ? 1 : 0)}
          unit="ms"
          note={t.onDiskNote}
        />
        <Figure label={t.free} value={free} unit={freeUnit} note={t.freeNote(formatShare(share))} />
      </div>
    </section>
  )
}
