import { z } from 'zod'
import type { HistorianOptions } from '#historian'

const daysOf = { d: 1, w: 7, mo: 30, y: 365 } as const
const pattern = /^(\d{1,5})(d|w|mo|y)$/

/** How long something is kept: `90d`, `12w`, `6mo` (of 30 days), `2y` (of 365) or `forever`. */
const period = z
  .string()
  .refine((text) => text === 'forever' || (pattern.test(text) && Number.parseInt(text, 10) > 0), {
    error: 'not a time as 90d, 12w, 6mo, 2y or forever',
  })

export const retentionSettings = z.strictObject({
  raw: period.default('90d').describe('readings themselves: 90d, 12w, 6mo, 2y or forever'),
  minute: period.default('2y').describe('rollups by the minute'),
  hour: period.default('forever').describe('rollups by the hour'),
  classes: z
    .array(
      z.strictObject({
        match: z.string().min(1).max(200).describe('thing/property, where * is anything and ? one character'),
        raw: period.optional().describe('as above, where it differs'),
        minute: period.optional(),
        hour: period.optional(),
      }),
    )
    .max(100)
    .default([])
    .describe('other times for some properties: the first that matches counts'),
})

/** The policy of the historian for these settings. */
export function retentionOf({
  raw,
  minute,
  hour,
  classes,
}: z.output<typeof retentionSettings>): NonNullable<HistorianOptions['retention']> {
  const days = (own: { raw?: string | undefined; minute?: string | undefined; hour?: string | undefined }) => ({
    rawDays: daysIn(own.raw ?? raw),
    minuteDays: daysIn(own.minute ?? minute),
    hourDays: daysIn(own.hour ?? hour),
  })
  return { ...days({}), classes: classes.map(({ match, ...own }) => ({ match, ...days(own) })) }
}

function daysIn(text: string): number | undefined {
  const [, number, unit] = pattern.exec(text) ?? []
  return number === undefined ? undefined : Number(number) * daysOf[unit as keyof typeof daysOf]
}
