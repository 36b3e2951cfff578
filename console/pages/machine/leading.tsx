import { formatBounds } from '../../lib/format.ts'
import type { LiveProperty, LiveThing } from '../../lib/plant.ts'
import { words } from '../../lib/words.ts'
import { Age } from '../../parts/age.tsx'
import { SideMark } from '../../parts/glyphs.tsx'
import { QualityMark } from '../../parts/quality.tsx'
import { titleOf } from '../../parts/trouble-text.ts'
import { BandBar, shown, ValueText } from '../../parts/value.tsx'

const shownAtMost = 6

/** The values that matter most, now: the leading ones, else the first numbers. */
export function Leading({ thing }: { thing: LiveThing }) {
  const t = words('machine')
  const leading = leadingProperties(thing)
  if (leading.length === 0) return null
  return (
    <section class="card" aria-label={t.valuesNow}>
      <div class="strip">
        {leading.map((property) => (
          <Figure key={property.definition.tag} property={property} />
        ))}
      </div>
    </section>
  )
}

export function leadingProperties({ properties }: LiveThing): readonly LiveProperty[] {
  const leading = properties.filter(({ definition }) => definition.leading)
  const numbers = properties.filter(({ definition }) => definition.type !== 'string' && !definition.leading)
  const others = leading.length >= 4 ? [] : numbers.slice(0, 4 - leading.length)
  return [...leading, ...others].slice(0, shownAtMost)
}

function Figure({ property }: { property: LiveProperty }) {
  const now = shown(property)
  const { normal, decimals } = property.definition
  return (
    <div>
      <div class="lab">
        <span>{titleOf(property.definition)}</span>
        {now.side && <SideMark side={now.side} />}
      </div>
      <ValueText property={property} now={now} />
      <BandBar property={property} now={now} />
      <div class="sub">
        {now.reading && now.quality !== 'good' ? (
          <QualityMark quality={now.quality} />
        ) : (
          <span class="num">{normal ? formatBounds(normal.min, normal.max, decimals) : ''}</span>
        )}
        <Age time={now.time} />
      </div>
    </div>
  )
}
