import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { realFiles } from '../../../src/historian/files/real-files.ts'
import type { RowPage } from '../../../src/historian/parts/chunk.ts'
import {
  allRows,
  buildIndex,
  type ColumnCache,
  ParquetReader,
  writeIndex,
} from '../../../src/historian/parts/parquet/index.ts'
import { seededRandom } from '../../fakes/random.ts'
import { ParquetMaker, type StoredRow } from './parquet-files.ts'

let maker: ParquetMaker
beforeAll(async () => {
  maker = await ParquetMaker.create()
})
afterAll(() => maker.close())

/** How a column looks: DuckDB chooses its encoding by that. */
const shapes = {
  values: {
    constant: () => () => 21.5,
    binary: (random) => () => (random() < 0.5 ? 0 : 1),
    steps: (random) => () => Math.floor(random() * 3000) / 100,
    random: (random) => () => random() * 1e6 - 5e5,
    gaps: (random) => () => (random() < 0.3 ? Number.NaN : Math.floor(random() * 100)),
    none: () => () => Number.NaN,
    odd: (random) => {
      const odd = [-0, 0, Infinity, -Infinity, 5e-324, -5e-324, Number.MAX_VALUE, Number.NaN, 0.1]
      return () => odd[Math.floor(random() * odd.length)]!
    },
  },
  steps: {
    second: () => () => 1_000_000,
    jitter: (random) => () => 1_000_000 + Math.floor(random() * 20) * 1000,
    wild: (random) => () => 1 + Math.floor(random() ** 12 * 8e12),
    microsecond: () => () => 1,
  },
  qualities: {
    good: () => () => 0,
    some: (random) => () => (random() < 0.02 ? 1 : 0),
    any: (random) => () => Math.floor(random() * 7),
  },
  delays: {
    none: () => () => 0,
    some: (random) => () => (random() < 0.2 ? Math.floor(random() * 1e7) : 0),
    all: (random) => () => 1 + Math.floor(random() * 3e8),
  },
  texts: {
    none: () => () => null,
    few: (random) => () => ['running', 'stopped', '', '停止', '\ufeffmark'][Math.floor(random() * 5)]!,
    many: (random) => () => (random() < 0.3 ? null : `batch ${Math.floor(random() * 1e9)} 🏭 \0 end`),
  },
  integers: {
    none: () => () => null,
    some: (random) => () => (random() < 0.9 ? null : BigInt.asIntN(64, BigInt(Math.floor(random() * 2 ** 53)) << 11n)),
    all: (random) => () => (random() < 0.5 ? 2n ** 63n - 1n : -(2n ** 63n)),
  },
} satisfies Record<string, Record<string, (random: () => number) => () => StoredRow[keyof StoredRow]>>

const nameIn = <T extends object>(table: T) => fc.constantFrom(...(Object.keys(table) as (keyof T)[]))

const look = fc.record({
  seed: fc.nat(),
  rows: fc.integer({ min: 1, max: 6000 }),
  tags: fc.integer({ min: 1, max: 60 }),
  start: fc.constantFrom(0, 1_767_225_600_000_000, 4_102_444_800_000_000, 8_950_000_000_000_000),
  values: nameIn(shapes.values),
  steps: nameIn(shapes.steps),
  qualities: nameIn(shapes.qualities),
  delays: nameIn(shapes.delays),
  texts: nameIn(shapes.texts),
  integers: nameIn(shapes.integers),
})
type Look = typeof look extends fc.Arbitrary<infer T> ? T : never

const options = fc.record({
  groupRows: fc.constantFrom(2048, 4096, 122_880),
  version: fc.constantFrom('v1' as const, 'v2' as const),
  compression: fc.constantFrom('zstd' as const, 'uncompressed' as const),
  dictionaryLimit: fc.constantFrom(1, 100, 100_000),
})

function rowsOf(one: Look): readonly StoredRow[] {
  const random = seededRandom(one.seed)
  const value = shapes.values[one.values](random)
  const step = shapes.steps[one.steps](random)
  const quality = shapes.qualities[one.qualities](random)
  const delay = shapes.delays[one.delays](random)
  const text = shapes.texts[one.texts](random)
  const integer = shapes.integers[one.integers](random)
  const rows: StoredRow[] = []
  for (let tag = 3, time = one.start, left = one.rows; left > 0; left--) {
    if (random() < one.tags / one.rows) {
      tag += 1 + Math.floor(random() * 300)
      time = one.start
    }
    time += step()
    rows.push({
      tag,
      time,
      value: value(),
      quality: quality(),
      arrivedAt: time + delay(),
      text: text(),
      integer: integer(),
    })
  }
  return rows
}

const tagsOf = (rows: readonly StoredRow[]): readonly number[] => [...new Set(rows.map(({ tag }) => tag))]

/** Rows of a page. */
function taken(page: RowPage, begin: number, end: number, tag: number): readonly Omit<StoredRow, 'arrivedAt'>[] {
  return Array.from({ length: end - begin }, (_, i) => ({
    tag,
    time: page.time[begin + i]!,
    value: page.value[begin + i]!,
    quality: page.quality[begin + i]!,
    text: page.text?.[begin + i] ?? null,
    integer: page.integer?.[begin + i] ?? null,
  }))
}

async function readTag(
  reader: ParquetReader,
  tag: number,
  from: number,
  to: number,
  descending = false,
): Promise<readonly Omit<StoredRow, 'arrivedAt'>[]> {
  const pages: ReturnType<typeof taken>[] = []
  for await (const { page, begin, end } of reader.rawSlices(tag, from, to, descending))
    pages.push(taken(page, begin, end, tag))
  return (descending ? pages.toReversed() : pages).flat()
}

/** DuckDB's dictionaries do not tell -0 from 0: the first of them that comes stands for both. */
const unsigned = <T extends { readonly value: number }>(row: T): T => (row.value === 0 ? { ...row, value: 0 } : row)

const withoutArrival = ({ arrivedAt: _, ...row }: StoredRow) => row

async function opened(path: string, cache?: ColumnCache): Promise<ParquetReader> {
  writeIndex(realFiles, path, await buildIndex(realFiles, path))
  return ParquetReader.open(realFiles, path, { ...(cache && { cache }) })
}

describe('a Parquet file of readings', () => {
  it('gives back every row, bit for bit, whatever encoding DuckDB chose', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(look, options, async (one, how) => {
        const rows = rowsOf(one)
        const path = await maker.readings(rows, how)
        const reader = await opened(path)
        const found: StoredRow[] = []
        for await (const { tag, page } of allRows(reader))
          found.push(...taken(page, 0, page.count, tag).map((row, i) => ({ ...row, arrivedAt: page.arrivedAt[i]! })))
        expect(found).toEqual(await maker.stored(path))
        expect(found.map(unsigned)).toEqual(rows.map(unsigned))
        for (const tag of tagsOf(rows).slice(0, 5)) {
          const own = rows
            .filter((row) => row.tag === tag)
            .map(withoutArrival)
            .map(unsigned)
          const ascending = await readTag(reader, tag, -Infinity, Infinity)
          expect(ascending.map(unsigned)).toEqual(own)
          expect(await readTag(reader, tag, -Infinity, Infinity, true)).toEqual(ascending)
          expect(reader.rowsOf(tag)).toBe(own.length)
          const from = own[own.length >> 2]!.time
          const to = own[own.length >> 1]!.time
          const inside = await readTag(reader, tag, from, to)
          expect(inside.map(unsigned)).toEqual(own.filter(({ time }) => time >= from && time < to))
        }
        reader.close()
      }),
      { numRuns: 60 },
    )
  })
})
