import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isIwError } from '#kernel'
import type { ReadingBatch, Tag } from '#model'
import { encodeChecked } from '../../../src/historian/files/whole-file.ts'
import { LastValues } from '../../../src/historian/head/last-values.ts'
import { blockHeaderBytes, finishBlock, isSound, readBlockHeader } from '../../../src/historian/journal/block.ts'
import { decodeReadings, encodeReadings, measureBatch } from '../../../src/historian/journal/readings-block.ts'
import { decodeTags, encodeTags, tagsBlockBytes, tagsBlockJson } from '../../../src/historian/journal/tags-block.ts'
import { ByteSink } from '../../../src/historian/parts/byte-sink.ts'
import { type ChunkInput, decodeChunk, encodeChunk } from '../../../src/historian/parts/chunk.ts'
import { PartReader } from '../../../src/historian/parts/part-reader.ts'
import { PartWriter } from '../../../src/historian/parts/part-writer.ts'
import {
  decodeManifest,
  encodeManifest,
  firstManifest,
  type Manifest,
  type PartEntry,
} from '../../../src/historian/seal/manifest.ts'
import {
  decodeLastValues,
  decodeTagSnapshot,
  encodeLastValues,
  encodeTagSnapshot,
} from '../../../src/historian/seal/snapshots.ts'
import { LossyFiles } from '../../fakes/lossy-files.ts'
import { batchOf, rows } from './samples.ts'

const tags: readonly Tag[] = [
  { id: 1, thing: 'kiln', property: 'temperature', type: 'number', unit: 'Cel' },
  { id: 7, thing: '炉', property: '状态', type: 'string' },
]

function blockOf(batch: ReadingBatch, number = 1): Uint8Array<ArrayBuffer> {
  const measured = measureBatch(batch)
  const bytes = new Uint8Array(measured.bytes)
  encodeReadings(measured, bytes.buffer, 0, number)
  finishBlock(new DataView(bytes.buffer), bytes, 0, bytes.length)
  return bytes
}

const payloadOf = (block: Uint8Array<ArrayBuffer>) => new Uint8Array(block.slice(blockHeaderBytes).buffer)

/** Flips, cuts or stretches bytes in a few places. */
const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 })

function damaged(
  bytes: Uint8Array,
  where: readonly (readonly [number, number])[],
  cut: number,
): Uint8Array<ArrayBuffer> {
  const copy = bytes.slice(0, bytes.length - (cut % Math.min(bytes.length, 64)))
  for (const [at, by] of where) if (copy.length > 0) copy[at % copy.length]! ^= by
  return new Uint8Array(copy)
}

/** Runs a decoder on damaged bytes: it gives something or throws that the bytes are damaged, nothing else. */
function survives<T>(decode: () => T): T | undefined {
  try {
    return decode()
  } catch (error) {
    if (!isIwError(error, 'IW_HISTORIAN_CORRUPT')) throw error
    return undefined
  }
}

