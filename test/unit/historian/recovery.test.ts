import { describe, expect, it } from 'vitest'
import { createHistorian } from '#historian'
import { systemClock } from '#kernel'
import type { Historian } from '#ports'
import { encodeReadings, measureBatch } from '../../../src/historian/journal/readings-block.ts'
import { encodeTags, tagsBlockBytes, tagsBlockJson } from '../../../src/historian/journal/tags-block.ts'
import { JournalWriter } from '../../../src/historian/journal/writer.ts'
import { LossyFiles } from '../../fakes/lossy-files.ts'
import { batchOf, definitions, everything, smallOptions, startedWith, until } from './samples.ts'

const disk = () => new LossyFiles({ random: () => 0.5 })
const segment = (number: number) => `/plant/readings/journal/${String(number).padStart(8, '0')}.iwj`
const one = (n: number) => batchOf([{ tag: 1, time: 1000 + n, value: n, quality: 0 }], { source: 'edge', sequence: n })
const times = async (historian: Historian) => (await everything(historian, 1)).map(({ value }) => value)

/** A stopped historian's disk with `count` batches of one row, in segments of the size given. */
async function written(count: number, segmentBytes = 1 << 20): Promise<LossyFiles> {
  const files = disk()
  const historian = await startedWith(smallOptions(files, { segmentBytes }))
  for (let n = 1; n <= count; n++) await historian.append(one(n))
  await historian.stop()
  return files
}

async function restarted(files: LossyFiles): Promise<Historian> {
  const historian = createHistorian(smallOptions(files))
  await historian.start()
  return historian
}

describe('a start', () => {
  it('cuts a torn journal at every byte it may be torn at, and serves what was whole', async () => {
    const sound = (await written(3)).bytes(segment(1)).slice()
    const ends = blockEnds(sound)
    expect(ends).toHaveLength(4)
    for (let length = 0; length < sound.length; length++) {
      const files = disk()
      files.layer().makeFolder('/plant/readings/journal')
      files.put(segment(1), sound.slice(0, length))
      const historian = await restarted(files)
      const blocks = ends.filter((end) => end <= length).length
      const { recovery } = historian.status()
      expect(recovery, `cut at ${length}`).toMatchObject({ rows: Math.max(0, blocks - 1), setAside: [] })
      expect(recovery.tornBytes, `cut at ${length}`).toBe(length - (ends[blocks - 1] ?? (length < 32 ? 0 : 32)))
      if (blocks > 0) expect(await times(historian)).toEqual([1, 2, 3].slice(0, blocks - 1))
      await historian.stop()
    }
  })

  it('sets aside what follows damage inside a segment, and serves what is before and in later segments', async () => {
    const files = journalOf([
      [1, 2, 3, 4],
      [5, 6],
    ])
    const bytes = files.bytes(segment(1)).slice()
    // The first block holds the tags, the third the second batch.
    bytes[blockEnds(bytes)[2]! - 3]! ^= 1
    files.put(segment(1), bytes)
    const historian = await restarted(files)
    expect(historian.status().recovery).toMatchObject({
      rows: 3,
      tornBytes: 0,
      setAside: [expect.stringContaining('iwj.from-')],
    })
    expect(await times(historian)).toEqual([1, 5, 6])
    await historian.append(one(7))
    await until(() => historian.status().parts > 1)
    expect(await times(historian)).toEqual([1, 5, 6, 7])
    await historian.stop()
    const copies = files.paths().filter((path) => path.includes('/quarantine/'))
    expect(copies.map((path) => files.bytes(path).length)).toEqual([bytes.length - blockEnds(bytes)[1]!])
  })

  it('seals what the last run left, and then has the same readings in parts alone', async () => {
    const files = await written(5)
    const historian = await restarted(files)
    expect(historian.status()).toMatchObject({ headRows: 5, recovery: { rows: 5, tornBytes: 0 } })
    await until(() => historian.status().headRows === 0)
    expect(historian.status().parts).toBe(1)
    expect(await times(historian)).toEqual([1, 2, 3, 4, 5])
    expect(historian.last(1)).toMatchObject({ value: 5 })
    expect(files.paths().filter((path) => path.endsWith('.iwj'))).toEqual([])
    expect((await historian.append(one(5))).duplicate).toBe(true)
    await historian.stop()
    const again = await restarted(files)
    expect(again.last(1)).toMatchObject({ value: 5 })
    expect(again.findTag('kiln', 'temperature')).toMatchObject({ id: 1, unit: 'Cel' })
    expect((await again.append(one(5))).duplicate).toBe(true)
    await again.stop()
  })

  it('removes what a kill left behind and no manifest names', async () => {
    const files = await written(2)
    const strays = ['parts/00000077.iw0', 'MANIFEST.tmp', 'tags-00000099.iwt', 'last-00000099.iwl']
    for (const name of strays) files.put(`/plant/readings/${name}`, new Uint8Array(10))
    files.put('/plant/readings/notes.txt', new Uint8Array(3))
    const historian = await restarted(files)
    const left = files.paths().map((path) => path.slice('/plant/readings/'.length))
    for (const name of strays) expect(left).not.toContain(name)
    expect(left).toContain('notes.txt')
    await historian.stop()
  })

  it('sets a part aside that is missing or cut short, and serves the rest', async () => {
    const files = await written(12, 500)
    await sealed(files)
    const parts = files.paths().filter((path) => path.endsWith('.iw0'))
    expect(parts.length).toBeGreaterThan(2)
    const all = await seen(files)
    files.put(parts[1]!, files.bytes(parts[1]!).slice(0, 50))
    const historian = await restarted(files)
    expect(historian.status().recovery.setAside).toEqual([parts[1]!.split('/').at(-1)])
    const left = await times(historian)
    expect(left.length).toBeLessThan(all.length)
    expect(all).toEqual(expect.arrayContaining([...left]))
    expect(files.paths().some((path) => path.includes('/quarantine/'))).toBe(true)
    await historian.stop()
    expect((await seen(files)).length).toBe(left.length)
  })

  it('sets a part aside when a read finds it damaged, and answers from the others', async () => {
    const files = await written(12, 500)
    await sealed(files)
    const [path = ''] = files.paths().filter((name) => name.endsWith('.iw0'))
    const all = await seen(files)
    const historian = await restarted(files)
    const bytes = files.bytes(path)
    for (let at = 16; at < bytes.length; at++) bytes[at]! ^= 0xff
    const left = await times(historian)
    expect(left.length).toBeGreaterThan(0)
    expect(left.length).toBeLessThan(all.length)
    expect(historian.status().recovery.setAside).toEqual([path.split('/').at(-1)])
    await historian.stop()
  })
})

