import { effect } from '@preact/signals'
import { describe, expect, it } from 'vitest'
import type { LiveMessage, ThingView } from '../../../console/lib/contract.ts'
import { areasOf, leadingOf, shownState, wallPages } from '../../../console/lib/machines.ts'
import { createPlant } from '../../../console/lib/plant.ts'
import { rateOf } from '../../../console/lib/rate.ts'

const counters = {
  requests: 0,
  answers: 0,
  timeouts: 0,
  deviceErrors: 0,
  discarded: 0,
  connects: 0,
  missedPolls: 0,
  readings: 0,
}
const status = (thing: string, state: 'answering' | 'failing' | 'connecting') => ({
  thing,
  protocol: 'modbus',
  address: '127.0.0.1:502',
  state,
  since: 0,
  counters,
  detail: {},
})

const thing = (id: string, firstTag: number, changes: Partial<ThingView> = {}): ThingView => ({
  id,
  title: { en: id },
  origin: 'database',
  version: 1,
  createdAt: 0,
  machine: { state: 'unknown' },
  status: status(id, 'answering'),
  properties: [
    { name: 'level', type: 'number', tag: firstTag, everyMs: 1000 },
    { name: 'mode', type: 'string', tag: firstTag + 1, states: { Run: 'running', Off: 'stopped' } },
  ],
  ...changes,
})

const readings = (...tuples: Extract<LiveMessage, { type: 'readings' }>['readings']): LiveMessage => ({
  type: 'readings',
  at: 1000,
  readings: tuples,
})

function filledPlant() {
  const plant = createPlant()
  plant.load([thing('a', 0), thing('b', 2)])
  return plant
}

describe('the live plant', () => {
  it('gives each reading to its property, once a message', () => {
    const plant = filledPlant()
    const level = plant.find('b')!.properties[0]!.last
    let renders = -1
    effect(() => {
      level.value
      plant.find('a')!.properties[0]!.last.value
      renders++
    })
    plant.apply(readings([2, 10, 5, 'good'], [0, 10, 6, 'good'], [99, 10, 7, 'good']))
    expect(level.value).toEqual({ time: 10, value: 5, quality: 'good', arrivedAt: 1000 })
    expect(renders).toBe(1)
  })

  it('never lets an older reading replace a newer one', () => {
    const plant = filledPlant()
    plant.apply(readings([0, 20, 5, 'good']))
    plant.apply(readings([0, 10, 4, 'good']))
    expect(plant.find('a')!.properties[0]!.last.value?.value).toBe(5)
  })

  it('remembers the last good value while there is none', () => {
    const plant = filledPlant()
    plant.apply(readings([0, 10, 5, 'good']))
    plant.apply(readings([0, 20, null, 'comm_error']))
    plant.apply(readings([0, 30, null, 'comm_error']))
    const { last } = plant.find('a')!.properties[0]!
    expect(last.value).toMatchObject({ value: null, quality: 'comm_error', lastGood: { value: 5, time: 10 } })
    plant.apply(readings([0, 40, 6, 'good']))
    expect(last.value?.lastGood).toBeUndefined()
  })

  it('knows what a machine does from its state property, and since when', () => {
    const plant = filledPlant()
    const { machine } = plant.find('a')!
    plant.apply(readings([1, 10, 'Run', 'good']))
    plant.apply(readings([1, 20, 'Run', 'good']))
    expect(machine.value).toEqual({ state: 'running', text: 'Run', since: 10 })
    plant.apply(readings([1, 30, null, 'comm_error']))
    expect(machine.value).toEqual({ state: 'unknown', since: 30 })
    plant.apply(readings([1, 40, 'Jogging', 'good']))
    expect(machine.value).toEqual({ state: 'unknown', text: 'Jogging', since: 40 })
  })

  it('keeps its signals over a load, so that what shows them goes on', () => {
    const plant = filledPlant()
    const before = plant.find('a')!.properties[0]!.last
    plant.apply(readings([0, 20, 5, 'good']))
    const stale = { value: 1, quality: 'good' as const, time: 10, arrivedAt: 10 }
    const loaded = thing('a', 0)
    plant.load([{ ...loaded, properties: [{ ...loaded.properties[0]!, last: stale }] }])
    expect(plant.find('a')!.properties[0]!.last).toBe(before)
    expect(before.value?.value).toBe(5)
    expect(plant.find('b')).toBeUndefined()
  })

  it('puts a changed thing in its place, a new one at the end, and drops a removed one with its tags', () => {
    const plant = filledPlant()
    plant.put(thing('a', 0, { version: 2 }))
    plant.put(thing('c', 4))
    expect(plant.things.value?.map(({ view }) => [view.id, view.version])).toEqual([
      ['a', 2],
      ['b', 1],
      ['c', 1],
    ])
    const { last } = plant.find('b')!.properties[0]!
    plant.drop('b')
    plant.apply(readings([2, 10, 5, 'good']))
    expect(last.value).toBeUndefined()
    expect(plant.things.value?.map(({ view }) => view.id)).toEqual(['a', 'c'])
  })

  it('lists an event once, newest first, and takes changes of a connection', () => {
    const plant = filledPlant()
    const event = (id: string): LiveMessage => ({
      type: 'event',
      event: { id, at: 1, kind: 'connection.lost', thing: 'a', detail: {} },
    })
    for (const id of ['1', '2', '2']) plant.apply(event(id))
    expect(plant.events.value.map(({ id }) => id)).toEqual(['2', '1'])
    plant.apply({ type: 'connection', status: status('a', 'failing') })
    expect(plant.find('a')!.status.value?.state).toBe('failing')
  })
})

