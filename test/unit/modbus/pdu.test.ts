import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeRequest, expectReply, judgeReply, type ModbusDevice, ModbusException, type ModbusRequest } from '#modbus'
import { decodeIdentification } from '../../../src/modbus/reply.ts'
import { decodeRequest, requestPduLength } from '../../../src/modbus/request-decoder.ts'
import { serve } from '../../../src/modbus/serve.ts'

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
const answerOf = (device: ModbusDevice, pdu: Uint8Array, failed: (error: unknown) => void = () => {}): Uint8Array =>
  serve(device, pdu, failed)!
const hex = (pdu: Uint8Array) => Buffer.from(pdu).toString('hex')

/** The examples of the Application Protocol V1.1b3, §6.1 to §6.21. */
const examples: readonly { section: string; request: ModbusRequest; asked: string; answered: string }[] = [
  { section: '6.1', request: { function: 1, address: 19, count: 19 }, asked: '01 0013 0013', answered: '01 03 cd6b05' },
  {
    section: '6.2',
    request: { function: 2, address: 196, count: 22 },
    asked: '02 00c4 0016',
    answered: '02 03 acdb35',
  },
  {
    section: '6.3',
    request: { function: 3, address: 107, count: 3 },
    asked: '03 006b 0003',
    answered: '03 06 022b 0000 0064',
  },
  { section: '6.4', request: { function: 4, address: 8, count: 1 }, asked: '04 0008 0001', answered: '04 02 000a' },
  {
    section: '6.5',
    request: { function: 5, address: 172, value: true },
    asked: '05 00ac ff00',
    answered: '05 00ac ff00',
  },
  { section: '6.6', request: { function: 6, address: 1, value: 3 }, asked: '06 0001 0003', answered: '06 0001 0003' },
  {
    section: '6.11',
    request: { function: 15, address: 19, values: [true, false, true, true, false, false, true, true, true, false] },
    asked: '0f 0013 000a 02 cd01',
    answered: '0f 0013 000a',
  },
  {
    section: '6.12',
    request: { function: 16, address: 1, values: Uint16Array.of(0x000a, 0x0102) },
    asked: '10 0001 0002 04 000a 0102',
    answered: '10 0001 0002',
  },
  { section: '6.13', request: { function: 17 }, asked: '11', answered: '11 04 abcdef ff' },
  {
    section: '6.16',
    request: { function: 22, address: 4, andMask: 0xf2, orMask: 0x25 },
    asked: '16 0004 00f2 0025',
    answered: '16 0004 00f2 0025',
  },
  {
    section: '6.17',
    request: { function: 23, readAddress: 3, readCount: 6, writeAddress: 14, values: Uint16Array.of(255, 255, 255) },
    asked: '17 0003 0006 000e 0003 06 00ff 00ff 00ff',
    answered: '17 0c 00fe 0acd 0001 0003 000d 00ff',
  },
  {
    section: '6.21',
    request: { function: 43, category: 1, object: 0 },
    asked: '2b 0e 01 00',
    answered:
      '2b 0e 01 01 00 00 03 00 16 436f6d70616e79206964656e74696669636174696f6e 01 0f 50726f6475637420636f6465205858 02 05 56322e3131',
  },
]

const address = fc.integer({ min: 0, max: 60_000 })
const registers = (most: number) => fc.uint16Array({ minLength: 1, maxLength: most })
const request: fc.Arbitrary<ModbusRequest> = fc.oneof(
  fc.record({ function: fc.constantFrom(1, 2), address, count: fc.integer({ min: 1, max: 2000 }) }),
  fc.record({ function: fc.constantFrom(3, 4), address, count: fc.integer({ min: 1, max: 125 }) }),
  fc.record({ function: fc.constant(5), address, value: fc.boolean() }),
  fc.record({ function: fc.constant(6), address, value: fc.integer({ min: 0, max: 0xffff }) }),
  fc.record({ function: fc.constant(15), address, values: fc.array(fc.boolean(), { minLength: 1, maxLength: 1968 }) }),
  fc.record({ function: fc.constant(16), address, values: registers(123) }),
  fc.constant({ function: 17 }),
  fc.record({
    function: fc.constant(22),
    address,
    andMask: fc.integer({ min: 0, max: 0xffff }),
    orMask: fc.integer({ min: 0, max: 0xffff }),
  }),
  fc.record({
    function: fc.constant(23),
    readAddress: address,
    readCount: fc.integer({ min: 1, max: 125 }),
    writeAddress: address,
    values: registers(121),
  }),
  fc.record({
    function: fc.constant(43),
    category: fc.constantFrom(1, 2, 3, 4),
    object: fc.integer({ min: 0, max: 255 }),
  }),
) as fc.Arbitrary<ModbusRequest>

