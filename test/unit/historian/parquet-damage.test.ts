import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isIwError } from '#kernel'
import { indexName } from '../../../src/historian/files/folders.ts'
import { realFiles } from '../../../src/historian/files/real-files.ts'
import { Catalogue } from '../../../src/historian/parts/catalogue.ts'
import {
  buildIndex,
  type ParquetIndex,
  ParquetReader,
  readFooter,
  readIndex,
  writeIndex,
} from '../../../src/historian/parts/parquet/index.ts'
import { fileNameOf } from '../../../src/historian/parts/part-files.ts'
import { seededRandom } from '../../fakes/random.ts'
import { allRows, ParquetMaker, type StoredRow } from './parquet-files.ts'

let maker: ParquetMaker
let path: string
let index: ParquetIndex
let file: Buffer

beforeAll(async () => {
  maker = await ParquetMaker.create()
  path = await maker.readings(sample(), { groupRows: 2048 })
  index = await buildIndex(realFiles, path)
  writeIndex(realFiles, path, index)
  file = readFileSync(path)
})
afterAll(() => maker.close())

const entry = { number: 1, rank: 1, rows: 5000, bytes: 1, minTime: 0, maxTime: 2e15, minTag: 1, maxTag: 20 }

/** 20 tags of 250 rows: columns of every kind. */
function sample(): readonly StoredRow[] {
  const random = seededRandom(7)
  return Array.from({ length: 5000 }, (_, at) => {
    const time = 1_767_225_600_000_000 + (at % 250) * 1_000_000 + Math.floor(random() * 1000)
    const tag = 1 + Math.floor(at / 250)
    const text = tag === 3 ? `state ${at % 4}` : tag === 4 ? `batch ${random()}` : null
    const integer = tag === 5 ? 2n ** 60n + BigInt(at) : null
    const value = tag < 3 ? random() : tag < 6 ? Number.NaN : Math.floor(random() * 50) / 10
    return { tag, time, value, quality: at % 90 === 0 ? 1 : 0, arrivedAt: time + (at % 3) * 1000, text, integer }
  })
}

/** A copy of the file, with the index of the sound one or without. */
function copyOf(bytes: Uint8Array, indexBytes?: Uint8Array): string {
  const copy = join(maker.folder, 'copy.parquet')
  writeFileSync(copy, bytes)
  if (indexBytes) writeFileSync(indexName(copy), indexBytes)
  else rmSync(indexName(copy), { force: true })
  return copy
}

async function read(copy: string): Promise<readonly unknown[]> {
  const reader = await ParquetReader.open(realFiles, copy)
  try {
    const rows: unknown[] = []
    for await (const { tag, page } of allRows(reader)) rows.push({ tag, ...page })
    return rows
  } finally {
    reader.close()
  }
}

async function outcome(copy: string): Promise<readonly unknown[] | undefined> {
  try {
    return await read(copy)
  } catch (error) {
    if (!isIwError(error, 'IW_HISTORIAN_CORRUPT')) throw error
    return undefined
  }
}

const changed = (bytes: Uint8Array, at: number, by: number): Buffer => {
  const copy = Buffer.from(bytes)
  copy[at]! ^= by
  return copy
}

describe('a damaged Parquet file', () => {
  it('is found out wherever a byte of a column was changed, and named', async () => {
    const sound = readFileSync(indexName(path))
    const chunks = index.groups.flatMap(({ chunks }) => chunks.filter(({ isEmpty }) => !isEmpty))
    // Tags are in the index: their column is not read.
    const used = chunks.filter((chunk) => !index.groups.some((group) => group.chunks[0] === chunk))
    const place = fc
      .constantFrom(...used)
      .chain(({ offset, bytes }) => fc.integer({ min: offset, max: offset + bytes - 1 }))
    await fc.assert(
      fc.asyncProperty(place, fc.integer({ min: 1, max: 255 }), async (at, by) => {
        const copy = copyOf(changed(file, at, by), sound)
        await expect(read(copy)).rejects.toMatchObject({ code: 'IW_HISTORIAN_CORRUPT', detail: { file: copy } })
      }),
      { numRuns: 150 },
    )
  })

  it('without its index gives something or says that it is damaged, and nothing else', async () => {
    const damage = fc.array(fc.tuple(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 3,
    })
    // Half of the damage in the footer, which is a tenth of the file.
    const footer = file.readUInt32LE(file.length - 8) + 8
    const inFooter = fc.array(
      fc.tuple(fc.integer({ min: file.length - footer, max: file.length - 1 }), fc.integer({ min: 1, max: 255 })),
      {
        minLength: 1,
        maxLength: 3,
      },
    )
    let refused = 0
    await fc.assert(
      fc.asyncProperty(fc.oneof(damage, inFooter), async (where) => {
        const bytes = where.reduce((before, [at, by]) => changed(before, at, by), file)
        if ((await outcome(copyOf(bytes))) === undefined) refused++
      }),
      { numRuns: 400 },
    )
    expect(refused).toBeGreaterThan(50)
  })

  it('that ends early is damaged', async () => {
    for (const length of [0, 3, 11, 100, file.length - 1]) {
      const copy = copyOf(file, readFileSync(indexName(path)))
      truncateSync(copy, length)
      expect(await outcome(copy)).toBeUndefined()
    }
  })

  it('that is missing is said to be', async () => {
    const gone = join(maker.folder, 'gone.parquet')
    await expect(ParquetReader.open(realFiles, gone)).rejects.toMatchObject({ code: 'IW_HISTORIAN_CORRUPT' })
    await expect(buildIndex(realFiles, gone)).rejects.toMatchObject({ code: 'IW_HISTORIAN_CORRUPT' })
    await expect(readFooter(realFiles, gone)).rejects.toMatchObject({ code: 'IW_HISTORIAN_CORRUPT' })
  })

  it('whose rows are not sorted is refused', async () => {
    const shuffled = [2, 1].map((tag) => ({
      tag,
      time: 5,
      value: 1,
      quality: 0,
      arrivedAt: 5,
      text: null,
      integer: null,
    }))
    const unsorted = await maker.readings(shuffled)
    await expect(buildIndex(realFiles, unsorted)).rejects.toThrow('not sorted by tag')
    const backwards = [6, 5].map((time) => ({
      tag: 1,
      time,
      value: 1,
      quality: 0,
      arrivedAt: 5,
      text: null,
      integer: null,
    }))
    await expect(buildIndex(realFiles, await maker.readings(backwards))).rejects.toThrow('do not ascend')
  })
})

