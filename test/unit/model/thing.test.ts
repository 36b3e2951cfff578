import { describe, expect, it } from 'vitest'
import { thingDefinition } from '#model'

const minimal = { id: 'pump-1', properties: [{ name: 'flow', type: 'number' }] }

describe('thingDefinition', () => {
  it('takes a title as a string or in two languages', () => {
    expect(thingDefinition.parse({ ...minimal, title: 'Pump 1' }).title).toEqual({ en: 'Pump 1' })
    expect(thingDefinition.parse({ ...minimal, title: { en: 'Pump 1', zh: '1 号水泵' } }).title).toEqual({
      en: 'Pump 1',
      zh: '1 号水泵',
    })
  })

  it('is not writable unless a rule says so', () => {
    expect(thingDefinition.parse(minimal).properties[0]?.write).toBeUndefined()
  })

  it.each([
    ['an id with a slash', { ...minimal, id: 'a/b' }],
    ['an id that begins with a dot', { ...minimal, id: '.hidden' }],
    ['a property twice', { ...minimal, properties: [minimal.properties[0], minimal.properties[0]] }],
    ['a unit nobody knows', { ...minimal, properties: [{ name: 'x', type: 'number', unit: 'bananas' }] }],
    ['a band upside down', { ...minimal, properties: [{ name: 'x', type: 'number', normal: { min: 2, max: 1 } }] }],
    ['a key nobody knows', { ...minimal, colour: 'red' }],
    ['an interval of zero', { ...minimal, properties: [{ name: 'x', type: 'number', everyMs: 0 }] }],
  ])('refuses %s', (_, wrong) => {
    expect(thingDefinition.safeParse(wrong).success).toBe(false)
  })

  it('takes ids and names in any script', () => {
    expect(
      thingDefinition.safeParse({ id: '空压机-1', properties: [{ name: '压力', type: 'number', unit: 'bar' }] })
        .success,
    ).toBe(true)
  })
})