describe('what a card says of a machine', () => {
  it('is no data while the machine does not answer, whatever its last state was', () => {
    const plant = filledPlant()
    const a = plant.find('a')!
    plant.apply(readings([1, 10, 'Run', 'good']))
    expect(shownState(a)).toBe('running')
    plant.apply({ type: 'connection', status: status('a', 'failing') })
    expect(shownState(a)).toBe('unknown')
  })

  it('is answering for a machine without a state property that gives values', () => {
    const plant = createPlant()
    plant.load([thing('meter', 0, { properties: [{ name: 'power', type: 'number', tag: 0 }] })])
    const meter = plant.find('meter')!
    expect(shownState(meter)).toBe('unknown')
    plant.apply(readings([0, 10, 5, 'good']))
    expect(shownState(meter)).toBe('answering')
  })

  it('leads with the leading property, else with the first number', () => {
    const plant = createPlant()
    const [level, mode] = thing('a', 0).properties
    plant.load([
      thing('a', 0, { properties: [mode!, { ...level!, leading: true }] }),
      thing('b', 2, {
        properties: [
          { ...mode!, tag: 2 },
          { ...level!, tag: 3 },
        ],
      }),
      thing('c', 4, { properties: [] }),
    ])
    expect(['a', 'b', 'c'].map((id) => leadingOf(plant.find(id)!)?.definition.name)).toEqual([
      'level',
      'level',
      undefined,
    ])
  })
})

describe('areas', () => {
  const plant = createPlant()
  const area = (id: string, tag: number, name?: string) =>
    thing(id, tag, name === undefined ? {} : { area: { en: name } })
  plant.load([area('a', 0, 'Air'), area('b', 2, 'Water'), area('c', 4, 'Air'), area('d', 6), area('e', 8, 'Air')])
  const areas = areasOf(plant.things.value!)

  it('hold the machines in their order, wide areas first', () => {
    expect(areas.map(({ key, things }) => [key, things.map(({ view }) => view.id).join('')])).toEqual([
      ['Air', 'ace'],
      ['Water', 'b'],
      ['', 'd'],
    ])
  })

  it('are dealt to the pages of a wall without being torn apart', () => {
    expect(wallPages(areas, 4).map((page) => page.map(({ key }) => key))).toEqual([['Air', 'Water'], ['']])
    expect(wallPages(areas, 1)).toHaveLength(3)
  })
})

describe('the rate of readings', () => {
  it('comes from two looks at the counter, and from none across a restart', () => {
    expect(rateOf(undefined, { at: 0, readings: 5 })).toBeUndefined()
    expect(rateOf({ at: 0, readings: 100 }, { at: 5e6, readings: 600 })).toBe(100)
    expect(rateOf({ at: 0, readings: 100 }, { at: 5e6, readings: 3 })).toBeUndefined()
  })
})