describe('a block of the journal', () => {
  it('gives back the batch that was put in', () => {
    fc.assert(
      fc.property(
        rows,
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
        fc.nat(),
        (content, source, sequence) => {
          const batch = batchOf(content, { source, sequence })
          expect(decodeReadings(payloadOf(blockOf(batch)))).toEqual(batch)
        },
      ),
    )
  })

  it('takes only the rows that count of longer columns', () => {
    const batch = batchOf([{ tag: 1, time: 5, value: 1.5, quality: 2 }])
    const longer = {
      ...batch,
      time: Float64Array.of(5, 6),
      tag: Int32Array.of(1, 2),
      value: Float64Array.of(1.5, 9),
      quality: Uint8Array.of(2, 3),
    }
    expect(decodeReadings(payloadOf(blockOf(longer)))).toEqual(batch)
  })

  it('is not believed when any bit of it changed', () => {
    const block = blockOf(batchOf([{ tag: 4, time: 5, value: 'läuft', quality: 0 }]))
    for (let bit = 0; bit < block.length * 8; bit++) {
      const copy = block.slice()
      copy[bit >> 3]! ^= 1 << (bit & 7)
      const header = readBlockHeader(new DataView(copy.buffer), 0)
      const fits = header !== undefined && blockHeaderBytes + header.payloadBytes <= copy.length
      expect(fits && isSound(copy, 0, header)).toBe(false)
    }
  })

  it('is decoded or called damaged whatever the bytes, without a wrong row number', () => {
    fc.assert(
      fc.property(rows, damage, fc.nat(), (content, where, cut) => {
        const batch = survives(() => decodeReadings(damaged(payloadOf(blockOf(batchOf(content))), where, cut)))
        if (!batch) return
        expect(batch.tag.length).toBe(batch.count)
        for (const row of [...(batch.texts?.row ?? []), ...(batch.integers?.row ?? [])])
          expect(row >= 0 && row < batch.count).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it('is called damaged where it claims more than it has', () => {
    const payload = new Uint8Array(64)
    for (const at of [16, 20, 24, 28, 32]) {
      const copy = payload.slice()
      new DataView(copy.buffer).setUint32(at, 0xffff_fff0, true)
      expect(() => decodeReadings(copy)).toThrowError(expect.objectContaining({ code: 'IW_HISTORIAN_CORRUPT' }))
    }
  })

  it('carries definitions of tags', () => {
    const json = tagsBlockJson(tags)
    const buffer = new ArrayBuffer(tagsBlockBytes(json))
    encodeTags(json, buffer, 0, 1)
    expect(decodeTags(payloadOf(new Uint8Array(buffer)))).toEqual(tags)
    fc.assert(fc.property(damage, fc.nat(), (where, cut) => void survives(() => decodeTags(damaged(json, where, cut)))))
  })
})

const chunkInput: fc.Arbitrary<ChunkInput> = fc
  .record({
    times: fc.uniqueArray(fc.oneof(fc.nat({ max: 5000 }), fc.double({ min: 0, max: 2 ** 53, noNaN: true })), {
      minLength: 1,
      maxLength: 40,
    }),
    unit: fc.constantFrom(1, 1000),
    values: fc.array(fc.oneof(fc.double(), fc.integer(), fc.float()), { minLength: 40, maxLength: 40 }),
    quality: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 40, maxLength: 40 }),
    sameQuality: fc.boolean(),
    arrival: fc.constantFrom('time', 'same', 'after', 'any'),
    texts: fc.option(fc.array(fc.option(fc.string({ unit: 'grapheme' })), { minLength: 40, maxLength: 40 }), {
      nil: undefined,
    }),
    integers: fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { maxLength: 3 }),
  })
  .map(({ times, unit, values, quality, sameQuality, arrival, texts, integers }) => {
    const time = Float64Array.from(new Set(times.map((t) => Math.min(2 ** 53, t * unit)))).sort()
    const count = time.length
    const rowCount = Math.min(count, integers.length)
    return {
      count,
      time,
      value: Float64Array.from(values.slice(0, count)),
      quality: Uint8Array.from(quality.slice(0, count), (q) => (sameQuality ? 3 : q)),
      arrivedAt: time.map((t, i) =>
        arrival === 'time' ? t : arrival === 'same' ? 12345 : arrival === 'after' ? t + i : t / 3 - i,
      ),
      text: texts?.slice(0, count),
      integerRow: Array.from({ length: rowCount }, (_, i) => i),
      integer: integers.slice(0, rowCount),
    }
  })

function sinkOf(): ByteSink {
  const files = new LossyFiles({ random: () => 0 }).layer()
  files.makeFolder('/x')
  return new ByteSink(files.open('/x/y', 'create'), 64)
}

describe('a chunk of a part', () => {
  it('gives back the rows that were put in, exactly', () => {
    fc.assert(
      fc.property(chunkInput, (input) => {
        const chunk = decodeChunk(new Uint8Array(encodeChunk(input, sinkOf()).slice().buffer))
        const { count, time, value, quality, arrivedAt, text } = input
        expect(chunk).toMatchObject({ count, time, quality, arrivedAt })
        expect(chunk.value).toEqual(value)
        expect(chunk.text).toEqual(text)
        const wanted =
          input.integerRow.length > 0 ? Array.from({ length: count }, (_, i) => input.integer[i] ?? null) : undefined
        expect(chunk.integer).toEqual(wanted)
      }),
      { numRuns: 500 },
    )
  })

  it('is decoded or called damaged whatever the bytes', () => {
    fc.assert(
      fc.property(chunkInput, damage, fc.nat(), (input, where, cut) => {
        const bytes = encodeChunk(input, sinkOf()).slice()
        const chunk = survives(() => decodeChunk(damaged(bytes, where, cut)))
        if (chunk)
          expect([chunk.time.length, chunk.value.length, chunk.quality.length]).toEqual([
            chunk.count,
            chunk.count,
            chunk.count,
          ])
      }),
      { numRuns: 2000 },
    )
  })
})

describe('a part', () => {
  const path = '/parts/00000001.iw0'
  const rowsOfTag = (tag: number, count: number): ChunkInput => ({
    count,
    time: Float64Array.from({ length: count }, (_, i) => 1000 + i * 10),
    value: Float64Array.from({ length: count }, (_, i) => tag + i / 7),
    quality: new Uint8Array(count),
    arrivedAt: new Float64Array(count).fill(5000),
    integerRow: [],
    integer: [],
  })

  function written(tagCount: number): LossyFiles {
    const files = new LossyFiles({ random: () => 0 })
    files.layer().makeFolder('/parts')
    const writer = new PartWriter(files.layer(), path, 1)
    for (let tag = 2; tag <= tagCount * 2; tag += 2) {
      writer.add(tag, rowsOfTag(tag, 1 + (tag % 5)))
      if (tag % 100 === 0) writer.add(tag, { ...rowsOfTag(tag, 3), time: Float64Array.of(9000, 9001, 9002) })
    }
    writer.finish({ segment: 1, tags, sources: { edge: 9 } })
    return files
  }

  it('finds every chunk of every tag by its index, and none of others', async () => {
    const reader = await PartReader.open(written(500).layer(), path)
    for (let tag = 1; tag <= 1001; tag++) {
      const chunks = await reader.chunksOf(tag, 0, 10_000)
      expect(chunks.map(({ rows }) => rows)).toEqual(
        tag % 2 === 1 ? [] : tag % 100 === 0 ? [1 + (tag % 5), 3] : [1 + (tag % 5)],
      )
      for (const entry of chunks.slice(0, 1)) expect((await reader.chunk(entry)).value[0]).toBe(tag)
    }
    expect(await reader.chunksOf(100, 8000, 8999)).toEqual([])
    expect(await reader.footer()).toMatchObject({
      part: 1,
      segment: 1,
      tags,
      sources: { edge: 9 },
      minTime: 1000,
      maxTime: 9002,
    })
  })

  it('never gives a wrong row for damaged bytes: right, or called damaged', async () => {
    const files = written(100)
    const sound = files.bytes(path).slice()
    const right = await rowsIn(files)
    await fc.assert(
      fc.asyncProperty(damage, fc.nat(), fc.boolean(), async (where, cut, cuts) => {
        files.put(path, damaged(sound, where, cuts ? cut : 0))
        const got = await rowsIn(files).catch((error: unknown) => {
          if (!isIwError(error, 'IW_HISTORIAN_CORRUPT')) throw error
        })
        if (got) expect(got).toEqual(right)
      }),
      { numRuns: 500 },
    )
  })

  async function rowsIn(files: LossyFiles): Promise<unknown> {
    const reader = await PartReader.open(files.layer(), path)
    const found = []
    for (let tag = 1; tag <= 201; tag++)
      for (const entry of await reader.chunksOf(tag, 0, 10_000)) found.push(tag, [...(await reader.chunk(entry)).value])
    return found
  }
})

describe('a manifest', () => {
  const levelZero: PartEntry = {
    number: 2,
    rank: 2,
    kind: 'level0',
    rows: 3,
    bytes: 100,
    minTime: 0,
    maxTime: 5,
    minTag: 0,
    maxTag: 2 ** 31 - 1,
  }
  const manifest: Manifest = {
    ...firstManifest,
    generation: 4,
    nextPart: 3,
    last: 'last-00000003.iwl',
    sources: { 'edge-7': 12, 炉: 3 },
    parts: [levelZero],
  }

  it('gives back what was put in, and is called damaged when any byte changed', () => {
    const bytes = encodeManifest(manifest)
    expect(decodeManifest(bytes, 'MANIFEST')).toEqual(manifest)
    for (let at = 0; at < bytes.length - 1; at++) {
      const copy = bytes.slice()
      copy[at]! ^= 1
      expect(
        survives(() => decodeManifest(copy, 'MANIFEST')),
        `byte ${at}`,
      ).toBeUndefined()
    }
  })

  it('of before merges is read: its parts are level 0, their rank is their number', () => {
    const before = { ...manifest, parts: [{ number: 2, rows: 3, bytes: 100, minTime: 0, maxTime: 5 }] }
    const bytes = encodeChecked('IWMANIFEST-1', before)
    expect(decodeManifest(bytes, 'MANIFEST').parts).toEqual([levelZero])
  })

  it('is read or called damaged whatever the bytes', () => {
    fc.assert(
      fc.property(damage, fc.nat(), (where, cut) => {
        const read = survives(() => decodeManifest(damaged(encodeManifest(manifest), where, cut), 'MANIFEST'))
        if (read) expect(read).toEqual(manifest)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('snapshots', () => {
  it('give back tags and last values, texts and large integers with them', () => {
    fc.assert(
      fc.property(fc.array(rows, { maxLength: 5 }), (batches) => {
        const last = new LastValues()
        for (const content of batches) last.add(batchOf(content), 4)
        const read = decodeLastValues(encodeLastValues(last, 4), 'last')
        for (const tag of [1, 2, 3, 4]) expect(read.get(tag, tag === 3)).toEqual(last.get(tag, tag === 3))
      }),
    )
    expect(decodeTagSnapshot(encodeTagSnapshot(tags), 'tags')).toEqual(tags)
  })

  it('are called damaged when a byte changed', () => {
    const last = new LastValues()
    last.add(batchOf([{ tag: 4, time: 1, value: 'x', quality: 0 }]), 4)
    fc.assert(
      fc.property(damage, fc.nat(), (where, cut) => {
        const bytes = damaged(encodeLastValues(last, 4), where, cut)
        const read = survives(() => decodeLastValues(bytes, 'last'))
        if (read) expect(read.get(4, false)).toEqual(last.get(4, false))
        survives(() => decodeTagSnapshot(damaged(encodeTagSnapshot(tags), where, cut), 'tags'))
      }),
      { numRuns: 500 },
    )
  })
})
