import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createHistorian, type HistorianOptions } from '#historian'
import { silentLogger, systemClock } from '#kernel'
import type { Historian } from '#ports'
import { LossyFiles } from '../../fakes/lossy-files.ts'
import { seededRandom } from '../../fakes/random.ts'
import { batchOf, everything, type Row, smallOptions, startedWith, until } from './samples.ts'

const dayUs = 86_400e6
const firstDay = 19_000 * dayUs

/** A row a minute of a day, of tag 1. */
const dayOfRows = (day: number, value: number): readonly Row[] =>
  Array.from({ length: 1440 }, (_, n) => ({
    ...{ tag: 1, time: firstDay + day * dayUs + n * 60e6, value: value + n, quality: 0 },
  }))

async function plant(more: Partial<HistorianOptions> = {}) {
  const files = new LossyFiles({ random: seededRandom(3) })
  const historian = await startedWith(smallOptions(files, { segmentBytes: 20_000, ...more }))
  const names = (ending: string) => files.paths().filter((path) => path.includes('/parts/') && path.endsWith(ending))
  return { files, historian, names }
}

const append = (historian: Historian, rows: readonly Row[]) =>
  historian.append(batchOf(rows, { arrivedAt: firstDay * 2 }))

describe('merging', () => {
  it('sets aside a sorted part that is damaged, by name, and merges the others', async () => {
    const { files, historian, names } = await plant({ mergeThresholds: { parts: 1000 } })
    for (const day of [0, 1, 2]) await append(historian, dayOfRows(day, 100 * day))
    await until(() => names('.iw0').length >= 2)
    const [victim = ''] = names('.iw0')
    files.bytes(victim)[200]! ^= 1
    await historian.settle()
    const { quarantine, level0, mergeFailure } = historian.status().storage
    expect(quarantine).toEqual([victim.split('/').at(-1)])
    expect(mergeFailure).toBeUndefined()
    expect(level0.files).toBe(0)
    expect(files.paths().some((path) => path.includes('/quarantine/'))).toBe(true)
    expect((await everything(historian, 1)).length).toBe(2 * 1440)
    await historian.stop()
  })

  it('sets aside a merged file with a flipped bit, and writes the day anew from what is left', async () => {
    const { files, historian, names } = await plant()
    await append(historian, dayOfRows(0, 0))
    await append(historian, dayOfRows(1, 0))
    await historian.settle()
    const [victim = ''] = names('.parquet').filter((path) => path.includes('raw-'))
    files.bytes(victim)[1000]! ^= 4
    const late = dayOfRows(0, 7).slice(0, 700)
    await append(historian, late)
    await historian.settle()
    expect(historian.status().storage.quarantine).toEqual([victim.split('/').at(-1)])
    expect(await everything(historian, 1)).toEqual([...late, ...dayOfRows(1, 0)])
    await historian.stop()
  })

  it('rolls a day up again when its rollups were damaged', async () => {
    const { files, historian, names } = await plant()
    await append(historian, dayOfRows(0, 0))
    await historian.settle()
    const [victim = ''] = names('.parquet').filter((path) => path.includes('hour-'))
    const bytes = files.bytes(victim).slice()
    await historian.stop()
    files.put(victim, bytes.slice(0, 100))
    const again = createHistorian(smallOptions(files))
    await again.start()
    expect(again.status().storage).toMatchObject({ hours: { files: 0 }, quarantine: [victim.split('/').at(-1)] })
    await again.settle()
    expect(again.status().storage.hours).toMatchObject({ files: 1, rows: 24 })
    await again.stop()
  })

  it('does not begin where there is too little space, says so, and goes on when there is', async () => {
    const { files, historian } = await plant({ mergeThresholds: { parts: 1000 } })
    for (const day of [0, 1, 2, 3]) await append(historian, dayOfRows(day, 0))
    await until(() => historian.status().storage.level0.files === 3)
    const used = files.paths().reduce((sum, path) => sum + files.bytes(path).length, 0)
    files.capacity = used + 60_000
    await expect(historian.settle()).rejects.toMatchObject({ code: 'IW_HISTORIAN_DISK_FULL' })
    expect(historian.status().storage).toMatchObject({ mergeFailure: { code: 'IW_HISTORIAN_DISK_FULL' } })
    expect(historian.status().accepting).toBe(true)
    files.capacity = Number.POSITIVE_INFINITY
    await historian.settle()
    expect(historian.status().storage.mergeFailure).toBeUndefined()
    expect(historian.status().storage.days).toMatchObject({ days: 4, rows: 4 * 1440 })
    await historian.stop()
  })

  it('keeps the inputs for a reader that began before, and deletes them when it ends', async () => {
    const { historian, names } = await plant({ mergeThresholds: { parts: 1000 } })
    for (const day of [0, 1, 2, 3]) await append(historian, dayOfRows(day, day))
    await until(() => names('.iw0').length >= 3)
    const scan = historian.scan({ tag: 1, from: 0, to: 2 ** 53 })
    let rows = (await scan.next()).value!.count
    await historian.settle()
    expect(names('.iw0').length).toBeGreaterThan(0)
    for await (const { count } of scan) rows += count
    expect(rows).toBe(4 * 1440)
    await until(() => names('.iw0').length === 0)
    await historian.stop()
  })

  it('is given up by a stop, and leaves nothing behind but what it found', async () => {
    const { files, historian, names } = await plant({ mergeThresholds: { parts: 1000 } })
    for (const day of [0, 1, 2, 3]) await append(historian, dayOfRows(day, day))
    const settling = expect(historian.settle()).rejects.toMatchObject({ code: 'IW_HISTORIAN_STOPPED' })
    await until(() => historian.status().storage.merging !== undefined)
    await historian.stop()
    await settling
    expect(names('.tmp')).toEqual([])
    const again = createHistorian(smallOptions(files))
    await again.start()
    expect((await everything(again, 1)).length).toBe(4 * 1440)
    await again.settle()
    expect((await everything(again, 1)).length).toBe(4 * 1440)
    await again.stop()
  })
})

/** The process that merges for this one. */
function mergeChild(): number | undefined {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
      if (parent === process.pid && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('merge-child'))
        return Number(name)
    } catch {
      // It ended meanwhile.
    }
  }
  return undefined
}

describe('the process that merges', () => {
  it('may be killed: nothing is lost, acknowledgement goes on, and the next attempt does it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'iw-merging-'))
    const historian = await startedWith({
      folder: join(folder, 'readings'),
      clock: systemClock,
      log: silentLogger,
      reserveBytes: 0,
    })
    try {
      for (let day = 0; day < 60; day++) await append(historian, dayOfRows(day, day))
      const settling = historian.settle().catch((error: unknown) => error)
      await until(() => mergeChild() !== undefined)
      process.kill(mergeChild()!, 'SIGKILL')
      expect(await settling).toMatchObject({ code: 'IW_SANDBOX_ENDED' })
      expect(historian.status().storage.mergeFailure).toMatchObject({ code: 'IW_SANDBOX_ENDED' })
      await append(historian, dayOfRows(60, 1))
      await historian.settle()
      expect(historian.status().storage.days.days).toBe(61)
      expect((await everything(historian, 1)).length).toBe(61 * 1440)
    } finally {
      await historian.stop()
      rmSync(folder, { recursive: true, force: true })
    }
    expect(mergeChild()).toBeUndefined()
  }, 60_000)
})
