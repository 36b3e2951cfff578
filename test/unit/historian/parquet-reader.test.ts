import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FileLayer } from '../../../src/historian/files/file-layer.ts'
import { realFiles } from '../../../src/historian/files/real-files.ts'
import type { RowPage } from '../../../src/historian/parts/chunk.ts'
import {
  buildIndex,
  ColumnCache,
  ParquetReader,
  readFooter,
  writeIndex,
} from '../../../src/historian/parts/parquet/index.ts'
import { seededRandom } from '../../fakes/random.ts'
import { allRows, ParquetMaker, type StoredRow } from './parquet-files.ts'

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
    wild: (random) => () => 1 + Math.floor(random() ** 40 * 8e12),
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
  start: fc.constantFrom(0, 1_767_225_600_000_000, 4_102_444_800_000_000, 7_700_000_000_000_000),
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
  it('gives back every row, bit for bit, whatever encoding DuckDB chose', { timeout: 300_000 }, async () => {
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

  it('is read in each of the encodings that DuckDB writes', async () => {
    const random = seededRandom(11)
    const rows = Array.from({ length: 9000 }, (_, at): StoredRow => {
      const time = 1_767_225_600_000_000 + at * 1_000_000 + Math.floor(random() * 5000)
      const text = at % 7 === 0 ? null : at % 2 === 0 ? 'running' : `batch ${random()}`
      return { tag: 1, time, value: random(), quality: 0, arrivedAt: time + 5, text, integer: BigInt(at) << 49n }
    })
    const wanted = [
      {
        version: 'v2',
        dictionaryLimit: 1,
        value: 'BYTE_STREAM_SPLIT',
        time: 'DELTA_BINARY_PACKED',
        text: 'DELTA_LENGTH_BYTE_ARRAY',
      },
      {
        version: 'v2',
        dictionaryLimit: 100_000,
        value: 'RLE_DICTIONARY',
        time: 'RLE_DICTIONARY',
        text: 'RLE_DICTIONARY',
      },
      { version: 'v1', dictionaryLimit: 1, value: 'PLAIN', time: 'PLAIN', text: 'PLAIN' },
    ] as const
    for (const { version, dictionaryLimit, ...expected } of wanted) {
      // A dictionary is only written where it is smaller: each value twice.
      const content = dictionaryLimit > 1 ? doubled(rows.slice(0, 4000)) : rows
      const path = await maker.readings(content, { groupRows: 122_880, version, dictionaryLimit })
      const found = await Promise.all(
        Object.keys(expected).map(async (name) => [name, await maker.encodings(path, name)]),
      )
      expect(Object.fromEntries(found)).toEqual(expected)
      const reader = await opened(path)
      for (const tag of tagsOf(content))
        expect(await readTag(reader, tag, -Infinity, Infinity)).toEqual(
          content.filter((row) => row.tag === tag).map(withoutArrival),
        )
      reader.close()
    }
  })

  it('keeps texts of 64 KiB, and row groups apart', async () => {
    const rows = Array.from({ length: 5000 }, (_, at): StoredRow => {
      const text = at % 500 === 3 ? '炉🏭\0x'.repeat(6554) + at : null
      return { tag: 9, time: at, value: Number.NaN, quality: 6, arrivedAt: at, text, integer: null }
    })
    const reader = await opened(await maker.readings(rows, { groupRows: 2048 }))
    expect(reader.index.groups.map(({ rows }) => rows)).toEqual([2048, 2048, 904])
    expect(await readTag(reader, 9, -Infinity, Infinity)).toEqual(rows.map(withoutArrival))
    expect(await readTag(reader, 9, 2000, 2100, true)).toEqual(rows.slice(2000, 2100).map(withoutArrival))
    reader.close()
  })

  it('keeps times to the microsecond from 1970 to the last that a double tells apart', async () => {
    const last = Number.MAX_SAFE_INTEGER
    const rows = [0, 1, 4_503_599_627_370_496, 4_503_599_627_370_497, last - 1, last].map((time) => rowAt(2, time))
    const reader = await opened(await maker.readings(rows))
    expect(await readTag(reader, 2, -Infinity, Infinity)).toEqual(rows.map(withoutArrival))
    reader.close()
  })

  it('gives nothing of tags and times that it does not have', async () => {
    const reader = await opened(await maker.readings([rowAt(4, 10), rowAt(4, 20), rowAt(8, 10)]))
    for (const tag of [0, 3, 5, 9]) {
      expect(await readTag(reader, tag, -Infinity, Infinity)).toEqual([])
      expect(reader.rowsOf(tag)).toBe(0)
    }
    expect(await readTag(reader, 4, 11, 20)).toEqual([])
    expect(await readTag(reader, 4, 20, 20)).toEqual([])
    expect(await readTag(reader, 4, 20, 21)).toHaveLength(1)
    reader.close()
  })

  it('says what it is in its metadata', async () => {
    await maker.run('create or replace table rows as select 1::integer as tag, make_timestamp(5) as time')
    const path = `${maker.folder}/metadata.parquet`
    await maker.run(
      `copy rows to '${path}' (format parquet, kv_metadata { "interwork.kind": 'raw', "interwork.tags": '${'x'.repeat(90_000)}' })`,
    )
    const { metadata, rows } = await readFooter(realFiles, path)
    expect(rows).toBe(1)
    expect(metadata.get('interwork.kind')).toBe('raw')
    expect(metadata.get('interwork.tags')).toHaveLength(90_000)
  })

  it('stays open until the last user has let it go', async () => {
    const reader = await opened(await maker.readings([rowAt(1, 10)]))
    reader.use()
    reader.close()
    expect(await readTag(reader, 1, 0, 100)).toHaveLength(1)
    reader.release()
    await expect(readTag(reader, 1, 0, 100)).rejects.toThrow()
  })
})

