import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UsageError } from '../../../src/cli/exit-codes.ts'
import { displayWidth, table } from '../../../src/cli/table.ts'
import { parseAddress, parseProperty, suggestedId } from '../../../src/cli/thing-input.ts'
import { shownAge, shownUnit, shownValue, splitTarget, typedValue } from '../../../src/cli/values.ts'

describe('a value for people', () => {
  it.each([
    [null, undefined, '—'],
    [undefined, undefined, '—'],
    [0, undefined, '0'],
    [21.5, 2, '21.50'],
    [1 / 3, undefined, '0.333333'],
    [123456789, undefined, '123456789'],
    ['9223372036854775807', undefined, '9223372036854775807'],
    [false, undefined, 'false'],
    ['烘干', undefined, '烘干'],
  ])('%j with %j decimals is %s', (value, decimals, text) => {
    expect(shownValue(value, decimals)).toBe(text)
  })

  it('has the symbol of its unit, or the code where there is none', () => {
    expect([shownUnit('Cel'), shownUnit('m3/h'), shownUnit('furlong'), shownUnit(undefined)]).toEqual([
      '°C',
      'm³/h',
      'furlong',
      '',
    ])
  })

  it('has an age in a unit that fits', () => {
    const now = 1_000_000_000_000
    const age = (seconds: number) => shownAge((now - seconds * 1000) * 1000, now)
    expect([0.44, 59, 600, 7200, 400_000].map(age)).toEqual(['0.4 s', '59 s', '10 min', '2 h', '5 d'])
    expect(shownAge(now * 1000 + 5e6, now)).toBe('0.0 s')
    expect(shownAge(undefined, now)).toBe('—')
  })
})

describe('a value that was typed', () => {
  const typed = (text: string, type: 'number' | 'integer' | 'boolean' | 'string') =>
    typedValue(text, { name: 'p', type })

  it('becomes a value of the property’s type', () => {
    expect(typed('6.5', 'number')).toBe(6.5)
    expect(typed('-12', 'integer')).toBe(-12)
    expect(typed('on', 'boolean')).toBe(true)
    expect(typed('0', 'boolean')).toBe(false)
    expect(typed('auto', 'string')).toBe('auto')
  })

  it('keeps every digit of a 64-bit integer', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        (n) => BigInt(typed(String(n), 'integer')) === n,
      ),
    )
  })

  it.each([
    ['maybe', 'boolean'],
    ['1.5', 'integer'],
    ['', 'number'],
    ['1e400', 'number'],
    ['ten', 'number'],
    ['NaN', 'number'],
  ] as const)('is refused when %j is no %s', (text, type) => {
    expect(() => typed(text, type)).toThrow(UsageError)
  })
})

describe('a target', () => {
  it('is split at the first slash: names of properties may have more', () => {
    expect(splitTarget('kiln-1/zone 1/setpoint')).toEqual({ thing: 'kiln-1', property: 'zone 1/setpoint' })
    expect(splitTarget('kiln-1')).toEqual({ thing: 'kiln-1' })
  })
})

describe('the address of a machine', () => {
  it.each([
    ['modbus-tcp://10.0.0.7', { protocol: 'modbus', transport: 'tcp', host: '10.0.0.7' }],
    [
      'modbus-tcp://plc.local:1502?unit=3&everyMs=500',
      { protocol: 'modbus', transport: 'tcp', host: 'plc.local', port: 1502, unit: 3, everyMs: 500 },
    ],
    ['modbus-tcp://[::1]:502', { protocol: 'modbus', transport: 'tcp', host: '::1', port: 502 }],
    [
      'modbus-rtu-tcp://gateway:4001?unit=9',
      { protocol: 'modbus', transport: 'rtu-over-tcp', host: 'gateway', port: 4001, unit: 9 },
    ],
    [
      'modbus-rtu:/dev/ttyUSB0?baudRate=9600&parity=even',
      { protocol: 'modbus', transport: 'rtu', path: '/dev/ttyUSB0', baudRate: 9600, parity: 'even' },
    ],
  ])('%s is a connection', (text, connection) => {
    expect(parseAddress(text)).toEqual(connection)
  })

  it.each(['10.0.0.7', 'http://10.0.0.7', 'modbus-tcp://', 'modbus-rtu:', ''])(
    '%j is refused with what would do',
    (text) => {
      expect(() => parseAddress(text)).toThrow(UsageError)
    },
  )

  it('suggests an id that is permitted', () => {
    expect(suggestedId(parseAddress('modbus-tcp://10.0.0.7:1502?unit=3'), 'eastron/sdm630')).toBe(
      'sdm630-10.0.0.7-1502-3',
    )
    expect(suggestedId(parseAddress('modbus-rtu:/dev/tty/USB0'), undefined)).toBe('modbus-tty-USB0')
  })
})

describe('a property on the command line', () => {
  it.each([
    [
      't=hr100:float32:CDAB,unit=Cel,decimals=1',
      { name: 't', type: 'number', address: 'hr100:float32:CDAB', unit: 'Cel', decimals: 1 },
    ],
    ['n=ir12:uint32', { name: 'n', type: 'integer', address: 'ir12:uint32' }],
    ['p=ir12:int16*0.1,every=500', { name: 'p', type: 'number', address: 'ir12:int16*0.1', everyMs: 500 }],
    ['b=hr7.3', { name: 'b', type: 'boolean', address: 'hr7.3' }],
    ['on=co3', { name: 'on', type: 'boolean', address: 'co3' }],
    ['c=hr5', { name: 'c', type: 'integer', address: 'hr5' }],
    ['s=hr5:string[8],title=Serial', { name: 's', type: 'string', address: 'hr5:string[8]', title: 'Serial' }],
    ['x=hr5:uint16,type=number', { name: 'x', type: 'number', address: 'hr5:uint16' }],
  ])('%s is understood', (text, property) => {
    expect(parseProperty(text)).toEqual(property)
  })

  it('needs a name and an address', () => {
    for (const text of ['', 'hr100', '=hr100', 'a=']) expect(() => parseProperty(text)).toThrow(UsageError)
  })
})

describe('a table', () => {
  it('lines up columns, also beside Chinese text, and numbers to the right', () => {
    expect(
      table(
        ['name', 'value'],
        [
          ['总进线电表', '1'],
          ['kiln', '100'],
        ],
        [1],
      ),
    ).toBe('name        value\n总进线电表      1\nkiln          100\n')
    expect(displayWidth('总进线电表')).toBe(10)
  })
})