describe('the index of a Parquet file', () => {
  it('comes back as it was written', async () => {
    expect(await readIndex(realFiles, path)).toEqual(index)
  })

  it('is made again, told and kept where it is lost, damaged, or of another file', async () => {
    const sound = readFileSync(indexName(path))
    const other = await maker.readings(sample().slice(0, 900))
    writeIndex(realFiles, other, await buildIndex(realFiles, other))
    const bad = [
      undefined,
      changed(sound, 90, 1),
      sound.subarray(0, 40),
      Buffer.alloc(0),
      readFileSync(indexName(other)),
    ]
    for (const indexBytes of bad) {
      const copy = copyOf(file, indexBytes)
      const told: string[] = []
      const reader = await ParquetReader.open(realFiles, copy, { onRebuilt: (which) => told.push(which) })
      expect(reader.index).toEqual(index)
      expect(told).toEqual([copy])
      reader.close()
      expect(readFileSync(indexName(copy))).toEqual(sound)
    }
  })

  it('is made again when the catalogue opens the part, and that is said', async () => {
    const folder = join(maker.folder, 'parts')
    realFiles.makeFolder(folder)
    const part = { ...entry, day: '2026-01-01', kind: 'raw' as const }
    const stored = join(folder, fileNameOf(part))
    writeFileSync(stored, file)
    const told: string[] = []
    const catalogue = new Catalogue(realFiles, folder, undefined, (which, why) => told.push(which, why.message))
    const reader = await catalogue.parquet(part)
    expect(reader.rowsOf(1)).toBe(250)
    expect(told).toEqual([stored, `${indexName(stored)}: is missing`])
    reader.release()
    catalogue.close()
  })

  it('is not believed with any byte changed', async () => {
    const sound = readFileSync(indexName(path))
    await fc.assert(
      fc.asyncProperty(fc.nat(sound.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
        const copy = copyOf(file, changed(sound, at, by))
        await expect(readIndex(realFiles, copy)).rejects.toMatchObject({ code: 'IW_HISTORIAN_CORRUPT' })
      }),
      { numRuns: 200 },
    )
  })

  it('is used without being written where the disk takes nothing', async () => {
    const copy = copyOf(file)
    const full = {
      ...realFiles,
      open: (name: string, how: 'read' | 'write' | 'create') => {
        if (how !== 'read') throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
        return realFiles.open(name, how)
      },
    }
    const reader = await ParquetReader.open(full, copy)
    expect(reader.rowsOf(1)).toBe(250)
    reader.close()
    expect(realFiles.size(indexName(copy))).toBeUndefined()
  })

  it('of a day of 10,000 tags takes at most 40 KB', { timeout: 60_000 }, async () => {
    const day = await maker.copy(
      `select t::integer as tag, make_timestamp(1767225600000000 + t + n * 3600000000) as time, 1.5::double as value,
        0::utinyint as quality, null::timestamp as arrived, null::varchar as text, null::bigint as integer
       from range(1, 10001) a(t), range(0, 12 + t % 13) b(n) order by tag, time`,
    )
    writeIndex(realFiles, day, await buildIndex(realFiles, day))
    expect(realFiles.size(indexName(day))).toBeLessThan(40_000)
  })
})