describe('the cache of columns', () => {
  it('saves reading again what was read lately, stays in its bounds, and forgets what is closed', async () => {
    const rows = Array.from({ length: 30_000 }, (_, at) => rowAt(1 + Math.floor(at / 100), at * 1000))
    const path = await maker.readings(rows, { groupRows: 4096 })
    writeIndex(realFiles, path, await buildIndex(realFiles, path))
    let reads = 0
    const counting: FileLayer = {
      ...realFiles,
      open: (name, how) => {
        const file = realFiles.open(name, how)
        const readLater = (into: Uint8Array, position: number) => {
          reads++
          return file.readLater(into, position)
        }
        return { ...file, readLater }
      },
    }
    const cache = new ColumnCache(300_000)
    const reader = await ParquetReader.open(counting, path, { cache })
    const first = await readTag(reader, 1, -Infinity, Infinity)
    const before = reads
    expect(await readTag(reader, 1, -Infinity, Infinity)).toEqual(first)
    expect(await readTag(reader, 2, -Infinity, Infinity)).toHaveLength(100)
    expect(reads).toBe(before)
    for (let tag = 1; tag <= 300; tag += 20) {
      expect(await readTag(reader, tag, -Infinity, Infinity)).toHaveLength(100)
      expect(cache.bytes).toBeLessThanOrEqual(300_000)
    }
    expect(reads).toBeGreaterThan(before)
    expect(await readTag(reader, 1, -Infinity, Infinity)).toEqual(first)
    reader.close()
    expect(cache.bytes).toBe(0)
  })
})

describe('a Parquet file of rollups', () => {
  it('gives the columns asked for, over row groups, NaN and all', async () => {
    const path = await maker.copy(
      `select t::integer as tag, make_timestamp(n * 60000000) as time, (n * 0.5)::double as min, (n + 0.25)::double as max,
        case when n % 10 = 0 then null else n::double end as sum, 1.0::double as "first", -0.0::double as "last",
        (n % 61)::uinteger as count, 4294967295::uinteger as "rows", (n % 7)::utinyint as worst,
        case when n % 10 = 0 then null else make_timestamp(n * 60000000 + 5) end as first_time,
        make_timestamp(n * 60000000 + 59000001) as last_time, n / 3 as area, 60.0::double as covered
       from range(1, 6) a(t), range(0, 3000) b(n) order by tag, time`,
      { groupRows: 4096 },
    )
    const reader = await opened(path)
    const all = [
      'min',
      'max',
      'sum',
      'first',
      'last',
      'count32',
      'rows',
      'worst',
      'firstTime',
      'lastTime',
      'area',
      'covered',
    ] as const
    const found = await reader.rollupRows(3, 30 * 60e6, 2990 * 60e6, all)
    expect(Object.keys(found).toSorted()).toEqual(['count', 'time', ...all].toSorted())
    const numbers = Array.from({ length: 2960 }, (_, at) => at + 30)
    const none = (n: number, value: number) => (n % 10 === 0 ? Number.NaN : value)
    expect(found).toEqual({
      count: 2960,
      time: Float64Array.from(numbers, (n) => n * 60e6),
      min: Float64Array.from(numbers, (n) => n * 0.5),
      max: Float64Array.from(numbers, (n) => n + 0.25),
      sum: Float64Array.from(numbers, (n) => none(n, n)),
      first: new Float64Array(2960).fill(1),
      last: new Float64Array(2960).fill(-0),
      count32: Uint32Array.from(numbers, (n) => n % 61),
      rows: new Uint32Array(2960).fill(0xffffffff),
      worst: Uint8Array.from(numbers, (n) => n % 7),
      firstTime: Float64Array.from(numbers, (n) => none(n, n * 60e6 + 5)),
      lastTime: Float64Array.from(numbers, (n) => n * 60e6 + 59_000_001),
      area: Float64Array.from(numbers, (n) => n / 3),
      covered: new Float64Array(2960).fill(60),
    })
    const few = await reader.rollupRows(3, 0, 60e6, ['max'])
    expect(few).toEqual({ count: 1, time: Float64Array.of(0), max: Float64Array.of(0.25) })
    expect((await reader.rollupRows(9, 0, 60e6, ['max'])).count).toBe(0)
    reader.close()
  })
})

const rowAt = (tag: number, time: number): StoredRow => ({
  tag,
  time,
  value: tag + time / 8,
  quality: 0,
  arrivedAt: time,
  text: null,
  integer: null,
})

/** The same rows as another tag too, so that every value occurs twice. */
const doubled = (rows: readonly StoredRow[]): readonly StoredRow[] => [
  ...rows,
  ...rows.map((row) => ({ ...row, tag: 2 })),
]
