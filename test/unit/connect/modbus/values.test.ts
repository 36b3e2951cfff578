import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Quality, type ThingDefinitionInput, type Value } from '#model'
import { Machine, Plant } from './machine.ts'

let machine: Machine
let plant: Plant
beforeEach(async () => {
  machine = new Machine()
  plant = await new Plant({ 1: machine }).start()
})
afterEach(async () => plant.end())

type Property = Omit<ThingDefinitionInput['properties'][number], 'name'>

/** What becomes of one property: the value and the quality of its first reading. */
async function reading(property: Property): Promise<{ value: Value; quality: number }> {
  const { sink } = plant.open([{ name: 'x', ...property }])
  const { value, quality } = await sink.next(0)
  return { value, quality }
}
const good = (value: Value) => ({ value, quality: Quality.good })
const nothing = (quality: number) => ({ value: null, quality })

describe('a reading', () => {
  test.each([
    ['a scaled integer', { type: 'number', address: 'hr12:int16*0.1' }, good(1.2)],
    ['a bit as a boolean', { type: 'boolean', address: 'hr7.2' }, good(1)],
    ['a register as a boolean', { type: 'boolean', address: 'hr7' }, good(1)],
    ['a coil', { type: 'boolean', address: 'co3' }, good(0)],
    ['a discrete input', { type: 'boolean', address: 'di3' }, good(1)],
    [
      'a coil as a state',
      { type: 'string', address: { table: 'coil', at: 3, enum: { 0: 'off', 1: 'on' } } },
      good('off'),
    ],
    [
      'some bits',
      { type: 'integer', address: { table: 'holding', at: 0x1a4, bits: { from: 4, count: 4 } } },
      good(0xa),
    ],
    [
      'a state by its code',
      { type: 'string', address: { table: 'holding', at: 2, enum: { 2: 'running' } } },
      good('running'),
    ],
    [
      'a state of some bits',
      { type: 'string', address: { table: 'holding', at: 6, bits: { from: 1, count: 2 }, enum: { 3: 'manual' } } },
      good('manual'),
    ],
    ['an identification', { type: 'string', address: { table: 'identification', object: 4 } }, good('Pump 1')],
    ['a server id', { type: 'string', address: { table: 'server-id' } }, good('IW-7')],
    ['a run indicator', { type: 'boolean', address: { table: 'server-id' } }, good(1)],
    [
      'a state of unknown code',
      { type: 'string', address: { table: 'holding', at: 3, enum: { 2: 'running' } } },
      nothing(Quality.outOfRange),
    ],
    ['a sentinel', { type: 'number', address: { table: 'holding', at: 5, nulls: [5] } }, nothing(Quality.nullValue)],
    [
      'a state whose code is a sentinel',
      { type: 'string', address: { table: 'holding', at: 5, nulls: ['0x5'], enum: { 5: 'five' } } },
      nothing(Quality.nullValue),
    ],
    [
      'a value beyond its range',
      { type: 'number', range: { min: 0, max: 4 }, address: 'hr5' },
      { value: 5, quality: Quality.outOfRange },
    ],
    [
      'digits that are none',
      { type: 'integer', address: { table: 'holding', at: 10, as: 'bcd16' } },
      nothing(Quality.outOfRange),
    ],
  ] as [string, Property, { value: Value; quality: number }][])('of %s', async (_, property, expected) => {
    expect(await reading(property)).toEqual(expected)
  })

  test('of infinities and NaN says what they are', async () => {
    machine.holding.set([0x7f80, 0, 0x7fc0, 0], 100)
    expect(await reading({ type: 'number', address: 'hr100:float32' })).toEqual(nothing(Quality.outOfRange))
    expect(await reading({ type: 'number', address: 'hr102:float32' })).toEqual(nothing(Quality.nullValue))
  })

  test('of bytes that are no text says so, and of bits all set that there is none', async () => {
    machine.holding.set([0x4142, 0x80ff, 0xffff, 0xffff], 100)
    expect(await reading({ type: 'string', address: 'hr100:string[2]' })).toEqual(nothing(Quality.outOfRange))
    expect(await reading({ type: 'string', address: 'hr102:string[2]' })).toEqual(nothing(Quality.nullValue))
  })

  test('of a 64-bit counter is exact, and beyond what can be kept it says so', async () => {
    machine.holding.set([0x0020, 0, 0, 1, 0xffff, 0xffff, 0xffff, 0xfffe], 100)
    expect(await reading({ type: 'integer', address: 'hr100:uint64' })).toEqual(good(2n ** 53n + 1n))
    expect(await reading({ type: 'integer', address: 'hr104:uint64' })).toEqual(nothing(Quality.outOfRange))
    expect(await reading({ type: 'integer', address: 'hr104:int64' })).toEqual(good(-2))
  })

  test('of a value with a scale register follows it, wherever it stands', async () => {
    machine.holding.set([2153], 100)
    machine.holding.set([0xfffe], 500)
    const { session, sink } = plant.open([
      { name: 'x', type: 'number', range: { min: 0, max: 100 }, address: { table: 'holding', at: 100, scaleAt: 500 } },
    ])
    expect((await sink.next(0)).value).toBe(21.53)
    expect(await session.read('x')).toEqual({ ok: true, value: 21.53 })
    machine.holding[500] = 0xffff
    expect(await sink.next(0, ({ value }) => value === 215.3)).toMatchObject({ quality: Quality.outOfRange })
    machine.holding[500] = 0x8000
    await sink.next(0, ({ quality }) => quality === Quality.nullValue)
  })

  test('carries the time at which its answer came, and rows of several types stay in their places', async () => {
    const { sink } = plant.open([
      { name: 'a', type: 'string', address: { table: 'holding', at: 1, enum: { 1: 'one' } } },
      { name: 'b', type: 'number', address: 'hr2' },
      { name: 'c', type: 'integer', address: 'hr900:int64' },
      { name: 'd', type: 'string', address: { table: 'holding', at: 3, enum: { 3: 'three' } } },
    ])
    machine.holding.set([0x1000, 0, 0, 1], 900)
    await sink.next(2, ({ value }) => value === 0x1000_0000_0000_0001n)
    const batch = sink.batches.at(-1)!
    expect([0, 1, 2, 3].map((tag) => sink.last(tag)?.value)).toEqual(['one', 2, 0x1000_0000_0000_0001n, 'three'])
    expect(Math.max(...batch.time)).toBe(batch.arrivedAt)
  })
})

