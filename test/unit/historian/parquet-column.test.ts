import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isIwError } from '#kernel'
import { Column } from '../../../src/historian/parts/parquet/column.ts'
import { Codec, PhysicalType } from '../../../src/historian/parts/parquet/footer.ts'
import { Encoding, pagesOf } from '../../../src/historian/parts/parquet/pages.ts'
import { seededRandom } from '../../fakes/random.ts'
import { type Cell, columnChunk } from './parquet-pages.ts'

const { plain, dictionary, delta, deltaLength, byteStreamSplit } = Encoding
const safe = fc.oneof(fc.bigInt(0n, 50n), fc.bigInt(-(2n ** 53n), 2n ** 53n), fc.bigInt(0n, 9_000_000_000_000_000n))

const kinds = {
  double: { type: PhysicalType.double, encodings: [plain, dictionary, byteStreamSplit], cell: fc.double() },
  few: {
    type: PhysicalType.double,
    encodings: [dictionary],
    cell: fc.constantFrom(1, 2.5, -0, Number.POSITIVE_INFINITY),
  },
  int32: {
    type: PhysicalType.int32,
    encodings: [plain, dictionary, delta],
    cell: fc.bigInt(-(2n ** 31n), 2n ** 31n - 1n),
  },
  int64: { type: PhysicalType.int64, encodings: [plain, dictionary, delta], cell: safe },
}

const pages = (encodings: readonly number[]) =>
  fc.array(
    fc.record({
      rows: fc.integer({ min: 1, max: 400 }),
      encoding: fc.constantFrom(...encodings),
      version: fc.constantFrom(1 as const, 2 as const),
      minis: fc.constantFrom(1, 4, 8),
      mini: fc.constantFrom(8, 32, 256),
    }),
    { minLength: 1, maxLength: 4 },
  )

/** A chunk of some pages, what is in it, and some of its rows. */
function chunks(type: number, encodings: readonly number[], cell: fc.Arbitrary<Cell>) {
  return pages(encodings).chain((looks) => {
    const rows = looks.reduce((sum, look) => sum + look.rows, 0)
    return fc
      .record({
        looks: fc.constant(looks),
        // Of few distinct cells, so that runs occur, and as many rows as the pages have.
        table: fc.array(cell, { minLength: 1, maxLength: 40 }),
        nulls: fc.constantFrom(0, 0.1, 0.9, 1),
        seed: fc.nat(),
        codec: fc.constantFrom(Codec.none, Codec.zstd),
        from: fc.nat(rows - 1),
        length: fc.nat(rows),
      })
      .map((one) => {
        const random = seededRandom(one.seed)
        let cellNow = one.table[0]!
        const cells = Array.from({ length: rows }, (): Cell => {
          if (random() < 0.6) cellNow = one.table[Math.floor(random() * one.table.length)]!
          return random() < one.nulls ? null : cellNow
        })
        const bytes = columnChunk(cells, type, one.codec, looks, random)
        const wanted = Math.min(one.length, rows - one.from)
        return { bytes, codec: one.codec, cells, from: one.from, wanted }
      })
  })
}

describe('a column of Parquet', () => {
  for (const [name, { type, encodings, cell }] of Object.entries(kinds))
    it(`gives any rows of ${name} pages in every encoding, as numbers`, () => {
      fc.assert(
        fc.property(chunks(type, encodings, cell), ({ bytes, codec, cells, from, wanted }) => {
          const out = new Float64Array(wanted)
          const found = new Column(pagesOf(bytes, codec, true, cells.length), type).numbers(from, out)
          const own = cells.slice(from, from + wanted)
          expect([...out]).toEqual(own.map((one) => (one === null ? Number.NaN : Number(one))))
          expect(found).toBe(own.filter((one) => one !== null).length)
        }),
      )
    })

  it('gives 64-bit integers of any size', () => {
    const cell = fc.oneof(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n)))
    fc.assert(
      fc.property(
        chunks(PhysicalType.int64, [plain, dictionary, delta], cell),
        ({ bytes, codec, cells, from, wanted }) => {
          const own = cells.slice(from, from + wanted)
          const found = new Column(pagesOf(bytes, codec, true, cells.length), PhysicalType.int64).integers(from, wanted)
          expect(found).toEqual(own.every((one) => one === null) ? undefined : own)
        },
      ),
    )
  })

  it('gives texts', () => {
    const cell = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', '\0', '\ufeff', '🏭'.repeat(300)))
    fc.assert(
      fc.property(
        chunks(PhysicalType.bytes, [plain, dictionary, deltaLength], cell),
        ({ bytes, codec, cells, from, wanted }) => {
          const own = cells.slice(from, from + wanted)
          const found = new Column(pagesOf(bytes, codec, true, cells.length), PhysicalType.bytes).texts(from, wanted)
          expect(found).toEqual(own.every((one) => one === null) ? undefined : own)
        },
      ),
    )
  })

  it('reads damaged bytes as something, or says that they are damaged, and nothing else', () => {
    const any = fc.constantFrom(...Object.values(kinds), {
      type: PhysicalType.bytes,
      encodings: [plain, dictionary, deltaLength],
      cell: fc.string(),
    })
    const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 })
    const damaged = any.chain(({ type, encodings, cell }) =>
      fc.tuple(fc.constant(type), chunks(type, encodings, cell as fc.Arbitrary<Cell>), damage),
    )
    let read = 0
    let refused = 0
    fc.assert(
      fc.property(damaged, ([type, { bytes, codec, cells, from, wanted }, where]) => {
        for (const [at, by] of where) bytes[at % bytes.length]! ^= by
        try {
          const column = new Column(pagesOf(bytes, codec, true, cells.length), type)
          if (type === PhysicalType.bytes) column.texts(from, wanted)
          else column.numbers(from, new Float64Array(wanted))
          if (type === PhysicalType.int64) column.integers(from, wanted)
          read++
        } catch (error) {
          if (!isIwError(error, 'IW_HISTORIAN_CORRUPT')) throw error
          refused++
        }
      }),
      { numRuns: 3000 },
    )
    expect(Math.min(read, refused)).toBeGreaterThan(100)
  })

  it('refuses an encoding and a compression that its files do not have', () => {
    const look = { rows: 2, encoding: 4, version: 1, minis: 1, mini: 8 } as const
    const bytes = columnChunk([1, 2], PhysicalType.double, Codec.none, [look], () => 0)
    const column = new Column(pagesOf(bytes, Codec.none, true, 2), PhysicalType.double)
    expect(() => column.numbers(0, new Float64Array(2))).toThrow('encoding 4, which is not used here')
    const packed = new Column(pagesOf(bytes, 1, true, 2), PhysicalType.double)
    expect(() => packed.numbers(0, new Float64Array(2))).toThrow('compressed in a way (1) not used here')
  })
})
