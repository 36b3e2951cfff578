import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ConnectionStatus } from '#model'
import type { MemoryMachine } from '../../fakes/memory-driver.ts'
import { boiler, openRoom, type Room } from './room.ts'

describe('the connection of a machine', () => {
  let room: Room
  let machine: MemoryMachine
  beforeEach(async () => {
    room = await openRoom()
    await room.connect.things.add(boiler, 'database')
    machine = room.driver.machine('boiler')
    room.events.length = 0
  })
  afterEach(async () => room.end())

  it('tells the bus of its changes', () => {
    const seen: ConnectionStatus[] = []
    room.bus.on('connection.changed', (status) => seen.push(status))
    machine.connection('failing')
    expect(seen).toMatchObject([{ thing: 'boiler', state: 'failing', error: { code: 'IW_CONNECT_NO_ANSWER' } }])
  })

  it('lost is an event after 5 s, restored with the length of the outage', () => {
    const lostAt = room.clock.now()
    machine.connection('failing')
    room.clock.advance(4_999)
    expect(room.events).toEqual([])
    room.clock.advance(85_001)
    machine.connection('answering')
    expect(room.events).toMatchObject([
      { kind: 'connection.lost', at: lostAt, thing: 'boiler', detail: { code: 'IW_CONNECT_NO_ANSWER' } },
      { kind: 'connection.restored', thing: 'boiler', detail: { seconds: 90 } },
    ])
  })

  it('lost for a moment is no event', () => {
    machine.connection('failing')
    room.clock.advance(4_000)
    machine.connection('partly')
    room.clock.advance(60_000)
    expect(room.events).toEqual([])
  })

  it('that flaps all day fills no log', () => {
    for (let i = 0; i < 600; i++) {
      machine.connection('failing')
      room.clock.advance(6_000)
      machine.connection('answering')
      room.clock.advance(1_000)
    }
    expect(room.events.filter(({ kind }) => kind === 'connection.lost').length).toBeLessThanOrEqual(8)
  })

  it('says nothing more after the thing is removed', async () => {
    machine.connection('failing')
    await room.connect.things.remove('boiler')
    room.clock.advance(60_000)
    expect(room.events.map(({ kind }) => kind)).toEqual(['thing.removed'])
  })

  it('counts readings that the disk refuses, and goes on when it takes them again', async () => {
    room.historian.refuseWith = 'IW_HISTORIAN_DISK_FULL'
    for (let i = 0; i < 5; i++) await machine.set('temperature', i)
    expect(room.connect.things.status('boiler')?.detail).toMatchObject({ lostReadings: 5 })
    room.historian.refuseWith = undefined
    await machine.set('temperature', 6)
    expect(room.connect.things.status('boiler')?.detail).toMatchObject({ lostReadings: 5 })
    expect(room.historian.last(room.connect.things.tag('boiler', 'temperature')!.id)?.value).toBe(6)
  })

  it('is logged about at most once a minute while readings are lost', async () => {
    const warnings: unknown[] = []
    await room.end()
    const log = {
      debug() {},
      info() {},
      error() {},
      warn: (fields: object) => void warnings.push(fields),
      child: () => log,
    }
    room = await openRoom({ log })
    await room.connect.things.add(boiler, 'database')
    room.historian.refuseWith = 'IW_HISTORIAN_BUSY'
    for (let second = 0; second < 121; second++) {
      await room.driver.machine('boiler').set('temperature', second)
      room.clock.advance(1_000)
    }
    expect(warnings).toMatchObject([{ readings: 1 }, { readings: 60 }, { readings: 60 }])
  })
})

