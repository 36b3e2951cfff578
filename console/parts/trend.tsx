import { useEffect, useRef, useState } from 'preact/hooks'
import { formatClock, formatDate, formatNumber, formatValueWithUnit, type Language } from '../lib/format.ts'
import { useSeries } from '../lib/history.ts'
import { plant } from '../lib/instance.ts'
import { token } from '../lib/palette.ts'
import type { LiveProperty } from '../lib/plant.ts'
import { paletteVersion } from '../lib/preferences.ts'
import { bounds, range, setRange } from '../lib/range.ts'
import { drawable, extentOf, type Series, wholeBuckets } from '../lib/series.ts'
import { spanOf } from '../lib/time-range.ts'
import { unitSymbol } from '../lib/units.ts'
import { shownLanguage, words } from '../lib/words.ts'
import type { createLane, Lane, LaneOptions } from './plot.ts'
import { titleOf } from './trouble-text.ts'

/** As many buckets as a lane has room for pixels' worth of detail; minimum and maximum survive. */
export const trendBuckets = 300
const dayUs = 86_400e6

let plotModule: Promise<{ createLane: typeof createLane }> | undefined
const loadPlot = () => (plotModule ??= import('./plot.ts'))

interface TrendLaneProps {
  readonly property: LiveProperty
  readonly height: number
  readonly withTime: boolean
  readonly onRemove?: (() => void) | undefined
}

/** One lane: the line with its envelope, the normal band behind, a cursor that all lanes share. A sentence says the same. */
export function TrendLane({ property, height, withTime, onRemove }: TrendLaneProps) {
  const t = words('common')
  const { definition } = property
  const series = useSeries(definition.tag, trendBuckets)
  const box = useRef<HTMLDivElement>(null)
  const lane = useLane(box, property, height, withTime)
  const shownRange = bounds.value
  useEffect(() => {
    if (lane && series) lane.update(drawable(series, definition.everyMs), wholeBuckets(series, shownRange))
  })
  return (
    <div class="lane">
      <div
        class="lane-plot"
        ref={box}
        style={{ height: `${height + (withTime ? 24 : 0)}px` }}
        role="img"
        aria-label={sentenceOf(property, series)}
      />
      <span class="tag lane-title">
        <b>{titleOf(definition)}</b> {unitSymbol(definition.unit)}
        {onRemove && (
          <button type="button" class="link" aria-label={t.removeLane(titleOf(definition))} onClick={onRemove}>
            ×
          </button>
        )}
      </span>
    </div>
  )
}

/** Makes the lane once its code is there, and again when colours, size or the kind of axis change. */
function useLane(
  box: { current: HTMLDivElement | null },
  property: LiveProperty,
  height: number,
  withTime: boolean,
): Lane | undefined {
  const [lane, setLane] = useState<Lane>()
  const version = paletteVersion.value
  const language = shownLanguage()
  useEffect(() => {
    let made: Lane | undefined
    let gone = false
    void loadPlot().then(({ createLane: create }) => {
      if (gone || !box.current) return
      made = create(laneOptions(box.current, property, height, withTime, language))
      setLane(made)
    })
    return () => {
      gone = true
      made?.destroy()
      setLane(undefined)
    }
  }, [property.definition.tag, height, withTime, version, language])
  return lane
}

function laneOptions(
  box: HTMLElement,
  { definition }: LiveProperty,
  height: number,
  withTime: boolean,
  language: Language,
): LaneOptions {
  const zone = plant.system.peek()?.zone ?? 'UTC'
  const common = words('common')
  return {
    box,
    height,
    withTime,
    zone,
    band: definition.normal,
    theme: {
      line: token('data'),
      strong: token('ink'),
      grid: token('line'),
      band: token('band-soft'),
      edge: token('band-edge'),
      text: token('ink-3'),
      font: `12px ${token('font')}`,
    },
    formatAxis: formatNumber,
    cursorLabel: (timeUs, value) =>
      `${formatClock(timeUs, zone, true)} · ${value === undefined ? '—' : formatValueWithUnit(value, definition, common)}`,
    axisTime: (timeUs, spanUs) =>
      spanUs > 2 * dayUs ? formatDate(timeUs, zone, language) : formatClock(timeUs, zone, spanUs < 300e6),
    onSelect: (from, to) => to - from >= 10e6 && setRange({ live: false, from, to }),
  }
}

/** What the lane shows, in words. */
function sentenceOf({ definition }: LiveProperty, series: Series | undefined): string {
  const t = words('common')
  const title = titleOf(definition)
  const extent = series && extentOf(series)
  if (!extent) return t.trendEmpty(title)
  const text = (value: number) => formatValueWithUnit(value, definition, t)
  const minutes = Math.round(spanOf(range.value) / 60e6)
  return t.trendSentence(title, t.lastMinutes(minutes), text(extent.min), text(extent.max), text(extent.last))
}
