import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type PropertyDefinition, thingDefinition } from '#model'
import { checkModbusThing } from '../../../../src/connect/drivers/modbus/check.ts'
import { parseShortAddress } from '../../../../src/connect/drivers/modbus/short-address.ts'

const thing = (address: unknown, property: Partial<PropertyDefinition> = {}, connection: object = {}) =>
  thingDefinition.parse({
    id: 'pump-1',
    connection: { protocol: 'modbus', host: '127.0.0.1', ...connection },
    properties: [{ name: 'x', type: 'number', ...property, address }],
  })
const check = (...args: Parameters<typeof thing>) => checkModbusThing(thing(...args))
const messageOf = (...args: Parameters<typeof thing>) => {
  const result = check(...args)
  return result.ok ? 'accepted' : result.message
}

describe('the short form of an address', () => {
  test.each([
    ['hr100', { table: 'holding', at: 100 }],
    ['hr100:float32:CDAB', { table: 'holding', at: 100, as: 'float32', order: 'CDAB' }],
    ['ir12:int16*0.1', { table: 'input', at: 12, as: 'int16', scale: 0.1 }],
    ['ir12:uint32:BADC*-1e-3', { table: 'input', at: 12, as: 'uint32', order: 'BADC', scale: -0.001 }],
    ['hr7.3', { table: 'holding', at: 7, bit: 3 }],
    ['hr20:string[8]', { table: 'holding', at: 20, as: 'string', registers: 8 }],
    ['co3', { table: 'coil', at: 3 }],
    ['di7', { table: 'discrete', at: 7 }],
  ])('%s', (text, address) => {
    expect(parseShortAddress(text)).toEqual(address)
  })

  test('is nothing else than that, and any text is taken apart without throwing', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((some) => `hr1${some}`),
        ),
        (text) => {
          const parsed = parseShortAddress(text)
          if (parsed) expect(text).toMatch(/^(hr|ir|co|di)\d/)
        },
      ),
    )
    for (const text of ['hr', '40001', 'hr1:', 'hr1:float32:XXXX', 'hr1 ', 'xx3', 'hr-1'])
      expect(parseShortAddress(text)).toBeUndefined()
  })
})

describe('a definition', () => {
  test('gets its defaults', () => {
    expect(check('hr1')).toMatchObject({
      ok: true,
      value: {
        connection: {
          transport: 'tcp',
          port: 502,
          unit: 1,
          everyMs: 1000,
          timeoutMs: 1000,
          inFlight: 1,
          order: 'ABCD',
          maxRegisters: 125,
          gap: 16,
        },
        properties: [{ address: { table: 'holding', at: 1, as: 'uint16' } }],
      },
    })
  })

  test('with a path is a serial line', () => {
    const definition = thingDefinition.parse({
      id: 'line',
      connection: { protocol: 'modbus', path: '/dev/ttyUSB0' },
      properties: [],
    })
    expect(checkModbusThing(definition)).toMatchObject({
      value: { connection: { transport: 'rtu', baudRate: 19_200, parity: 'even', stopBits: 1 } },
    })
  })

  test.each([
    ['a port that is none', 'hr1', {}, { port: 70_000 }, 'connection.port'],
    ['a unit beyond 247 on a serial line', 'hr1', {}, { transport: 'rtu-over-tcp', unit: 248 }, 'connection.unit'],
    [
      'more in flight on a line without transaction ids',
      'hr1',
      {},
      { transport: 'rtu-over-tcp', inFlight: 2 },
      'inFlight',
    ],
    ['a text that is no address', '40001', {}, {}, 'hr100:float32:CDAB'],
    ['an address beyond the last', 'hr65535:float32', {}, {}, 'end beyond 65535'],
    ['an unknown type', 'hr1:float16', {}, {}, 'properties.0.address.as'],
    ['a float as an integer', 'hr1:float32', { type: 'integer' }, {}, 'float32 is no integer'],
    ['a fraction as an integer', 'hr1:int16*0.1', { type: 'integer' }, {}, 'makes numbers'],
    ['a string without a length', { table: 'holding', at: 1, as: 'string' }, { type: 'string' }, {}, 'registers'],
    ['a number as a string without states', 'hr1:uint16', { type: 'string' }, {}, 'enum'],
    ['bits of a float', { table: 'holding', at: 1, as: 'float32', bit: 1 }, { type: 'boolean' }, {}, 'bits of float32'],
    ['a bit that is not there', 'hr1.16', { type: 'boolean' }, {}, 'bit 16 of 16'],
    ['a string longer than the device gives', 'hr1:string[60]', { type: 'string' }, { maxRegisters: 50 }, 'at most 50'],
    ['writing an input', 'ir1', { write: {} }, {}, 'cannot be written'],
    [
      'function 6 for two registers',
      { table: 'holding', at: 1, as: 'float32', function: 6 },
      { write: {} },
      {},
      'one register',
    ],
    [
      'writing bits of two registers',
      { table: 'holding', at: 1, as: 'uint32', bit: 3 },
      { type: 'boolean', write: {} },
      {},
      'more than one register',
    ],
    ['an unknown word', { table: 'holding', at: 1, scael: 2 }, {}, {}, 'scael'],
    ['an identification as a number', { table: 'identification', object: 0 }, {}, {}, 'is a string'],
  ] as const)('is refused for %s', (_, address, property, connection, reason) => {
    expect(messageOf(address, property as Partial<PropertyDefinition>, connection)).toContain(reason)
  })
})

describe('the nameplate of a device', () => {
  test('is expected in the rhythm in which it is asked, whatever the definition says', () => {
    for (const address of [{ table: 'identification', object: 0 }, { table: 'server-id' }]) {
      const result = check(address, { type: 'string', everyMs: 60_000 })
      expect(result.ok && result.value.properties[0]?.everyMs).toBe(3_600_000)
    }
    const other = check({ table: 'holding', at: 1 }, { everyMs: 60_000 })
    expect(other.ok && other.value.properties[0]?.everyMs).toBe(60_000)
  })
})