describe('the PDU codec', () => {
  test.each(examples)('encodes the request of §$section as the specification does', ({ request, asked }) => {
    expect(hex(encodeRequest(request))).toBe(asked.replaceAll(' ', ''))
  })

  test.each(examples)('takes the reply of §$section for the answer', ({ request, answered }) => {
    const pdu = bytes(answered)
    expect(judgeReply(expectReply(request), pdu, 0, pdu.length)).toBe('answer')
  })

  test.each(examples)('takes an exception for the refusal of §$section, and no longer one', ({ request }) => {
    const refusal = Uint8Array.of(request.function | 0x80, 2)
    expect(judgeReply(expectReply(request), refusal, 0, 2)).toBe('exception')
    expect(judgeReply(expectReply(request), Uint8Array.of(...refusal, 0), 0, 3)).toBe('wrong-length')
  })

  test.each(examples)('refuses the reply of §$section when a byte is missing or too many', ({ request, answered }) => {
    const pdu = bytes(answered)
    const longer = Uint8Array.of(...pdu, 0)
    expect(judgeReply(expectReply(request), pdu, 0, pdu.length - 1)).not.toBe('answer')
    expect(judgeReply(expectReply(request), longer, 0, longer.length)).not.toBe('answer')
  })

  test.each(examples.filter(({ request }) => [5, 6, 15, 16, 22].includes(request.function)))(
    'refuses a reply of §$section that echoes something else',
    ({ request, answered }) => {
      for (let i = 1; i < bytes(answered).length; i++) {
        const pdu = bytes(answered)
        pdu[i]! ^= 1
        expect(judgeReply(expectReply(request), pdu, 0, pdu.length)).toBe('wrong-echo')
      }
    },
  )

  test('reads the objects of the identification example', () => {
    const { objects, conformity, next } = decodeIdentification(bytes(examples.at(-1)!.answered))
    expect([...objects]).toEqual([
      [0, 'Company identification'],
      [1, 'Product code XX'],
      [2, 'V2.11'],
    ])
    expect({ conformity, next }).toEqual({ conformity: 1, next: undefined })
  })

  test('any request survives encoding and decoding', () => {
    fc.assert(
      fc.property(request, (asked) => {
        const pdu = encodeRequest(asked)
        expect(decodeRequest(pdu)).toEqual(asked)
        expect(requestPduLength(pdu, 0, pdu.length)).toBe(pdu.length)
      }),
    )
  })

  test('a server answers any bytes with a reply or an exception, and never throws', () => {
    const device: ModbusDevice = {
      read: (_table, _address, count) => new Array<boolean>(count).fill(true),
      readRegisters: (_table, _address, count) => new Uint16Array(count),
      writeCoils: () => {},
      writeRegisters: () => {},
      identification: { 0: 'Interwork' },
      serverId: { id: Uint8Array.of(1), running: true },
    }
    const surprised: unknown[] = []
    const pdu = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 260 }),
      fc.tuple(request, fc.nat(300), fc.nat(255)).map(([asked, at, value]) => {
        const mutated = encodeRequest(asked).slice(0, 253)
        mutated[at % mutated.length] = value
        return mutated
      }),
    )
    fc.assert(
      fc.property(pdu, (asked) => {
        const reply = answerOf(device, asked, (error) => surprised.push(error))
        expect(reply[0]! & 0x7f).toBe(asked[0]! & 0x7f)
        expect(reply.length).toBeLessThanOrEqual(253)
      }),
      { numRuns: 2000 },
    )
    expect(surprised).toEqual([])
  })

  test('what a server answers is taken for the answer to what was asked', () => {
    const memory = new Uint16Array(65_536)
    const device: ModbusDevice = {
      read: (_table, from, count) => Array.from({ length: count }, (_, i) => (from + i) % 3 === 0),
      readRegisters: (_table, from, count) => memory.slice(from, from + count),
      writeCoils: () => {},
      writeRegisters: (from, values) => memory.set(values, from),
      identification: { 0: 'Interwork', 1: 'P', 2: '1.0', 130: 'own' },
      serverId: { id: bytes('abcdef'), running: true },
    }
    fc.assert(
      fc.property(request, (asked) => {
        const reply = answerOf(device, encodeRequest(asked))
        const verdict = judgeReply(expectReply(asked), reply, 0, reply.length)
        const mayRefuse = asked.function === 43 && asked.category === 4
        expect(verdict).toBe(mayRefuse && reply[0]! > 0x80 ? 'exception' : 'answer')
      }),
    )
  })

  test.each([
    ['an address beyond the last', { function: 3, address: 65_535, count: 2 }],
    ['more registers than fit', { function: 3, address: 0, count: 126 }],
    ['no coils at all', { function: 15, address: 0, values: [] }],
    ['a value of more than 16 bits', { function: 6, address: 0, value: 65_536 }],
  ] as [string, ModbusRequest][])('cannot be made to ask for %s', (_, asked) => {
    expect(() => encodeRequest(asked)).toThrow(RangeError)
  })

  test('an identification that does not fit one reply goes on where it ended', () => {
    const identification = { 0: 'a'.repeat(200), 1: 'b'.repeat(200), 2: 'c' }
    const device = { identification, read: () => [], readRegisters: () => new Uint16Array(0) }
    const first = decodeIdentification(answerOf(device, encodeRequest({ function: 43, category: 1, object: 0 })))
    expect(first.next).toBe(1)
    const second = decodeIdentification(answerOf(device, encodeRequest({ function: 43, category: 1, object: 1 })))
    expect([...second.objects.keys()]).toEqual([1, 2])
  })

  test('a device that refuses is answered for with its code, one that breaks with code 4', () => {
    const device = (error: Error): ModbusDevice => ({
      read: () => {
        throw error
      },
      readRegisters: () => {
        throw error
      },
    })
    const asked = encodeRequest({ function: 3, address: 0, count: 1 })
    const seen: unknown[] = []
    const surprise = new Error('surprise')
    expect(hex(answerOf(device(new ModbusException(6)), asked, (error) => seen.push(error)))).toBe('8306')
    expect(hex(answerOf(device(surprise), asked, (error) => seen.push(error)))).toBe('8304')
    expect(seen).toEqual([surprise])
  })
})
