import { afterEach, describe, expect, test } from 'vitest'
import { type ModbusDevice, ModbusException, NoAnswer } from '#modbus'
import { Quality } from '#model'
import { Machine, Plant, registers } from './machine.ts'

let plant: Plant
afterEach(async () => plant.end())

const isGood = ({ quality }: { quality: number }) => quality === Quality.good

describe('a session learns its device', () => {
  test('by asking in one request what lies together', async () => {
    const machine = new Machine()
    plant = await new Plant({ 1: machine }).start()
    const { sink, session } = plant.open([...registers(0, 50), ...registers(60, 50)])
    await sink.next(99, isGood)
    expect(machine.asked[0]).toEqual({ table: 'holding', at: 0, count: 110 })
    expect(session.status()).toMatchObject({ state: 'answering', detail: { unit: 1, requestsPerCycle: 1 } })
  })

  test('finds the registers it refuses, gives all others, and leaves the refused ones alone afterwards', async () => {
    const machine = new Machine({ illegal: (at) => at === 33 || at === 70 })
    plant = await new Plant({ 1: machine }).start()
    const { sink, session } = plant.open(registers(0, 100))
    await sink.until(() => sink.batches.length >= 1)
    const first = sink.rows()
    expect(first).toHaveLength(100)
    for (const { tag, value, quality } of first)
      if (tag === 33 || tag === 70) expect(quality).toBe(Quality.commError)
      else expect([tag, value]).toEqual([tag, tag])
    machine.asked.length = 0
    await sink.next(0)
    await sink.next(0)
    expect(machine.asked.slice(0, 3)).toEqual([
      { table: 'holding', at: 0, count: 33 },
      { table: 'holding', at: 34, count: 36 },
      { table: 'holding', at: 71, count: 29 },
    ])
    expect(sink.of(33)).toHaveLength(1)
    expect(session.status()).toMatchObject({ state: 'partly', detail: { holes: 2, requestsPerCycle: 3 } })
    expect(session.status().error?.message).toContain('holding 33: Modbus exception 2')
  })

  test('finds gaps that cannot be read along', async () => {
    const machine = new Machine({ illegal: (at) => at >= 10 && at < 15 })
    plant = await new Plant({ 1: machine }).start()
    const { sink, session } = plant.open([...registers(0, 10), ...registers(15, 10)])
    await sink.next(19, isGood)
    await sink.next(19, isGood)
    expect(session.status()).toMatchObject({ state: 'answering', detail: { requestsPerCycle: 2 } })
    expect(sink.rows().every(isGood)).toBe(true)
  })

  test('goes on reading what lies inside a gap that another rhythm found', async () => {
    const machine = new Machine({ illegal: (at) => at === 8 || at === 19 })
    plant = await new Plant({ 1: machine }).start()
    const slow = registers(10, 4).map((property) => ({ ...property, everyMs: 30 }))
    const { sink, session } = plant.open([...registers(0, 8), ...registers(20, 8), ...slow])
    for (const tag of [0, 15, 16, 19, 16, 19]) await sink.next(tag, isGood)
    expect(session.status().state).toBe('answering')
    expect(sink.rows().every(isGood)).toBe(true)
  })

  test('says that a property has no value whose register another rhythm found to be refused', async () => {
    const machine = new Machine({ illegal: (at) => at === 8 || at === 15 })
    plant = await new Plant({ 1: machine }).start()
    const twin = [{ name: 'twin', type: 'number' as const, address: 'hr8', everyMs: 30 }]
    const { sink } = plant.open([...registers(7, 3), ...twin])
    await sink.until(() => sink.of(1).length > 0 && sink.of(3).length > 0)
    expect([...sink.of(1), ...sink.of(3)].map(({ quality }) => quality)).toEqual([Quality.commError, Quality.commError])
  })

  test('finds how many registers it gives at once', async () => {
    const machine = new Machine({ most: 32 })
    plant = await new Plant({ 1: machine }).start()
    const { sink, session } = plant.open(registers(0, 300))
    await sink.next(299, isGood)
    await sink.next(299, isGood)
    const { detail, state } = session.status()
    expect(state).toBe('answering')
    expect(detail['maxRegisters']).toBeLessThanOrEqual(32)
    expect(detail['maxRegisters']).toBeGreaterThan(16)
    expect(sink.rows().every(isGood)).toBe(true)
    const before = session.status().counters.deviceErrors
    await sink.next(0)
    await sink.next(0)
    expect(session.status().counters.deviceErrors).toBe(before)
  })

  test('finds how many it gives at once also when too many are met with silence', async () => {
    const machine = new Machine()
    plant = await new Plant({ 1: muteAbove(machine, 60) }, 'tcp').start()
    const { sink, session } = plant.open(registers(0, 100), { timeoutMs: 30 })
    await sink.next(99, isGood)
    expect(session.status().detail['maxRegisters']).toBeLessThanOrEqual(60)
  })

  test('gives up a whole table whose function the device does not have, and keeps the others', async () => {
    const machine = new Machine()
    plant = await new Plant({ 1: withoutBits(machine) }).start()
    const { sink, session } = plant.open([
      { name: 'on', type: 'boolean', address: 'co1' },
      { name: 'off', type: 'boolean', address: 'co2' },
      ...registers(0, 3),
    ])
    await sink.next(4, isGood)
    await sink.next(4, isGood)
    expect(sink.of(0).map(({ quality }) => quality)).toEqual([Quality.commError])
    expect(session.status().error?.message).toContain('illegal function')
  })

  test('tries what was refused again when it connects again', async () => {
    let refuses = true
    const machine = new Machine({ illegal: (at) => refuses && at === 5 })
    plant = await new Plant({ 1: machine }).start()
    const { sink, session } = plant.open(registers(0, 10))
    await sink.until(() => session.status().state === 'partly')
    refuses = false
    plant.server.pause()
    await sink.until(() => session.status().state === 'failing')
    await plant.server.resume()
    await sink.next(5, isGood)
    await sink.until(() => session.status().state === 'answering')
  })
})

