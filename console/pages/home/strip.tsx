import { formatBytes, formatNumber, formatShare } from '../../lib/format.ts'
import { plant, readingsPerSecond } from '../../lib/instance.ts'
import { words } from '../../lib/words.ts'
import { Figure } from '../../parts/figure.tsx'

/** The plant at a glance: figures the instance really has. */
export function Strip() {
  const t = words('home')
  const system = plant.system.value
  if (!system) return null
  const { historian } = system
  const line = lineFigures()
  const [free, freeUnit] = formatBytes(historian.freeBytes)
  const [used, usedUnit] = formatBytes(historian.journalBytes + historian.partBytes)
  const rate = readingsPerSecond.value
  return (
    <section class="card" aria-label={t.glance}>
      <div class="strip">
        <Figure
          label={t.answering}
          value={String(line.answering)}
          unit={t.of(line.connected)}
          note={line.answering === line.connected ? t.allAnswer : t.doNotAnswer(line.connected - line.answering)}
        />
        <Figure
          label={t.valuesPerSecond}
          value={rate === undefined ? '—' : formatNumber(rate, rate < 10 ? 1 : 0)}
          unit="/s"
          note={t.tags(formatNumber(historian.tags, 0))}
        />
        <Figure
          label={t.storedWithin}
          value={formatNumber(historian.acknowledgeMs.p99, historian.acknowledgeMs.p99 < 10 ? 1 : 0)}
          unit="ms"
          note={t.storedNote}
        />
        <Figure
          label={t.lineErrors}
          value={line.requests === 0 ? '—' : formatShare(line.errors / line.requests).replace(' %', '')}
          {...(line.requests > 0 && { unit: '%' })}
          note={t.ofRequests(formatNumber(line.errors, 0), formatNumber(line.requests, 0))}
        />
        <Figure
          label={historian.accepting ? t.diskFree : t.diskRefuses}
          value={free}
          unit={freeUnit}
          note={t.diskUsed(`${used} ${usedUnit}`)}
        />
      </div>
    </section>
  )
}

/** Sums over all connections. Counters travel with changes of state and with each load. */
function lineFigures() {
  const figures = { connected: 0, answering: 0, requests: 0, errors: 0 }
  for (const { status } of plant.things.value ?? []) {
    const { value } = status
    if (!value || value.state === 'stopped') continue
    figures.connected++
    if (value.state === 'answering' || value.state === 'partly') figures.answering++
    figures.requests += value.counters.requests
    figures.errors += value.counters.timeouts + value.counters.deviceErrors + value.counters.discarded
  }
  return figures
}
