import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bcd, f32, f64, i16, i32, i64, text, u16, u32 } from '../../../src/demo/devices/words.ts'

const orders = ['ABCD', 'CDAB', 'BADC', 'DCBA'] as const

describe('words of a device', () => {
  it('put 1.0 into two registers in each of the four byte orders', () => {
    expect(orders.map((order) => f32(order).encode(1))).toEqual([
      [0x3f80, 0x0000],
      [0x0000, 0x3f80],
      [0x803f, 0x0000],
      [0x0000, 0x803f],
    ])
  })

  it('put a 64-bit counter into four registers in each of the four byte orders', () => {
    expect(orders.map((order) => i64(order).encode(0x0102_0304_0506_0708n))).toEqual([
      [0x0102, 0x0304, 0x0506, 0x0708],
      [0x0708, 0x0506, 0x0304, 0x0102],
      [0x0201, 0x0403, 0x0605, 0x0807],
      [0x0807, 0x0605, 0x0403, 0x0201],
    ])
  })

  it('give back what was put in, in every order', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...orders),
        fc.integer({ min: 0, max: 0xffff_ffff }),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.double(),
        (order, integer, large, double) => {
          expect(u32({ order }).decode(u32({ order }).encode(integer))).toBe(integer)
          expect(i32({ order }).decode(i32({ order }).encode(integer | 0))).toBe(integer | 0)
          expect(i64(order).decode(i64(order).encode(large))).toBe(large)
          expect(f64(order).decode(f64(order).encode(double))).toBe(double)
          expect(f32(order).decode(f32(order).encode(Math.fround(double)))).toBe(Math.fround(double))
          expect(bcd(2).decode(bcd(2).encode(integer % 1e8))).toBe(integer % 1e8)
        },
      ),
    )
  })

  it('write decimal digits as nibbles', () => {
    expect(bcd(2).encode(2214)).toEqual([0x0000, 0x2214])
    expect(bcd(2, { order: 'CDAB' }).encode(12345678)).toEqual([0x5678, 0x1234])
  })

  it('scale and clamp to what the register holds', () => {
    expect(u16({ scale: 0.1 }).encode(23.44)).toEqual([234])
    expect(u16().encode(70_000)).toEqual([0xffff])
    expect(i16({ scale: 0.1 }).encode(-1.2)).toEqual([0xfff4])
  })

  it('say "no value" with the sentinel of the device', () => {
    expect(i16({ none: -0x8000 }).encode(null)).toEqual([0x8000])
    expect(u16({ none: 0xffff }).encode(null)).toEqual([0xffff])
    expect(f32().encode(null)).toEqual([0x7fc0, 0])
  })

  it('pad texts with NUL or space, and swap their characters where the device does', () => {
    expect(text(3).encode('AB1')).toEqual([0x4142, 0x3100, 0])
    expect(text(3, 'space', 'BADC').encode('AB1')).toEqual([0x4241, 0x2031, 0x2020])
    expect(text(3, 'space', 'BADC').decode([0x4241, 0x2031, 0x2020])).toBe('AB1')
  })
})
