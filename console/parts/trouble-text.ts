import { tick } from '../lib/clock.ts'
import { formatAge, formatBounds, formatClock, formatSpan, formatValueWithUnit, localText } from '../lib/format.ts'
import { plant } from '../lib/instance.ts'
import type { Trouble } from '../lib/trouble.ts'
import { shownLanguage, words } from '../lib/words.ts'

type Named = { readonly name: string; readonly title?: Parameters<typeof localText>[0] }

/** What people call a property. */
export const titleOf = (property: Named): string => localText(property.title, shownLanguage()) || property.name

/** What is wrong, with its values, and whether the value can be trusted: one or two sentences. */
export function troubleText(trouble: Trouble): string {
  const t = words('common')
  const age = formatAge(tick.value - trouble.since)
  switch (trouble.kind) {
    case 'no-answer': {
      const { address, tries, nextTryAt } = trouble.status
      const waitUs = nextTryAt === undefined ? undefined : nextTryAt - tick.value
      const next = waitUs === undefined ? '' : waitUs > 0 ? t.nextTry(formatSpan(Math.ceil(waitUs / 1e6))) : t.tryingNow
      return t.sentences(t.noAnswerOn(address), tries ? t.tried(tries) : '', next)
    }
    case 'outside': {
      const { property, side, value } = trouble
      const band = formatBounds(property.normal!.min, property.normal!.max, property.decimals)
      return t.outsideText(titleOf(property), formatValueWithUnit(value, property, t), side, band, age)
    }
    case 'quality': {
      const { property, reading } = trouble
      const value = formatValueWithUnit(reading.value ?? reading.lastGood?.value, property, t)
      const { range } = property
      const bounds = range ? formatBounds(range.min, range.max, property.decimals) : ''
      return t.qualityText[trouble.quality](titleOf(property), { value, age, bounds })
    }
  }
}

/** `since 10:31`, by the clock of the site. */
export const sinceText = (sinceUs: number): string =>
  words('common').since(formatClock(sinceUs, plant.system.value?.zone ?? 'UTC'))
