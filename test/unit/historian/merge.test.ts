import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createHistorian, type HistorianOptions } from '#historian'
import type { Value } from '#model'
import type { Historian } from '#ports'
import { readManifest } from '../../../src/historian/seal/manifest.ts'
import { LossyFiles } from '../../fakes/lossy-files.ts'
import { seededRandom } from '../../fakes/random.ts'
import { brokenRules, rollupsFound, rollupsWanted } from './merge-oracle.ts'
import { batchOf, definitions, everything, expected, type Row, smallOptions } from './samples.ts'

const root = '/plant/readings'
const dayUs = 86_400e6
const firstDay = 19_000 * dayUs
const tags = [1, 2, 3, 4]

/** Rows of some tags within some days. Times lie on a grid, so that they meet often, in a burst and among bursts. */
type Burst = {
  readonly rows: number
  readonly tags: readonly number[]
  readonly day: number
  readonly days: number
}
const gridUs = 30e6
type Step = Burst | 'settle' | 'restart' | 'look'

const burst: fc.Arbitrary<Step> = fc.record({
  rows: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 700, max: 1500 })),
  tags: fc.oneof(fc.subarray(tags, { minLength: 1 }), fc.constantFrom([1], [2], [1, 3])),
  day: fc.integer({ min: 0, max: 3 }),
  days: fc.constantFrom(0.01, 0.6, 0.6, 3),
})
const story = fc.record({
  steps: fc.array(
    fc.oneof(
      { weight: 5, arbitrary: burst },
      { weight: 2, arbitrary: fc.constantFrom<Step>('settle', 'restart', 'look') },
    ),
    { minLength: 2, maxLength: 14 },
  ),
  seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
})

function rowsOfBurst({ rows, tags: of, day, days }: Burst, random: () => number): readonly Row[] {
  const from = firstDay + day * dayUs
  const slots = (days * dayUs) / gridUs
  return Array.from({ length: rows }, () => {
    const tag = of[Math.floor(random() * of.length)]!
    const time = from + Math.floor(random() * slots) * gridUs
    return { tag, time, value: makeValue(tag, random), quality: random() < 0.05 ? 3 : 0 }
  })
}

function makeValue(tag: number, random: () => number): Value {
  const which = random()
  if (which < 0.02) return null
  if (tag === 2) return which < 0.1 ? 2n ** 60n + BigInt(Math.floor(random() * 1e6)) : Math.floor(random() * 1e6)
  if (tag === 3) return which < 0.5
  if (tag === 4) return `state ${Math.floor(random() * 5)}`
  return which < 0.04 ? Number.POSITIVE_INFINITY : Math.round(random() * 4000) / 16
}

const small: Partial<HistorianOptions> = {
  segmentBytes: 20_000,
  mergeThresholds: { parts: 3, jobRows: 3000, runs: 4 },
  mergeFile: { rows: 700, bytes: 1 << 20 },
}

async function opened(files: LossyFiles): Promise<Historian> {
  const historian = createHistorian(smallOptions(files, small))
  await historian.start()
  await historian.defineTags(definitions)
  return historian
}

describe('merged parts', () => {
  it('hold what sorting and last-wins gives, whatever came in which order and was merged when', async () => {
    let rollups = 0
    await fc.assert(
      fc.asyncProperty(story, async ({ steps, seed }) => {
        const random = seededRandom(seed)
        const files = new LossyFiles({ random })
        let historian = await opened(files)
        const sent: Row[] = []
        let sequence = 0
        for (const step of [...steps, 'settle' as const]) {
          if (step === 'restart') {
            await historian.stop()
            historian = await opened(files)
          } else if (step === 'look') await compareRows(historian, sent)
          else if (step === 'settle') {
            await historian.settle()
            await compareRows(historian, sent)
            rollups += await compareRollups(files, sent)
          } else {
            const rows = rowsOfBurst(step, random)
            sent.push(...rows)
            const arrivedAt = firstDay + 20 * dayUs + sent.length
            await historian.append(batchOf(rows, { source: `edge-${sequence % 3}`, sequence: ++sequence, arrivedAt }))
          }
        }
        await historian.stop()
      }),
      { numRuns: 30, timeout: 30_000, endOnFailure: true },
    )
    expect(rollups, 'rollups compared').toBeGreaterThan(10)
  }, 120_000)
})

async function compareRows(historian: Historian, sent: readonly Row[]): Promise<void> {
  for (const tag of tags) {
    const got = await everything(historian, tag)
    const wanted = expected(sent, tag)
    expect(got.length, `rows of tag ${tag}`).toBe(wanted.length)
    expect(got).toEqual(wanted)
  }
}

async function compareRollups(files: LossyFiles, sent: readonly Row[]): Promise<number> {
  const rowsOf = new Map(tags.map((tag) => [tag, expected(sent, tag)]))
  const found = await rollupsFound(files.layer(), root)
  const wanted = rollupsWanted(rowsOf, new Set([4]))
  expect([...found.keys()].toSorted()).toEqual([...wanted.keys()].toSorted())
  for (const [key, buckets] of wanted) expect(found.get(key), key).toEqual(buckets)
  const manifest = readManifest(files.layer(), root)
  expect(brokenRules(manifest)).toEqual([])
  expect(manifest.parts.filter(({ kind }) => kind === 'level0')).toEqual([])
  return wanted.size
}
