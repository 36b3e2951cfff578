import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  applyExponent,
  type ByteOrder,
  byteOrders,
  compileInteger,
  compileNumber,
  compileText,
  encodeBits,
  encodeNumber,
  encodeText,
  type NumberEncoding,
  readExponent,
} from '#modbus'

/** The registers as they stand in a reply: high byte first. */
function wire(registers: readonly number[] | Uint16Array): DataView {
  const view = new DataView(new ArrayBuffer(registers.length * 2))
  for (const [index, register] of registers.entries()) view.setUint16(index * 2, register)
  return view
}

const decode = (encoding: NumberEncoding, registers: readonly number[] | Uint16Array) =>
  compileNumber(encoding)(wire(registers), 0)
const decodeExact = (encoding: NumberEncoding, registers: readonly number[] | Uint16Array) =>
  compileInteger(encoding)(wire(registers), 0)

const order = fc.constantFrom(...byteOrders)

describe('numbers in registers', () => {
  test.each([
    ['ABCD', [0x0102, 0x0304]],
    ['CDAB', [0x0304, 0x0102]],
    ['BADC', [0x0201, 0x0403]],
    ['DCBA', [0x0403, 0x0201]],
  ] as [ByteOrder, number[]][])('%s puts the bytes of 0x01020304 where its name says', (order, registers) => {
    expect(decode({ as: 'uint32', order }, registers)).toBe(0x01020304)
    expect([...encodeNumber({ as: 'uint32', order }, 0x01020304)]).toEqual(registers)
  })

  test.each([
    ['ABCD', [0x0102, 0x0304, 0x0506, 0x0708]],
    ['CDAB', [0x0708, 0x0506, 0x0304, 0x0102]],
    ['BADC', [0x0201, 0x0403, 0x0605, 0x0807]],
    ['DCBA', [0x0807, 0x0605, 0x0403, 0x0201]],
  ] as [ByteOrder, number[]][])('%s does the same over four registers', (order, registers) => {
    expect(decodeExact({ as: 'uint64', order }, registers)).toBe(0x0102030405060708n)
    expect([...encodeNumber({ as: 'uint64', order }, 0x0102030405060708n)]).toEqual(registers)
  })

  test('floats are those of IEEE 754', () => {
    expect(decode({ as: 'float32', order: 'ABCD' }, [0x41ac, 0x3d71])).toBe(Math.fround(21.53))
    expect(decode({ as: 'float32', order: 'CDAB' }, [0x3d71, 0x41ac])).toBe(Math.fround(21.53))
    expect(decode({ as: 'float64', order: 'ABCD' }, [0x4009, 0x21fb, 0x5444, 0x2d18])).toBe(Math.PI)
  })

  test('every order and type gives back what was written', () => {
    const cases: readonly [NumberEncoding['as'], fc.Arbitrary<number>][] = [
      ['uint16', fc.integer({ min: 0, max: 0xffff })],
      ['int16', fc.integer({ min: -0x8000, max: 0x7fff })],
      ['uint32', fc.integer({ min: 0, max: 0xffff_ffff })],
      ['int32', fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff })],
      ['float32', fc.float({ noNaN: true, noDefaultInfinity: true })],
      ['float64', fc.double({ noNaN: true, noDefaultInfinity: true })],
      ['bcd16', fc.integer({ min: 0, max: 9999 })],
      ['bcd32', fc.integer({ min: 0, max: 99_999_999 })],
    ]
    for (const [as, values] of cases)
      fc.assert(
        fc.property(values, order, (value, order) => {
          expect(decode({ as, order }, encodeNumber({ as, order }, value))).toBe(value)
        }),
      )
  })

  test('64-bit integers are exact, as a bigint only beyond 2^53', () => {
    const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
    for (const [as, values] of [
      ['int64', int64],
      ['uint64', uint64],
    ] as const)
      fc.assert(
        fc.property(fc.oneof(values, fc.maxSafeInteger().map(BigInt)), order, (value, order) => {
          if (as === 'uint64' && value < 0n) return
          const back = decodeExact({ as, order }, encodeNumber({ as, order }, value))
          expect(BigInt(back)).toBe(value)
          expect(typeof back).toBe(value > 2n ** 53n || value < -(2n ** 53n) ? 'bigint' : 'number')
        }),
      )
    expect(decodeExact({ as: 'int64', order: 'ABCD' }, [0x7fff, 0xffff, 0xffff, 0xffff])).toBe(2n ** 63n - 1n)
    expect(decodeExact({ as: 'int64', order: 'ABCD' }, [0xffff, 0xffff, 0xffff, 0xffff])).toBe(-1)
  })

  test('a sentinel is no value, before scale and offset; bit patterns name negative raw values', () => {
    expect(decode({ as: 'int16', order: 'ABCD', nulls: [0x8000], scale: 0.1 }, [0x8000])).toBeNaN()
    expect(decode({ as: 'int16', order: 'ABCD', nulls: [-32768] }, [0x8000])).toBeNaN()
    expect(decode({ as: 'uint16', order: 'ABCD', nulls: [0xffff, 0xfffe] }, [0xfffe])).toBeNaN()
    expect(decode({ as: 'bcd16', order: 'ABCD', nulls: [0xffff] }, [0xffff])).toBeNaN()
    expect(decodeExact({ as: 'int64', order: 'ABCD', nulls: [0x8000000000000000n] }, [0x8000, 0, 0, 0])).toBeNaN()
    expect(decodeExact({ as: 'int64', order: 'ABCD', nulls: [0x8000000000000000n] }, [0x8000, 0, 0, 1])).toBe(
      -(2n ** 63n) + 1n,
    )
    expect(decode({ as: 'float32', order: 'ABCD' }, [0x7fc0, 0])).toBeNaN()
  })

  test('infinities and digits above 9 are no numbers: infinite, for the quality to say so', () => {
    expect(decode({ as: 'float32', order: 'ABCD' }, [0x7f80, 0])).toBe(Number.POSITIVE_INFINITY)
    expect(decode({ as: 'bcd16', order: 'ABCD' }, [0x12a4])).toBe(Number.POSITIVE_INFINITY)
  })

  test('a decimal scale gives the number a person would write', () => {
    expect(decode({ as: 'uint16', order: 'ABCD', scale: 0.1 }, [3])).toBe(0.3)
    expect(decode({ as: 'int16', order: 'ABCD', scale: 0.01, offset: -40 }, [6153])).toBeCloseTo(21.53, 12)
    fc.assert(
      fc.property(fc.integer({ min: -0x8000, max: 0x7fff }), fc.integer({ min: 1, max: 4 }), (raw, digits) => {
        const scale = 1 / 10 ** digits
        expect(decode({ as: 'int16', order: 'ABCD', scale }, encodeNumber({ as: 'int16', order: 'ABCD' }, raw))).toBe(
          Number(`${raw}e-${digits}`),
        )
      }),
    )
  })

  test('bits are taken from the value in its own order', () => {
    expect(decode({ as: 'uint16', order: 'ABCD', bits: { from: 4, count: 4 } }, [0x12a4])).toBe(0xa)
    expect(decode({ as: 'uint16', order: 'BADC', bits: { from: 4, count: 4 } }, [0x12a4])).toBe(1)
    expect(decode({ as: 'uint32', order: 'CDAB', bits: { from: 31, count: 1 } }, [0, 0x8000])).toBe(1)
    expect(decode({ as: 'int16', order: 'ABCD', bits: { from: 15, count: 1 } }, [0x8000])).toBe(1)
  })

  test('masks change the bits named and leave the others', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffff }),
        fc.integer({ min: 0, max: 15 }),
        fc.integer({ min: 1, max: 16 }),
        fc.nat(0xffff),
        (before, from, width, wanted) => {
          const count = Math.min(width, 16 - from)
          const value = wanted % 2 ** count
          const { andMask, orMask } = encodeBits({ from, count }, value)
          const after = (before & andMask) | (orMask & ~andMask & 0xffff)
          expect(decode({ as: 'uint16', order: 'ABCD', bits: { from, count } }, [after])).toBe(value)
          const others = ~((2 ** count - 1) << from) & 0xffff
          expect(after & others).toBe(before & others)
        },
      ),
    )
  })

  test.each([
    [{ as: 'uint16', order: 'ABCD' }, 65_536],
    [{ as: 'int16', order: 'ABCD', scale: 0.1 }, 3276.8],
    [{ as: 'uint64', order: 'ABCD' }, -1n],
    [{ as: 'float32', order: 'ABCD' }, 1e39],
    [{ as: 'float64', order: 'ABCD' }, Number.NaN],
    [{ as: 'bcd16', order: 'ABCD' }, 10_000],
    [{ as: 'int16', order: 'ABCD', nulls: [0x8000] }, -32_768],
  ] as [NumberEncoding, number | bigint][])('%o cannot hold %s', (encoding, value) => {
    expect(() => encodeNumber(encoding, value)).toThrow(RangeError)
  })
})

