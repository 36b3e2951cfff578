import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CommandRecord, Value } from '#model'
import type { MemoryMachine } from '../../fakes/memory-driver.ts'
import { boiler, openRoom, owner, type Room, until, visitor } from './room.ts'

describe('a write to a machine', () => {
  let room: Room
  let machine: MemoryMachine
  beforeEach(async () => {
    room = await openRoom()
    await room.connect.things.add(boiler, 'database')
    machine = room.driver.machine('boiler')
    for (const [name, value] of Object.entries({ setpoint: 60, mode: 'eco', counter: 1, burner: false }))
      machine.values.set(name, value)
  })
  afterEach(async () => room.end())

  const write = (property: string, value: Value, reason?: string): Promise<CommandRecord> =>
    room.connect.commands.write(owner, { thing: 'boiler', property, value, ...(reason !== undefined && { reason }) })

  it('is sent once, read back and recorded with the old value', async () => {
    const record = await write('setpoint', 65.5, 'colder outside')
    expect(record).toMatchObject({
      outcome: 'done',
      previous: 60,
      readBack: 65.5,
      principal: 'owner@loopback',
      reason: 'colder outside',
    })
    expect(machine.writes).toEqual([{ property: 'setpoint', value: 65.5 }])
    expect(await room.connect.commands.get(record.id)).toEqual(record)
  })

  it.each<[string, Value, string]>([
    ['temperature', 20, 'IW_COMMAND_NOT_WRITABLE'],
    ['setpoint', 'hot', 'IW_COMMAND_TYPE'],
    ['setpoint', Number.NaN, 'IW_COMMAND_TYPE'],
    ['setpoint', null, 'IW_COMMAND_TYPE'],
    ['counter', 1.5, 'IW_COMMAND_TYPE'],
    ['counter', '9223372036854775808', 'IW_COMMAND_TYPE'],
    ['burner', 1, 'IW_COMMAND_TYPE'],
    ['setpoint', 90.1, 'IW_COMMAND_OUT_OF_RANGE'],
    ['setpoint', 39.9, 'IW_COMMAND_OUT_OF_RANGE'],
    ['mode', 'turbo', 'IW_COMMAND_OUT_OF_RANGE'],
    ['setpoint', 71, 'IW_COMMAND_STEP'],
  ])('of %s to %j is refused with %s and never sent', async (property, value, code) => {
    const record = await write(property, value)
    expect(record).toMatchObject({ outcome: 'refused', code })
    expect(machine.writes).toEqual([])
    expect(await room.connect.commands.get(record.id)).toMatchObject({ outcome: 'refused', code })
  })

  it('is refused to who has no right, before anything about the property is told', async () => {
    const wish = { thing: 'boiler', property: 'temperature', value: 1 }
    expect(await room.connect.commands.write(visitor, wish)).toMatchObject({ code: 'IW_IDENTITY_FORBIDDEN' })
    expect(machine.writes).toEqual([])
  })

  it('to a thing or property that does not exist is thrown', async () => {
    await expect(write('nothing', 1)).rejects.toMatchObject({ code: 'IW_CONNECT_UNKNOWN_PROPERTY' })
    const wish = { thing: 'nobody', property: 'x', value: 1 }
    await expect(room.connect.commands.write(owner, wish)).rejects.toMatchObject({ code: 'IW_CONNECT_UNKNOWN_THING' })
  })

  it('keeps integers beyond 2^53 exact, sent as text', async () => {
    const record = await write('counter', '9007199254740993')
    expect(machine.writes).toEqual([{ property: 'counter', value: 9_007_199_254_740_993n }])
    expect(await room.connect.commands.get(record.id)).toMatchObject({
      outcome: 'done',
      value: 9_007_199_254_740_993n,
      readBack: 9_007_199_254_740_993n,
    })
  })

  it('measures the step from the machine itself, not from the last reading', async () => {
    await machine.set('setpoint', 60)
    machine.values.set('setpoint', 80)
    expect(await write('setpoint', 65)).toMatchObject({ outcome: 'refused', code: 'IW_COMMAND_STEP' })
    expect(await write('setpoint', 85)).toMatchObject({ outcome: 'done', previous: 80 })
  })

  it('is not refused for the rounding of float32 at the very step permitted', async () => {
    machine.values.set('setpoint', Math.fround(66.7))
    expect(await write('setpoint', 76.7)).toMatchObject({ outcome: 'done' })
  })

  it('is not sent when the present value cannot be read', async () => {
    machine.unreadable = true
    expect(await write('setpoint', 61)).toMatchObject({ outcome: 'refused', code: 'IW_CONNECT_NO_ANSWER' })
    expect(machine.writes).toEqual([])
  })

  it('beyond the rate is refused with the seconds to wait, and goes through after them', async () => {
    for (const value of [61, 62, 63]) expect(await write('setpoint', value)).toMatchObject({ outcome: 'done' })
    room.clock.advance(10_000)
    const refused = await write('setpoint', 64)
    expect(refused).toMatchObject({ outcome: 'refused', code: 'IW_COMMAND_RATE' })
    expect(refused.message).toContain('50 s')
    room.clock.advance(50_001)
    expect(await write('setpoint', 64)).toMatchObject({ outcome: 'done' })
  })

  it('counts those of before a restart towards the rate', async () => {
    for (const value of [61, 62, 63]) await write('setpoint', value)
    room = await room.restart()
    room.driver.machine('boiler').values.set('setpoint', 63)
    expect(await write('setpoint', 64)).toMatchObject({ code: 'IW_COMMAND_RATE' })
  })

  it('is failed when the machine refuses it', async () => {
    machine.onWrite = 'refuse'
    expect(await write('setpoint', 61)).toMatchObject({ outcome: 'failed', code: 'IW_CONNECT_DEVICE_ERROR' })
  })

  it('is failed when the machine does not keep the value', async () => {
    machine.onWrite = 'ignore'
    const record = await write('setpoint', 61)
    expect(record).toMatchObject({ outcome: 'failed', code: 'IW_COMMAND_READ_BACK', readBack: 60 })
  })

  it.each(['lose', 'throw'] as const)('is unknown when the driver says %s, and is not sent again', async (onWrite) => {
    machine.onWrite = onWrite
    const record = await write('setpoint', 61)
    expect(record).toMatchObject({ outcome: 'unknown', code: 'IW_COMMAND_UNKNOWN_OUTCOME', readBack: 60 })
    expect(machine.writes).toHaveLength(1)
  })

  it('waits before it reads back where the property says so', async () => {
    const writing = write('burner', true)
    const finished: string[] = []
    room.bus.on('command.finished', ({ outcome }) => finished.push(outcome))
    await until(() => machine.writes.length === 1)
    room.clock.advance(499)
    await new Promise(setImmediate)
    expect(finished).toEqual([])
    room.clock.advance(1)
    expect(await writing).toMatchObject({ outcome: 'done' })
  })

  it('while another to the same property is under way is refused as busy', async () => {
    machine.onWrite = 'hang'
    void write('setpoint', 61)
    await until(() => machine.writes.length === 1)
    expect(await write('setpoint', 62)).toMatchObject({ outcome: 'refused', code: 'IW_COMMAND_BUSY' })
    machine.onWrite = 'accept'
    expect(await write('mode', 'boost')).toMatchObject({ outcome: 'done' })
  })

  it('is on record as pending before the machine is touched', async () => {
    machine.onWrite = 'hang'
    void write('setpoint', 61)
    await until(() => machine.writes.length === 1)
    const [record] = await room.connect.commands.list({ limit: 10 })
    expect(record).toMatchObject({ outcome: 'pending', previous: 60, value: 61 })
  })

  it('tells the bus and the event log how it ended', async () => {
    const finished: CommandRecord[] = []
    room.bus.on('command.finished', (record) => finished.push(record))
    const record = await write('setpoint', 61)
    expect(finished).toEqual([record])
    expect(room.events.at(-1)).toMatchObject({
      kind: 'command.done',
      thing: 'boiler',
      detail: { property: 'setpoint', value: 61, previous: 60, principal: 'owner@loopback' },
    })
  })

  it('lists records newest first, by thing, page by page', async () => {
    for (const value of ['boost', 'eco', 'boost']) await write('mode', value)
    const first = await room.connect.commands.list({ thing: 'boiler', limit: 2 })
    const rest = await room.connect.commands.list({ thing: 'boiler', limit: 2, before: first[1]!.id })
    expect([...first, ...rest].map(({ value, previous }) => [previous, value])).toEqual([
      ['eco', 'boost'],
      ['boost', 'eco'],
      ['eco', 'boost'],
    ])
    expect(await room.connect.commands.list({ thing: 'other', limit: 2 })).toEqual([])
  })

  it('refused a thousand times does not fill the database', async () => {
    for (let i = 0; i < 1000; i++) expect(await write('temperature', i)).toMatchObject({ outcome: 'refused' })
    expect(await room.connect.commands.list({ limit: 1000 })).toHaveLength(20)
    room.clock.advance(5000)
    for (let i = 0; i < 1000; i++) await write('temperature', i)
    expect(await room.connect.commands.list({ limit: 1000 })).toHaveLength(25)
  })

  it('under way when the room stops is not waited for in vain for ever, and unknown after the restart', async () => {
    machine.onWrite = 'hang'
    void write('setpoint', 61)
    await until(() => machine.writes.length === 1)
    room = await room.restart()
    const [record] = await room.connect.commands.list({ limit: 1 })
    expect(record).toMatchObject({ outcome: 'unknown', code: 'IW_COMMAND_UNKNOWN_OUTCOME', previous: 60 })
    expect(room.driver.machine('boiler').writes).toEqual([])
  })
})
