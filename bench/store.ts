import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHistorian } from '#historian'
import { silentLogger, systemClock } from '#kernel'
import type { Historian } from '#ports'
import type { Bench, Result } from './harness.ts'
import { defineIotMix, IotMix } from './iot-mix.ts'
import { PeakMemory } from './peak-memory.ts'
import { treeOf } from './tree.ts'

const batchRows = 10_000
const readings = 10_000_000

/** Bytes of all files below a folder. */
function bytesBelow(folder: string): number {
  let bytes = 0
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size
  return bytes
}

/** Seconds until this process has no child any more. */
async function secondsUntilAlone(): Promise<number> {
  const since = performance.now()
  while (treeOf(process.pid).length > 1) await new Promise((resolve) => setTimeout(resolve, 200))
  return (performance.now() - since) / 1000
}

async function fill(historian: Historian, say: (line: string) => void): Promise<void> {
  const mix = new IotMix(batchRows)
  for (let batch = 1; batch <= readings / batchRows; batch++) {
    await historian.append(mix.batch())
    if (batch % 250 === 0) say(`${(batch * batchRows) / 1e6} M readings`)
  }
}

export const bench: Bench = {
  name: 'store',
  load: `iot-mix, ${readings / 1e6} M readings of 10,000 tags (three days), merged by day, rolled up`,
  async run(say): Promise<readonly Result[]> {
    const folder = mkdtempSync(join(tmpdir(), 'iw-store-'))
    const root = join(folder, 'readings')
    const historian = createHistorian({ folder: root, clock: systemClock, log: silentLogger })
    try {
      await historian.start()
      await defineIotMix(historian)
      await fill(historian, say)
      const peak = new PeakMemory()
      await historian.settle()
      const peakBytes = peak.end()
      const { days, minutes, hours, lastMerge } = historian.status().storage
      say(
        `${days.files} files of days, ${minutes.files} of minutes, ${hours.files} of hours; last job ${lastMerge?.ms} ms`,
      )
      const gone = await secondsUntilAlone()
      // By now the files that were merged are deleted.
      const all = bytesBelow(root)
      return [
        {
          name: 'all files after merge, rollups and indexes included',
          value: all / readings,
          unit: 'B/reading',
          bar: { op: '<=', value: 3.2 },
        },
        { name: 'of it readings', value: days.bytes / readings, unit: 'B/reading' },
        { name: 'of it minutes', value: minutes.bytes / readings, unit: 'B/reading' },
        { name: 'of it hours', value: hours.bytes / readings, unit: 'B/reading' },
        {
          name: 'resident memory of all processes, most while merging',
          value: peakBytes / 2 ** 20,
          unit: 'MiB',
          bar: { op: '<=', value: 450 },
        },
        { name: 'merging process gone after', value: gone, unit: 's', bar: { op: '<=', value: 35 } },
      ]
    } finally {
      await historian.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}