describe('a write', () => {
  const write = async (property: Property, value: Value, connection: object = {}) => {
    const { session, sink } = plant.open([{ name: 'x', write: {}, ...property }], connection)
    await sink.next(0)
    const result = await session.write('x', value)
    return { result, written: machine.written }
  }
  const written = { outcome: 'written' }

  test.each([
    ['a register', { type: 'number', address: 'hr5:int16*0.1' }, -1.2, 'registers 5 fff4'],
    ['a float in its order', { type: 'number', address: 'hr5:float32:CDAB' }, 21.5, 'registers 5 0000 41ac'],
    ['a 64-bit integer', { type: 'integer', address: 'hr5:int64' }, 2n ** 53n + 1n, 'registers 5 0020 0000 0000 0001'],
    [
      'decimal digits',
      { type: 'integer', address: { table: 'holding', at: 5, as: 'bcd16' } },
      1234,
      'registers 5 1234',
    ],
    [
      'a state',
      { type: 'string', address: { table: 'holding', at: 5, enum: { 7: 'auto' } } },
      'auto',
      'registers 5 0007',
    ],
    ['a text', { type: 'string', address: 'hr5:string[2]' }, 'ABC', 'registers 5 4142 4300'],
    ['a coil', { type: 'boolean', address: 'co5' }, true, 'coils 5 1'],
    ['a register as a boolean', { type: 'boolean', address: 'hr5' }, true, 'registers 5 0001'],
    ['one bit by mask', { type: 'boolean', address: 'hr255.3' }, false, 'registers 255 00f7'],
    [
      'one bit of a swapped register',
      { type: 'boolean', address: { table: 'holding', at: 255, bit: 3, order: 'BADC' } },
      true,
      'registers 255 08ff',
    ],
    [
      'some bits by mask',
      { type: 'integer', address: { table: 'holding', at: 0xf, bits: { from: 4, count: 4 } } },
      9,
      'registers 15 009f',
    ],
    ['by function 23', { type: 'number', address: { table: 'holding', at: 5, function: 23 } }, 9, 'registers 5 0009'],
    ['by function 15', { type: 'boolean', address: { table: 'coil', at: 5, function: 15 } }, true, 'coils 5 1'],
  ] as [string, Property, Value, string][])('of %s', async (_, property, value, expected) => {
    expect(await write(property, value)).toEqual({ result: written, written: [expected] })
  })

  test('of a value with a scale register uses the scale that was read', async () => {
    machine.holding[500] = 0xfffe
    const scaled = { type: 'number', address: { table: 'holding', at: 100, scaleAt: 500 } } as const
    expect(await write(scaled, 21.53)).toEqual({ result: written, written: ['registers 100 0869'] })
  })

  test.each([
    ['too large', { type: 'number', address: 'hr5:int16*0.1' }, 4000],
    ['of another type', { type: 'boolean', address: 'hr5' }, 7],
    ['a state there is not', { type: 'string', address: { table: 'holding', at: 5, enum: { 7: 'auto' } } }, 'manual'],
    [
      'that would mean no value',
      { type: 'integer', address: { table: 'holding', at: 5, as: 'int16', nulls: [0x8000] } },
      -32768,
    ],
    ['of nothing', { type: 'number', address: 'hr5' }, null],
  ] as [string, Property, Value][])('%s is never sent', async (_, property, value) => {
    const { result, written } = await write(property, value)
    expect(result.outcome).toBe('failed')
    expect(written).toEqual([])
  })

  test('the device refuses has failed', async () => {
    machine.writeRegisters = () => {
      throw new Error('valve stuck')
    }
    expect((await write({ type: 'number', address: 'hr5' }, 1)).result).toEqual({
      outcome: 'failed',
      message: 'Modbus exception 4 (server device failure)',
    })
  })

  test('whose answer never comes is unknown, and was sent once', async () => {
    machine.writeRegisters = (at) => {
      machine.written.push(`registers ${at}`)
      plant.server.pause()
    }
    const { result, written } = await write({ type: 'number', address: 'hr5' }, 1)
    expect(result.outcome).toBe('unknown')
    await plant.server.resume()
    expect(written).toEqual(['registers 5'])
  })
})