describe('the state of a machine', () => {
  let room: Room
  let machine: MemoryMachine
  beforeEach(async () => {
    room = await openRoom()
    await room.connect.things.add(boiler, 'database')
    machine = room.driver.machine('boiler')
  })
  afterEach(async () => room.end())

  const state = () => room.connect.things.machine('boiler')

  it('is unknown before the first reading, and for things without a state property', async () => {
    expect(state()).toEqual({ state: 'unknown' })
    await room.connect.things.add({ id: 'scale', properties: [] }, 'database')
    expect(room.connect.things.machine('scale')).toEqual({ state: 'unknown' })
    expect(room.connect.things.machine('nobody')).toEqual({ state: 'unknown' })
  })

  it('follows its text and knows since when', async () => {
    const began = room.clock.now()
    await machine.set('state', 'On')
    room.clock.advance(60_000)
    await machine.set('state', 'On')
    expect(state()).toEqual({ state: 'running', text: 'On', since: began })
    room.clock.advance(1_000)
    await machine.set('state', 'Fault')
    expect(state()).toEqual({ state: 'down', text: 'Fault', since: began + 61_000_000 })
    await machine.set('state', 'Dancing')
    expect(state()).toMatchObject({ state: 'unknown', text: 'Dancing' })
  })

  it('is unknown while the value is bad or the machine does not answer', async () => {
    await machine.set('state', 'On')
    machine.connection('failing')
    expect(state()).toMatchObject({ state: 'unknown' })
    machine.connection('answering')
    expect(state()).toMatchObject({ state: 'running' })
    await machine.set('state', 'On', 6)
    expect(state()).toEqual({ state: 'unknown' })
  })

  it('keeps its beginning over a gap and a restart', async () => {
    await machine.set('state', 'Standby')
    room.clock.advance(10_000)
    const began = room.clock.now()
    await machine.set('state', 'On')
    room.clock.advance(10_000)
    await machine.set('state', null, 6)
    room.clock.advance(10_000)
    await machine.set('state', 'On')
    expect(state()).toMatchObject({ since: began })
    room = await room.restart()
    await new Promise(setImmediate)
    expect(state()).toEqual({ state: 'running', text: 'On', since: began })
  })
})

describe('the event log', () => {
  let room: Room
  afterEach(async () => room.end())

  it('keeps events over a restart, newest first, page by page', async () => {
    room = await openRoom()
    for (let i = 0; i < 5; i++) room.connect.events.record({ kind: 'thing.added', at: i, detail: { i } })
    room = await room.restart()
    const first = await room.connect.events.list({ limit: 3 })
    const rest = await room.connect.events.list({ limit: 3, before: first[2]!.id })
    expect([...first, ...rest].map(({ at }) => at)).toEqual([4, 3, 2, 1, 0])
  })

  it('keeps what happened while the disk was full', async () => {
    room = await openRoom()
    const record = (at: number) =>
      room.connect.events.record({ kind: 'thing.added', at, detail: { note: 'x'.repeat(9_000) } })
    const times = async () => (await room.connect.events.list({ limit: 9 })).map(({ at }) => at)
    const { rows } = await sql.raw<{ page_count: number }>('pragma page_count').execute(room.database.tables())
    const pages = (most: number) => sql.raw(`pragma max_page_count = ${most}`).execute(room.database.tables())
    await pages(rows[0]!.page_count)
    for (const at of [1, 2, 3]) record(at)
    expect(await times()).toEqual([3, 2, 1])
    expect(
      (await room.connect.events.list({ limit: 1, before: (await room.connect.events.list({ limit: 1 }))[0]!.id }))[0]!
        .at,
    ).toBe(2)
    await pages(1_000)
    record(4)
    room = await room.restart()
    expect(await times()).toEqual([4, 3, 2, 1])
  })

  it('keeps the order also when the clock is set back', async () => {
    room = await openRoom()
    room.connect.events.record({ kind: 'thing.added', at: 1, detail: {} })
    room.clock.setWall(1_000_000)
    room.connect.events.record({ kind: 'thing.removed', at: 2, detail: {} })
    expect((await room.connect.events.list({ limit: 9 })).map(({ kind }) => kind)).toEqual([
      'thing.removed',
      'thing.added',
    ])
  })

  it('is bounded: the oldest go', async () => {
    room = await openRoom({ limits: { events: 50 } })
    for (let i = 0; i < 1_200; i++) {
      room.connect.events.record({ kind: 'thing.added', at: i, detail: {} })
      if (i % 100 === 0) await room.connect.events.list({ limit: 1 })
    }
    const kept = await room.connect.events.list({ limit: 5_000 })
    expect(kept[0]!.at).toBe(1_199)
    expect(kept.length).toBeLessThan(600)
  })
})
