import { computed } from '@preact/signals'
import { instanceNow, tick } from './clock.ts'
import { place, setQuery } from './router.ts'
import {
  boundsAt,
  nearestPreset,
  panRange,
  parseRange,
  rangePresets,
  rangeQuery,
  spanOf,
  type TimeRange,
} from './time-range.ts'

/** The range of the present address; its identity changes only with the address. */
export const range = computed(() => parseRange(place.value.query.get('from'), place.value.query.get('to')))

/**
 * An instance that has just begun has nothing to show over an hour: the shortest range then, said in the address like any
 * other, unless the address says one already.
 */
export function beginShort(): void {
  if (!place.peek().query.has('from')) setQuery({ from: rangePresets[0].key })
}

/** Beginning and end of the present range, moving once a second while live. */
export const bounds = computed(() => (range.value.live ? boundsAt(range.value, tick.value) : boundsAt(range.value, 0)))

export const setRange = (r: TimeRange): void => setQuery(rangeQuery(r), { replace: false })

export const pan = (widths: number): void => setRange(panRange(range.value, widths, instanceNow()))
export const goLive = (): void => setRange({ live: true, spanUs: nearestPreset(spanOf(range.value)) })
