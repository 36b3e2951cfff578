import { tick } from '../../lib/clock.ts'
import { formatBytes, formatMoment, formatNumber } from '../../lib/format.ts'
import { plant } from '../../lib/instance.ts'
import { shownLanguage, words } from '../../lib/words.ts'
import { Card } from '../../parts/card.tsx'

const size = (bytes: number): string => formatBytes(bytes).join(' ')

/** The process, and what its start found. */
export function Health() {
  const t = words('system')
  const system = plant.system.value!
  const { memory, eventLoopDelayMs, cpuSeconds, live, startedAt, zone, principal, historian } = system
  const { recovery, storage } = historian
  return (
    <Card
      id="health"
      title={t.health}
      footer={
        <>
          <span>{t.programs}</span>
          <a href="/api/docs">{t.apiDocs}</a>
          <a href="/metrics">{t.metrics}</a>
        </>
      }
    >
      <div class="body">
        <dl class="kv">
          <dt>{t.running}</dt>
          <dd class="num">{formatMoment(startedAt, tick.value, zone, shownLanguage())}</dd>
          <dt>{t.memory}</dt>
          <dd class="num">{size(memory.rssBytes)}</dd>
          <dt>{t.cpu}</dt>
          <dd class="num">{formatNumber(cpuSeconds, 0)} s</dd>
          <dt>{t.loop}</dt>
          <dd class="num">{formatNumber(eventLoopDelayMs.p99, 1)} ms</dd>
          <dt>{t.live}</dt>
          <dd class="num">{formatNumber(live.clients, 0)}</dd>
          <dt>{t.recovered}</dt>
          <dd class="num">{t.recovery(formatNumber(recovery.rows, 0), size(recovery.tornBytes))}</dd>
          <dt>{t.quarantine}</dt>
          <dd>
            {storage.quarantine.length === 0
              ? t.none
              : storage.quarantine.map((name) => <code key={name}>{name} </code>)}
          </dd>
          <dt>{t.zone}</dt>
          <dd>{zone}</dd>
          <dt>{t.access}</dt>
          <dd>{principal.name}</dd>
        </dl>
      </div>
    </Card>
  )
}
