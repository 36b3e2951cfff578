import { describe, expect, it } from 'vitest'
import { retentionOf, retentionSettings } from '../../../src/instance/settings/retention.ts'

describe('settings of retention', () => {
  it('keep readings 90 days, minutes 2 years and hours for ever where nothing is said', () => {
    expect(retentionOf(retentionSettings.parse({}))).toEqual({
      rawDays: 90,
      minuteDays: 730,
      hourDays: undefined,
      classes: [],
    })
  })

  it('give a class what it does not say itself from the rest', () => {
    const settings = retentionSettings.parse({ raw: '6mo', classes: [{ match: 'kiln-*/temperature', hour: '12w' }] })
    expect(retentionOf(settings).classes).toEqual([
      { match: 'kiln-*/temperature', rawDays: 180, minuteDays: 730, hourDays: 84 },
    ])
  })

  it.each(['90', 'd', '0d', '-1d', '1.5y', 'never', '90 d', '', '90000000d'])('refuse %j', (raw) => {
    expect(retentionSettings.safeParse({ raw }).success).toBe(false)
  })
})
