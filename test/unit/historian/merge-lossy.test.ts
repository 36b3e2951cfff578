import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createHistorian } from '#historian'
import { isIwError } from '#kernel'
import type { Historian } from '#ports'
import { readManifest } from '../../../src/historian/seal/manifest.ts'
import { LossyFiles, PowerLoss, type Survival } from '../../fakes/lossy-files.ts'
import { seededRandom } from '../../fakes/random.ts'
import { brokenRules } from './merge-oracle.ts'
import { batchOf, definitions, everything, expected, type Row, rows, smallOptions } from './samples.ts'

interface Story {
  readonly batches: readonly (readonly Row[])[]
  /** Calls to the disk after which the power goes, one for each crash. */
  readonly crashes: readonly number[]
  readonly settleEvery: number
  readonly seed: number
}

const story: fc.Arbitrary<Story> = fc.record({
  batches: fc.array(rows, { minLength: 4, maxLength: 16 }),
  crashes: fc.array(fc.integer({ min: 40, max: 500 }), { minLength: 1, maxLength: 4 }),
  settleEvery: fc.integer({ min: 1, max: 6 }),
  seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
})

interface Outcome {
  /** Crashes that came while or after something was merged. */
  readonly merges: number
  readonly wrong: number
}

/** Appends with sequences and merges again and again, losing power on the way; then compares everything. */
async function live({ batches, crashes, settleEvery, seed }: Story, survival: Survival): Promise<Outcome> {
  const files = new LossyFiles({ random: seededRandom(seed), survival })
  const cuts = [...crashes]
  let acknowledged = 0
  let merges = 0
  for (;;) {
    const cut = cuts.shift()
    if (cut !== undefined) files.losePowerAfter(cut)
    const historian = createHistorian(smallOptions(files, { mergeThresholds: { parts: 2, runs: 3 } }))
    try {
      await historian.start()
      await historian.defineTags(definitions)
      for (let index = acknowledged; index < batches.length; index++) {
        await historian.append(batchOf(batches[index]!, { source: 'edge', sequence: index + 1 }))
        acknowledged = index + 1
        if (acknowledged % settleEvery === 0) await historian.settle()
      }
      await historian.settle()
      if (cut === undefined) return { merges, wrong: await different(historian, files, batches.flat()) }
    } catch (error) {
      if (cut === undefined || !(error instanceof PowerLoss || isIwError(error) || isSystemError(error))) throw error
    } finally {
      if (files.paths().some((path) => path.includes('.parquet'))) merges++
      files.crash()
      await historian.stop()
    }
  }
}

/** What the disk answers after the power has gone reaches us as a message of another thread's. */
const isSystemError = (error: unknown): boolean =>
  error instanceof Error && /power|before the crash/.test(error.message)

async function different(historian: Historian, files: LossyFiles, sent: readonly Row[]): Promise<number> {
  let count = brokenRules(readManifest(files.layer(), '/plant/readings')).length
  for (const tag of [1, 2, 3, 4]) {
    const got = await everything(historian, tag)
    const wanted = expected(sent, tag)
    count += Math.abs(got.length - wanted.length)
    count += got.filter((one, i) => JSON.stringify(one, text) !== JSON.stringify(wanted[i], text)).length
  }
  return count + historian.status().storage.quarantine.length
}

const text = (_: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value === 0 ? 0 : value)

describe('merging on a disk that loses what was not synced', () => {
  it.each<Survival>(['nothing', 'any'])(
    'loses, tears and doubles nothing, whenever the power goes (of what was not synced, %s stays)',
    async (survival) => {
      let merges = 0
      await fc.assert(
        fc.asyncProperty(story, async (one) => {
          const outcome = await live(one, survival)
          merges += outcome.merges
          expect(outcome.wrong).toBe(0)
        }),
        { numRuns: 25, timeout: 20_000, endOnFailure: true },
      )
      expect(merges, 'crashes with merged parts').toBeGreaterThan(10)
    },
    120_000,
  )
})
