import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createHistorian } from '#historian'
import type { Historian } from '#ports'
import { LossyFiles } from '../../fakes/lossy-files.ts'
import { seededRandom } from '../../fakes/random.ts'
import { batchOf, definitions, everything, expected, type Row, rows, smallOptions } from './samples.ts'

const root = '/plant/readings'
const tags = [1, 2, 3, 4]

interface Story {
  /** What is merged, then what is sealed, then what is in the journal alone. */
  readonly merged: readonly (readonly Row[])[]
  readonly sealed: readonly (readonly Row[])[]
  readonly open: readonly (readonly Row[])[]
  /** Which of the files that say what is live are destroyed: manifest, tags, last values. */
  readonly lost: readonly ('MANIFEST' | 'tags-' | 'last-')[]
  /** Gone, or with a bit flipped. */
  readonly gone: boolean
}

const batches = fc.array(rows, { maxLength: 5 })
const story: fc.Arbitrary<Story> = fc.record({
  merged: batches,
  sealed: batches,
  open: batches,
  lost: fc.subarray(['MANIFEST', 'tags-', 'last-'] as const, { minLength: 1 }),
  gone: fc.boolean(),
})

const opened = async (files: LossyFiles, segmentBytes = 1 << 20): Promise<Historian> => {
  const historian = createHistorian(smallOptions(files, { segmentBytes }))
  await historian.start()
  return historian
}

/** The rows of a story in all the places that rows may be, and what was the newest of each tag. */
async function live({ merged, sealed, open }: Story) {
  const files = new LossyFiles({ random: seededRandom(11) })
  const historian = await opened(files)
  await historian.defineTags(definitions)
  let sequence = 0
  const send = async (content: readonly (readonly Row[])[]) => {
    for (const batch of content)
      await historian.append(batchOf(batch, { source: 'edge', sequence: ++sequence, arrivedAt: 2_000_000 + sequence }))
  }
  await send(merged)
  await historian.settle()
  await send(sealed)
  await historian.stop()
  // The next start seals what the last one left; what comes then stays in the journal.
  const again = await opened(files)
  while (again.status().headRows > 0) await new Promise((resolve) => setImmediate(resolve))
  for (const batch of open)
    await again.append(batchOf(batch, { source: 'edge', sequence: ++sequence, arrivedAt: 2_000_000 + sequence }))
  await again.stop()
  return files
}

function destroy(files: LossyFiles, { lost, gone }: Story): readonly string[] {
  const paths = files.paths().filter((path) => lost.some((name) => path.startsWith(`${root}/${name}`)))
  for (const path of paths) {
    if (gone) files.unlink(path)
    else files.bytes(path)[Math.floor(files.bytes(path).length / 2)]! ^= 16
  }
  return paths
}

/** Zeros of merged rows have no sign. */
const unsigned = (all: readonly Row[]): readonly Row[] =>
  all.map((row) => (row.value === 0 ? { ...row, value: 0 } : row))

describe('a start without what says what is live', () => {
  it('finds everything again from parts and journal, whichever of it is damaged or gone', async () => {
    let repaired = 0
    await fc.assert(
      fc.asyncProperty(story, async (one) => {
        const files = await live(one)
        const destroyed = destroy(files, one)
        const historian = await opened(files)
        const sent = [...one.merged, ...one.sealed, ...one.open].flat()
        for (const tag of tags) {
          if (!sent.some((row) => row.tag === tag)) continue
          expect(unsigned(await everything(historian, tag))).toEqual(unsigned(expected(sent, tag)))
          // What no part has readings of yet is known to the snapshot alone.
          const isInParts = [...one.merged, ...one.sealed].flat().some((row) => row.tag === tag)
          if (isInParts) expect(historian.tag(tag)).toMatchObject(definitions[tag - 1]!)
        }
        if (destroyed.length > 0 && !one.gone) {
          repaired++
          const names = destroyed.map((path) => path.slice(root.length + 1))
          const aside = files.paths().filter((path) => path.includes('/quarantine/'))
          expect(historian.status().recovery.setAside.length).toBeGreaterThan(0)
          expect(aside.map((path) => path.split('/').at(-1))).toEqual(expect.arrayContaining(names.slice(0, 1)))
        }
        // And it goes on from there.
        await historian.settle()
        const having = tags.filter((tag) => sent.some((row) => row.tag === tag))
        for (const tag of having)
          expect(unsigned(await everything(historian, tag))).toEqual(unsigned(expected(sent, tag)))
        await historian.stop()
        const again = await opened(files)
        for (const tag of having) expect(unsigned(await everything(again, tag))).toEqual(unsigned(expected(sent, tag)))
        await again.stop()
      }),
      { numRuns: 40, timeout: 20_000, endOnFailure: true },
    )
    expect(repaired).toBeGreaterThan(5)
  }, 120_000)

  it('knows the newest reading of every tag again', async () => {
    const grid = (tag: number, from: number, value: (n: number) => Row['value']): readonly Row[] =>
      Array.from({ length: 20 }, (_, n) => ({ tag, time: from + n * 1000, value: value(n), quality: n === 19 ? 3 : 0 }))
    const merged = [
      grid(1, 1e6, (n) => n),
      grid(2, 1e6, (n) => 2n ** 60n + BigInt(n)),
      grid(4, 9e6, (n) => `state ${n}`),
    ]
    const sealed = [grid(1, 2e6, (n) => n / 4), grid(3, 2e6, (n) => n % 2 === 0)]
    const files = await live({ merged, sealed, open: [], lost: [], gone: false })
    const before = await opened(files)
    const wanted = tags.map((tag) => before.last(tag))
    await before.stop()
    destroy(files, { merged, sealed, open: [], lost: ['MANIFEST', 'last-'], gone: true })
    const after = await opened(files)
    for (const [i, tag] of tags.entries()) {
      const last = after.last(tag)
      expect(last?.value).toEqual(wanted[i]?.value)
      expect(last).toMatchObject({ time: wanted[i]!.time, quality: 3, arrivedAt: wanted[i]!.arrivedAt })
      expect(last?.lastGood).toEqual(wanted[i]?.lastGood)
    }
    await after.stop()
  })

  it('sets aside a part that does not say what it is, by name, and serves the rest', async () => {
    const grid: readonly Row[] = Array.from({ length: 50 }, (_, n) => ({ tag: 1, time: 1e6 + n, value: n, quality: 0 }))
    const late: readonly Row[] = [{ tag: 1, time: 5e6, value: 7, quality: 0 }]
    const files = await live({ merged: [grid], sealed: [late], open: [], lost: [], gone: false })
    const [victim = ''] = files.paths().filter((path) => path.endsWith('.iw0'))
    files.put(victim, files.bytes(victim).slice(0, 60))
    destroy(files, { merged: [], sealed: [], open: [], lost: ['MANIFEST'], gone: false })
    const historian = await opened(files)
    expect(historian.status().recovery.setAside).toEqual(expect.arrayContaining([victim.split('/').at(-1), 'MANIFEST']))
    expect(await everything(historian, 1)).toEqual(grid)
    await historian.stop()
  })
})
