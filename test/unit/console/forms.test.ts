import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { thingId } from '#model'
import { checkMachine, emptyMachine, machineRequest, suggestId } from '../../../console/lib/add-form.ts'
import { definitionOf } from '../../../console/lib/definition.ts'
import { findIn } from '../../../console/lib/find.ts'
import { rowWindow } from '../../../console/lib/row-window.ts'
import { sharesOf, stretchesOf } from '../../../console/lib/stretches.ts'
import { choicesOf, parseWish } from '../../../console/lib/write-form.ts'

const setpoint = { type: 'number' as const, write: { min: 6, max: 7.5, maxStep: 0.2, maxPerMinute: 6, readBackMs: 0 } }

describe('the form to write a value', () => {
  it('takes a number within its limits, with a point or a comma', () => {
    expect(parseWish(' 7.10 ', setpoint, 7)).toEqual({ ok: true, value: 7.1 })
    expect(parseWish('7,1', setpoint, 7)).toEqual({ ok: true, value: 7.1 })
    expect(parseWish('−2', { type: 'number' }, undefined)).toEqual({ ok: true, value: -2 })
  })

  it('says what is wrong before anything is sent', () => {
    const reasons = ['', 'abc', '5.9', '7.6', '7.3'].map((text) => parseWish(text, setpoint, 7))
    expect(reasons).toEqual(['missing', 'number', 'below', 'above', 'step'].map((reason) => ({ ok: false, reason })))
    expect(parseWish('1.5', { type: 'integer' }, undefined)).toEqual({ ok: false, reason: 'integer' })
  })

  it('permits the largest step exactly, in spite of binary fractions', () => {
    expect(parseWish('7.1', setpoint, 6.9)).toEqual({ ok: true, value: 7.1 })
    expect(parseWish('6.7', setpoint, 6.9)).toEqual({ ok: true, value: 6.7 })
  })

  it('offers a choice where there is nothing to type', () => {
    expect(choicesOf({ type: 'boolean' })).toEqual(['true', 'false'])
    expect(parseWish('false', { type: 'boolean' }, true)).toEqual({ ok: true, value: false })
    expect(choicesOf({ type: 'string', enum: ['a', 'b'], write: { ...setpoint.write, options: ['a'] } })).toEqual(['a'])
    expect(choicesOf(setpoint)).toBeUndefined()
  })
})

describe('the form to add a machine', () => {
  const full = { ...emptyMachine, host: '192.168.4.33', profile: 'interwork/pump', title: 'Pump 4', id: 'pump-4' }

  it('says what is wrong with each field', () => {
    expect(checkMachine(emptyMachine)).toEqual({ host: 'missing', profile: 'missing', id: 'id' })
    expect(checkMachine({ ...full, host: 'http://x', port: '0', unit: '256' })).toEqual({
      host: 'host',
      port: 'port',
      unit: 'unit',
    })
    expect(checkMachine(full)).toEqual({})
  })

  it('suggests an id that the instance takes and nobody has', () => {
    expect(suggestId('Pump 4', '', new Set(['pump-4', 'pump-4-2']))).toBe('pump-4-3')
    expect(suggestId('', 'interwork/pump-1998', new Set())).toBe('pump-1998')
    expect(suggestId('4 号水泵', '', new Set())).toBe('4-号水泵')
    fc.assert(
      fc.property(fc.string({ maxLength: 60, unit: 'grapheme' }), (title) => {
        const id = suggestId(title, '', new Set())
        if (id !== '') expect(thingId.safeParse(id).success, id).toBe(true)
      }),
    )
  })

  it('asks with what was typed and nothing else', () => {
    expect(machineRequest(full)).toEqual({
      profile: 'interwork/pump',
      id: 'pump-4',
      title: 'Pump 4',
      connection: { protocol: 'modbus', transport: 'tcp', host: '192.168.4.33', port: 502, unit: 1 },
    })
  })
})