/** A disk with a journal alone: the tags, then one batch of one row for each number, in these segments. */
function journalOf(segments: readonly (readonly number[])[]): LossyFiles {
  const files = disk()
  const folder = '/plant/readings/journal'
  files.layer().makeFolder(folder)
  const options = { folder, segmentBytes: 1 << 20, reserveBytes: 0, firstSegment: 1 }
  const writer = new JournalWriter(files.layer(), options, systemClock)
  const json = tagsBlockJson(definitions.map((definition, index) => ({ ...definition, id: index + 1 })))
  let number = 1
  const commit = (bytes: number, encode: (buffer: ArrayBuffer) => void) => {
    const buffer = new ArrayBuffer(bytes)
    encode(buffer)
    expect(writer.commit([{ buffer, bytes, blocks: 1 }])).toMatchObject({ refused: 0 })
  }
  commit(tagsBlockBytes(json), (buffer) => encodeTags(json, buffer, 0, number++))
  for (const batches of segments) {
    for (const n of batches) {
      const measured = measureBatch(one(n))
      commit(measured.bytes, (buffer) => encodeReadings(measured, buffer, 0, number++))
    }
    writer.rotate()
  }
  return files
}

/** Ends of the blocks of a segment. */
function blockEnds(bytes: Uint8Array): readonly number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const ends: number[] = []
  for (let at = 32; at < bytes.length; ) {
    at += 24 + view.getUint32(at + 12, true)
    ends.push(at)
  }
  return ends
}

async function seen(files: LossyFiles): Promise<readonly unknown[]> {
  const historian = await restarted(files)
  const found = await times(historian)
  await historian.stop()
  return found
}

async function sealed(files: LossyFiles): Promise<void> {
  const historian = await restarted(files)
  await historian.defineTags(definitions)
  await until(() => historian.status().headRows === 0, systemClock)
  await historian.stop()
}
