import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createHistorian } from '#historian'
import { isIwError } from '#kernel'
import type { Historian } from '#ports'
import { LossyFiles, PowerLoss, type Survival } from '../../fakes/lossy-files.ts'
import { batchOf, definitions, everything, expected, type Row, rows, smallOptions } from './samples.ts'

interface Story {
  readonly batches: readonly (readonly Row[])[]
  /** Calls to the disk after which the power goes, one for each crash. */
  readonly crashes: readonly number[]
  readonly seed: number
}

const story: fc.Arbitrary<Story> = fc.record({
  batches: fc.array(rows, { minLength: 3, maxLength: 25 }),
  crashes: fc.array(fc.integer({ min: 5, max: 220 }), { minLength: 1, maxLength: 4 }),
  seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
})

const randomOf = (seed: number) => () => {
  seed ^= seed << 13
  seed ^= seed >>> 17
  seed ^= seed << 5
  return (seed >>> 0) / 2 ** 32
}

interface Verdict {
  readonly lost: number
  readonly wrong: number
}

/**
 * Appends the batches with sequences, losing power on the way and resending what was not acknowledged, as an edge with a
 * store of its own does; at the end counts acknowledged rows that are gone and rows that were never sent or are torn.
 */
async function live(
  { batches, crashes, seed }: Story,
  options: { survival: Survival; brokenSync?: boolean },
): Promise<Verdict> {
  const files = new LossyFiles({ random: randomOf(seed), ...options })
  const powerCuts = [...crashes]
  let acknowledged = 0
  let lost = 0
  for (;;) {
    const cut = powerCuts.shift()
    if (cut !== undefined) files.losePowerAfter(cut)
    const historian = createHistorian(smallOptions(files))
    try {
      await historian.start()
      lost += await missing(historian, batches.slice(0, acknowledged).flat())
      await historian.defineTags(definitions)
      for (let index = acknowledged; index < batches.length; index++) {
        await historian.append(batchOf(batches[index]!, { source: 'edge', sequence: index + 1 }))
        acknowledged = index + 1
      }
      // No more cuts: everything must be there, once, and nothing else.
      if (cut === undefined) {
        const wrong = await different(historian, batches.flat())
        return { lost, wrong }
      }
    } catch (error) {
      if (cut === undefined || !(error instanceof PowerLoss || isIwError(error))) throw error
    } finally {
      files.crash()
      await historian.stop()
    }
  }
}

async function missing(historian: Historian, acknowledged: readonly Row[]): Promise<number> {
  let count = 0
  for (const { tag } of acknowledged.length > 0 ? [1, 2, 3, 4].map((tag) => ({ tag })) : []) {
    if (!historian.tag(tag)) {
      count += acknowledged.filter((one) => one.tag === tag).length
      continue
    }
    const there = new Set((await everything(historian, tag)).map(({ time }) => time))
    count += expected(acknowledged, tag).filter(({ time }) => !there.has(time)).length
  }
  return count
}

async function different(historian: Historian, sent: readonly Row[]): Promise<number> {
  let count = 0
  for (const tag of [1, 2, 3, 4]) {
    const got = await everything(historian, tag)
    const wanted = expected(sent, tag)
    count += Math.abs(got.length - wanted.length)
    count += got.filter((one, i) => JSON.stringify(one, text) !== JSON.stringify(wanted[i], text)).length
  }
  return count
}

const text = (_: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value === 0 ? 0 : value)

describe('a disk that loses what was not synced', () => {
  it('never loses, tears or doubles an acknowledged reading, whenever the power goes', async () => {
    await fc.assert(
      fc.asyncProperty(story, async (one) => {
        expect(await live(one, { survival: 'nothing' })).toEqual({ lost: 0, wrong: 0 })
      }),
      { numRuns: 150, timeout: 5000, endOnFailure: true },
    )
  })

  it('nor where the disk keeps any part of what was not synced', async () => {
    await fc.assert(
      fc.asyncProperty(story, async (one) => {
        expect(await live(one, { survival: 'any' })).toEqual({ lost: 0, wrong: 0 })
      }),
      { numRuns: 150, timeout: 5000, endOnFailure: true },
    )
  })

  it('is found out by this check where fdatasync does nothing', async () => {
    let lost = 0
    await fc.assert(
      fc.asyncProperty(story, async (one) => {
        lost += (await live(one, { survival: 'nothing', brokenSync: true }).catch(() => ({ lost: 1 }))).lost
      }),
      { numRuns: 20 },
    )
    expect(lost).toBeGreaterThan(0)
  })
})
