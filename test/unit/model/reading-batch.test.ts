import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BatchBuilder, checkBatch, type ReadingBatch } from '#model'

const from = { source: 'test', sequence: 1, arrivedAt: 1_000 }

describe('BatchBuilder', () => {
  it('puts each kind of value into its column', () => {
    const batch = new BatchBuilder()
      .add(1, 10, 21.5)
      .add(2, 10, true)
      .add(3, 10, 'running')
      .add(4, 10, 2n ** 62n)
      .add(4, 11, 42n)
      .add(5, 10, null, 5)
      .build(from)
    expect([...batch.value]).toEqual([21.5, 1, Number.NaN, Number.NaN, 42, Number.NaN])
    expect(batch.texts).toEqual({ row: Int32Array.of(2), text: ['running'] })
    expect(batch.integers).toEqual({ row: Int32Array.of(3), integer: BigInt64Array.of(2n ** 62n) })
    expect([...batch.quality]).toEqual([0, 0, 0, 0, 0, 5])
    expect(() => checkBatch(batch)).not.toThrow()
  })

  it('refuses an integer that does not fit 64 bits', () => {
    expect(() => new BatchBuilder().add(1, 0, 2n ** 63n)).toThrow(/64 bits/)
  })

  it('keeps every row however many there are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ tag: fc.nat(1e6), time: fc.nat(), value: fc.double() }), { maxLength: 400 }),
        (rows) => {
          const builder = new BatchBuilder()
          for (const { tag, time, value } of rows) builder.add(tag, time, value)
          const batch = builder.build(from)
          expect(batch.count).toBe(rows.length)
          expect([...batch.tag]).toEqual(rows.map(({ tag }) => tag))
          expect([...batch.value]).toEqual(rows.map(({ value }) => value))
        },
      ),
    )
  })
})

describe('checkBatch', () => {
  const good: ReadingBatch = new BatchBuilder().add(1, 5, 1).add(1, 6, 'a').build(from)
  it.each<[string, Partial<ReadingBatch>]>([
    ['a time that is not finite', { time: Float64Array.of(5, Number.NaN) }],
    ['a time before 1970', { time: Float64Array.of(-1, 5) }],
    ['a time after 2255', { time: Float64Array.of(5, 2 ** 53 + 2) }],
    ['a short column', { value: Float64Array.of(1) }],
    ['a count that is not whole', { count: 1.5 }],
    ['a negative sequence', { sequence: -1 }],
    ['no source', { source: '' }],
    ['a text beyond the rows', { texts: { row: Int32Array.of(2), text: ['x'] } }],
    ['texts out of order', { texts: { row: Int32Array.of(1, 0), text: ['x', 'y'] } }],
    ['more rows than texts', { texts: { row: Int32Array.of(0, 1), text: ['x'] } }],
  ])('refuses %s', (_, wrong) => {
    expect(() => checkBatch({ ...good, ...wrong })).toThrow(/Not a well-formed batch/)
  })
})