describe('a line shared by several devices', () => {
  test.each(['tcp', 'rtu-over-tcp'] as const)('on %s goes on when one of them is dead', async (transport) => {
    const machine = new Machine()
    const silent: ModbusDevice = mute(machine)
    plant = await new Plant({ 1: machine, 9: silent }, transport === 'tcp' ? 'tcp' : 'rtu').start()
    const dead = plant.open(registers(0, 300), { transport, unit: 9, timeoutMs: 30 }, 'dead')
    const alive = plant.open(registers(0, 3), { transport, unit: 1, timeoutMs: 200 }, 'alive')
    await dead.sink.until(() => dead.session.status().state === 'failing')
    expect(dead.session.status()).toMatchObject({ error: { code: 'IW_CONNECT_NO_ANSWER' } })
    for (let i = 0; i < 10; i++) await alive.sink.next(0, isGood)
    expect(alive.session.status().state).toBe('answering')
    expect(alive.sink.rows().every(isGood)).toBe(true)
    // Its 300 values are not waited for three times each: it is asked one small question now and then.
    expect(dead.session.status().counters.timeouts).toBeLessThan(10)
    expect(dead.sink.of(0)).toHaveLength(1)
  })

  test('opens one connection for all its units', async () => {
    plant = await new Plant({ 1: new Machine(), 2: new Machine() }).start()
    const one = plant.open(registers(0, 1), { unit: 1 }, 'one')
    const two = plant.open(registers(0, 1), { unit: 2 }, 'two')
    await one.sink.next(0)
    await two.sink.next(0)
    expect(plant.server.connections).toBe(1)
    await one.session.stop()
    await two.sink.next(0)
    await two.session.stop()
  })
})

describe('a status', () => {
  test('counts what went over the wire', async () => {
    plant = await new Plant({ 1: new Machine() }).start()
    const { sink, session } = plant.open(registers(0, 10))
    for (let i = 0; i < 3; i++) await sink.next(0)
    const { counters, roundTripMs, lastAnswerAt } = session.status()
    expect(counters.answers).toBeGreaterThanOrEqual(3)
    expect(counters.requests - counters.answers).toBeLessThanOrEqual(1)
    expect(counters).toMatchObject({ connects: 1, timeouts: 0, deviceErrors: 0, discarded: 0 })
    expect(counters.readings).toBe(sink.rows().length)
    expect(roundTripMs).toBeGreaterThan(0)
    expect(lastAnswerAt).toBeGreaterThan(0)
  })

  test('says that a serial port cannot be opened, or is in use with other settings', async () => {
    plant = await new Plant({}).start()
    const serial = { path: '/dev/does-not-exist' }
    const first = plant.open([], serial, 'first')
    const second = plant.open([], { ...serial, baudRate: 9600 }, 'second')
    expect(second.session.status()).toMatchObject({ state: 'failing', error: { code: 'IW_CONNECT_SERIAL_PORT' } })
    expect(second.session.status().error?.message).toContain('other serial settings')
    await first.sink.until(() => first.session.status().state === 'failing')
    expect(['IW_CONNECT_SERIAL_PORT', 'IW_CONNECT_DRIVER_MISSING']).toContain(first.session.status().error?.code)
  })
})

/** A device that answers nothing. */
function mute(machine: Machine): ModbusDevice {
  return muteAbove(machine, 0)
}

/** A device that stays silent when more than `most` registers are asked. */
function muteAbove(machine: Machine, most: number): ModbusDevice {
  return {
    read: machine.read.bind(machine),
    readRegisters: (table, at, count) => {
      if (count > most) throw new NoAnswer()
      return machine.readRegisters(table, at, count)
    },
  }
}

function withoutBits(machine: Machine): ModbusDevice {
  return {
    read: () => {
      throw new ModbusException(1)
    },
    readRegisters: machine.readRegisters.bind(machine),
  }
}
