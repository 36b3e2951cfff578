import { tick } from '../lib/clock.ts'
import type { LastReading, QualityName, Value } from '../lib/contract.ts'
import { formatValue } from '../lib/format.ts'
import { liveState, plant } from '../lib/instance.ts'
import type { LiveProperty } from '../lib/plant.ts'
import { bandExpected, qualityAt, sideOf } from '../lib/trouble.ts'
import { unitSymbol } from '../lib/units.ts'
import { words } from '../lib/words.ts'

/** What a property shows now: the value, or the last good one where the present one is none. */
export interface Shown {
  readonly reading: LastReading | undefined
  readonly value: Value | undefined
  readonly quality: QualityName
  /** Not to be trusted as present: drawn thin, underlined with dashes. */
  readonly doubt: boolean
  readonly time: number | undefined
  readonly side: 'above' | 'below' | undefined
}

/** Reads the signals of a property: a component that calls it follows its readings. */
export function shown(property: LiveProperty): Shown {
  const reading = property.last.value
  if (!reading) return { reading, value: undefined, quality: 'null', doubt: true, time: undefined, side: undefined }
  const quality = qualityAt(reading, property.definition.everyMs, tick.value)
  const isLast = reading.value === null && reading.lastGood !== undefined && quality !== 'null'
  const value = isLast ? reading.lastGood!.value : reading.value
  const trusted = quality === 'good' || quality === 'substituted'
  const machine = plant.find(property.thing)?.machine.value
  const judged = trusted && (machine === undefined || bandExpected(machine))
  return {
    reading,
    value,
    quality,
    doubt: !trusted || liveState.value.kind === 'lost',
    time: isLast ? reading.lastGood!.time : reading.time,
    side: judged ? sideOf(value, property.definition.normal) : undefined,
  }
}

/** Number and unit; never bare: callers put the band bar, quality and age beside it. */
export function ValueText({ property, now }: { property: LiveProperty; now: Shown }) {
  const text = formatValue(now.value, property.definition, words('common'))
  const unit = now.value === null || now.value === undefined ? '' : unitSymbol(property.definition.unit)
  const isText = property.definition.type === 'string'
  return (
    <span class={`val${now.doubt ? ' doubt' : ''}${isText ? ' text' : ''}`}>
      {text}
      {unit !== '' && <span class="unit">{unit}</span>}
    </span>
  )
}

/**
 * Where a value lies: track = range, block = normal band, tick = now. Without a range the track is the band and as much
 * on either side; without both there is no bar.
 */
export function BandBar({ property, now }: { property: LiveProperty; now: Shown }) {
  const { normal } = property.definition
  const track = trackOf(property)
  if (!track) return null
  const share = (x: number) => Math.min(100, Math.max(0, ((x - track.min) / (track.max - track.min)) * 100))
  return (
    <div class="bb" aria-hidden="true">
      {normal && (
        <span
          class="ok"
          style={{ left: `${share(normal.min)}%`, width: `${share(normal.max) - share(normal.min)}%` }}
        />
      )}
      {typeof now.value === 'number' && (
        <span class={`at${now.doubt ? ' doubt' : ''}`} style={{ left: `${share(now.value)}%` }} />
      )}
    </div>
  )
}

function trackOf({ definition: { range, normal } }: LiveProperty): { min: number; max: number } | undefined {
  if (range || !normal) return range
  const width = normal.max - normal.min
  return { min: normal.min - width, max: normal.max + width }
}
