import { instanceNow } from '../lib/clock.ts'
import { isLive, view } from '../lib/explore/view.ts'
import type { Span } from '../lib/explore/zoom.ts'
import { formatSpanBetween } from '../lib/format.ts'
import { plant } from '../lib/instance.ts'
import { shownLanguage } from '../lib/words.ts'

/** A stretch of time in words, in the zone of the site. */
export const spanText = ({ from, to }: Span): string =>
  formatSpanBetween(from, to, instanceNow(), siteZone(), shownLanguage())

export const siteZone = (): string => plant.system.value?.zone ?? 'UTC'

/** The range on the screen in words. */
export function periodText(): string {
  const { from, to } = view.value
  return spanText({ from, to: isLive.value ? Math.min(to, instanceNow()) : to })
}