describe('the definition of a removed machine', () => {
  it('is what made it, without what lived', () => {
    const definition = definitionOf({
      id: 'a',
      title: { en: 'A' },
      origin: 'database',
      version: 3,
      createdAt: 0,
      machine: { state: 'running' },
      connection: { protocol: 'modbus', host: 'x' },
      properties: [{ name: 'p', type: 'number', tag: 7, last: { value: 1, quality: 'good', time: 1, arrivedAt: 1 } }],
    })
    expect(definition).toEqual({
      id: 'a',
      title: { en: 'A' },
      connection: { protocol: 'modbus', host: 'x' },
      properties: [{ name: 'p', type: 'number' }],
    })
  })
})

describe('the search', () => {
  const targets = [
    { title: 'Kiln feeder', where: 'Power', href: '/1' },
    { title: 'Kiln 1', where: 'Kiln', also: ['窑炉'], href: '/2' },
    { title: 'Flow', where: 'Pump 1', href: '/3' },
  ]

  it('wants every word, in the title, the place or another name', () => {
    expect(findIn(targets, 'pump flow').map(({ href }) => href)).toEqual(['/3'])
    expect(findIn(targets, '窑').map(({ href }) => href)).toEqual(['/2'])
    expect(findIn(targets, '  ')).toEqual([])
  })

  it('puts what begins with the word first, else keeps the order', () => {
    expect(findIn(targets, 'kiln').map(({ href }) => href)).toEqual(['/1', '/2'])
    expect(findIn(targets, 'p').map(({ href }) => href)).toEqual(['/1', '/3'])
  })
})

describe('the strip of states', () => {
  const states = { Run: 'running', Off: 'stopped' } as const
  const range = { from: 0, to: 100 }

  it('covers the range, and what nobody knows is unknown', () => {
    const page = { time: [10, 30, 60], value: ['Run', 'Off', null], quality: ['good', 'good', 'comm_error'] as const }
    expect(stretchesOf(page, states, range, 20)).toEqual([
      { from: 0, to: 10, state: 'unknown' },
      { from: 10, to: 30, state: 'running' },
      { from: 30, to: 50, state: 'stopped' },
      { from: 50, to: 100, state: 'unknown' },
    ])
  })

  it('always adds up to the whole range, without a gap or an overlap', () => {
    const readings = fc.array(fc.tuple(fc.integer({ min: 0, max: 99 }), fc.constantFrom('Run', 'Off', 'Jog')))
    fc.assert(
      fc.property(readings, fc.integer({ min: 1, max: 50 }), (given, holdUs) => {
        const ordered = given.toSorted(([a], [b]) => a - b)
        const page = {
          time: ordered.map(([time]) => time),
          value: ordered.map(([, value]) => value),
          quality: ordered.map(() => 'good' as const),
        }
        const stretches = stretchesOf(page, states, range, holdUs)
        expect(stretches[0]?.from).toBe(0)
        expect(stretches.at(-1)?.to).toBe(100)
        for (const [index, { to }] of stretches.entries())
          if (index + 1 < stretches.length) expect(stretches[index + 1]!.from).toBe(to)
        expect(sharesOf(stretches).reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1)
      }),
    )
  })
})

describe('a long table', () => {
  it('draws all rows up to 200, and above only those near the window', () => {
    expect(rowWindow(200, 32, 5000, 600)).toEqual({ first: 0, last: 200, above: 0, below: 0 })
    expect(rowWindow(10_000, 32, 32_000, 640)).toEqual({ first: 980, last: 1040, above: 31_360, below: 286_720 })
  })

  it('is as high as all its rows, wherever it stands', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 50_000 }), fc.integer({ min: 0, max: 2e6 }), (count, top) => {
        const { first, last, above, below } = rowWindow(count, 32, top, 640)
        expect(above + (last - first) * 32 + below).toBe(count * 32)
        expect(last).toBeGreaterThanOrEqual(first)
      }),
    )
  })
})
