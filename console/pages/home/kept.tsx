import { tick } from '../../lib/clock.ts'
import { formatBytes, formatMoment, formatNumber } from '../../lib/format.ts'
import { plant } from '../../lib/instance.ts'
import { shownLanguage, words } from '../../lib/words.ts'
import { Card } from '../../parts/card.tsx'

const size = (bytes: number): string => formatBytes(bytes).join(' ')

/** What this instance keeps, and what it found when it started: durability one can look at. */
export function Kept() {
  const t = words('home')
  const system = plant.system.value
  if (!system) return null
  const { historian: kept, memory, startedAt, zone, version } = system
  const { recovery } = kept
  return (
    <Card id="kept" title={t.kept} footer={<span>{t.version(version, system.node)}</span>}>
      <div class="body">
        <dl class="kv">
          <dt>{t.running}</dt>
          <dd class="num">{formatMoment(startedAt, tick.value, zone, shownLanguage())}</dd>
          <dt>{t.readings}</dt>
          <dd class="num">{formatNumber(kept.readings, 0)}</dd>
          <dt>{t.onDisk}</dt>
          <dd class="num">{t.journalAndParts(size(kept.journalBytes), size(kept.partBytes))}</dd>
          <dt>{t.recovered}</dt>
          <dd class="num">{t.recovery(formatNumber(recovery.rows, 0), size(recovery.tornBytes))}</dd>
          {recovery.setAside.length > 0 && (
            <>
              <dt>{t.setAside}</dt>
              <dd class="num">{recovery.setAside.length}</dd>
            </>
          )}
          <dt>{t.memory}</dt>
          <dd class="num">{size(memory.rssBytes)}</dd>
        </dl>
      </div>
    </Card>
  )
}