describe('texts in registers', () => {
  const ascii = { as: 'string', order: 'ABCD', registers: 6, text: 'ascii' } as const

  test('end at the first NUL and lose trailing spaces', () => {
    const read = compileText(ascii)
    expect(read(wire([0x4f6c, 0x6420, 0x4d69, 0x6c6c, 0, 0x5858]), 0)).toBe('Old Mill')
    expect(read(wire([0x4f6c, 0x6420, 0x2020, 0x2020, 0x2020, 0x2020]), 0)).toBe('Old')
  })

  test('are null where all bits are set, and unknown where bytes mean nothing', () => {
    expect(compileText(ascii)(wire([0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff]), 0)).toBeNull()
    expect(compileText(ascii)(wire([0xc3a9, 0, 0, 0, 0, 0]), 0)).toBeUndefined()
    expect(compileText({ ...ascii, text: 'utf8' })(wire([0xc3a9, 0, 0, 0, 0, 0]), 0)).toBe('é')
    expect(compileText({ ...ascii, text: 'utf8' })(wire([0xc300, 0, 0, 0, 0, 0]), 0)).toBeUndefined()
  })

  test('survive a round trip in both byte orders', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 10 }).map((some) => some.replaceAll('\0', '').trimEnd())
    fc.assert(
      fc.property(text, fc.constantFrom<ByteOrder>('ABCD', 'BADC'), (value, order) => {
        const encoding = { as: 'string', order, registers: 125, text: 'utf8' } as const
        expect(compileText(encoding)(wire(encodeText(encoding, value)), 0)).toBe(value)
      }),
    )
  })

  test('that are too long or beyond ASCII are refused', () => {
    expect(() => encodeText(ascii, 'thirteen char')).toThrow(RangeError)
    expect(() => encodeText(ascii, 'né')).toThrow(RangeError)
  })
})

describe('scale registers', () => {
  test('hold a power of ten, or say that there is none', () => {
    expect(applyExponent(2153, readExponent(wire([0xfffe]), 0))).toBe(21.53)
    expect(applyExponent(7, readExponent(wire([3]), 0))).toBe(7000)
    expect(applyExponent(7, readExponent(wire([0x8000]), 0))).toBeNaN()
    expect(applyExponent(7, readExponent(wire([200]), 0))).toBe(Number.POSITIVE_INFINITY)
    expect(applyExponent(Number.NaN, 2)).toBeNaN()
  })
})
